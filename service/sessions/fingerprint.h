#ifndef SESSIONBROKER_SERVICE_SESSIONS_FINGERPRINT_H_
#define SESSIONBROKER_SERVICE_SESSIONS_FINGERPRINT_H_

#include <array>
#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::sessions {

// Tells whether what goes into a login has changed since the provider refused it: a latch holds as
// long as the fingerprint is the same. A secret cannot be guessed from it without the broker's key.
class Fingerprint {
 public:
  // One thing that goes into a login, e.g. {"base_url", "https://crm.example"}. Borrowed for the
  // call; a secret's bytes are copied into memory that is wiped.
  struct Part {
    absl::string_view label;
    absl::string_view value;
  };
  // HMAC-SHA256 under the broker's own key: 32 bytes.
  using Mac = absl::FunctionRef<absl::StatusOr<secrets::WipedBytes>(absl::string_view message)>;

  // Over the labels and values of `parts` in their order, encoded so that no two lists are the same
  // message: the eight bytes of each text's length, the highest first, then the text; before all
  // of them, likewise, the text "session-broker latch 1". Fails as `mac` does; INTERNAL where it
  // gives another length.
  static absl::StatusOr<Fingerprint> Of(absl::Span<const Part> parts, Mac mac);

  // As it is kept: 32 bytes. Nothing for text of another length.
  static std::optional<Fingerprint> FromBytes(absl::string_view bytes);
  absl::string_view bytes() const { return absl::string_view(digest_.data(), digest_.size()); }

  friend bool operator==(const Fingerprint& a, const Fingerprint& b) {
    return a.digest_ == b.digest_;
  }
  friend bool operator!=(const Fingerprint& a, const Fingerprint& b) { return !(a == b); }

 private:
  using Digest = std::array<char, 32>;

  explicit Fingerprint(const Digest& digest) : digest_(digest) {}

  Digest digest_;
};

}  // namespace sessionbroker::sessions

#endif  // SESSIONBROKER_SERVICE_SESSIONS_FINGERPRINT_H_
