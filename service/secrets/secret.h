#ifndef SESSIONBROKER_SERVICE_SECRETS_SECRET_H_
#define SESSIONBROKER_SERVICE_SECRETS_SECRET_H_

#include <memory>
#include <ostream>

#include "absl/strings/string_view.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::secrets {

// Permission to read a secret. Made in a handful of files that a test counts
// (tests/secrets/reveal_sites_test.py): an audit is a search for `RevealToken::Issue`.
class RevealToken {
 public:
  static RevealToken Issue() { return RevealToken(); }

 private:
  RevealToken() = default;
};

// A value that must not be seen: a password, a key, a session id. Its bytes are on the heap and
// wiped when the last copy goes; copies share them. Cannot be streamed; GoogleTest prints
// "<redacted>". Immutable, thread-safe.
class Secret {
 public:
  Secret() = default;
  explicit Secret(absl::string_view bytes);

  // Valid as long as a copy of this secret lives.
  absl::string_view Reveal(const RevealToken& token) const;

  bool empty() const { return bytes_ == nullptr || bytes_->empty(); }

  // In time that depends on the lengths alone.
  friend bool operator==(const Secret& a, const Secret& b) { return a.Equals(b); }
  friend bool operator!=(const Secret& a, const Secret& b) { return !a.Equals(b); }

  friend std::ostream& operator<<(std::ostream& out, const Secret& secret) = delete;
  friend void PrintTo(const Secret& secret, std::ostream* out);

 private:
  bool Equals(const Secret& other) const;

  std::shared_ptr<const WipedBytes> bytes_;
};

}  // namespace sessionbroker::secrets

#endif  // SESSIONBROKER_SERVICE_SECRETS_SECRET_H_
