#ifndef SESSIONBROKER_SERVICE_ACCESS_KEY_SET_H_
#define SESSIONBROKER_SERVICE_ACCESS_KEY_SET_H_

#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/crypto/verification_key.h"

namespace sessionbroker::access {

// The keys that an issuer of tokens signs with: a JSON Web Key Set (RFC 7517). Immutable.
class KeySet {
 public:
  // Longer texts are refused, and so are sets of more keys.
  static constexpr std::size_t kMaxBytes = std::size_t{1} << 20;
  static constexpr std::size_t kMaxKeys = 100;

  // Passes over keys of other kinds than RSA and P-256, for other algorithms than RS256 and ES256,
  // or not for signatures. INVALID_ARGUMENT, which names the key by its index, where
  //   the text is no JSON object with a `keys` array
  //   a key that is not passed over is not valid, or holds a private part
  //   two such keys have one `kid`, or one of several has none
  //   no key is left
  static absl::StatusOr<KeySet> FromJson(absl::string_view text);

  // The key with this id; with an empty one the key of a set that has one. nullptr: there is none.
  const crypto::VerificationKey* Find(absl::string_view kid) const;

 private:
  explicit KeySet(std::map<std::string, crypto::VerificationKey> keys) : keys_(std::move(keys)) {}

  std::map<std::string, crypto::VerificationKey> keys_;
};

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_KEY_SET_H_
