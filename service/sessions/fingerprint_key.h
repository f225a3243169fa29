#ifndef SESSIONBROKER_SERVICE_SESSIONS_FINGERPRINT_KEY_H_
#define SESSIONBROKER_SERVICE_SESSIONS_FINGERPRINT_KEY_H_

#include <optional>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/crypto/random.h"
#include "service/crypto/sealing.h"
#include "service/secrets/wiped_bytes.h"
#include "service/storage/store.h"

namespace sessionbroker::sessions {

// The broker's own key, which fingerprints are made under (Fingerprint::Of). Made once, it lies in
// the durable store under "keys/fingerprint": sealed with the first sealing key, or, where there is
// none, as it is. Immutable.
class FingerprintKey {
 public:
  using LoadCallback = absl::AnyInvocable<void(absl::StatusOr<FingerprintKey>)>;

  // Makes it where there is none, and seals it anew where it does not lie as it would be written
  // now; calls back on the store's scheduler once that is durable. The store outlives the call,
  // `random` too. Fails as the store does, and with
  //   FAILED_PRECONDITION  what sealed it is not among `keys`, or a later version wrote it
  //   DATA_LOSS            damaged, or not the key
  //   INTERNAL             it cannot be made or sealed
  // each with what an operator can do.
  static void LoadOrMake(storage::Store* durable, const std::optional<crypto::SealingKeys>& keys,
                         crypto::RandomSource* random, LoadCallback done);

  // HMAC-SHA256: 32 bytes. INTERNAL where OpenSSL fails.
  absl::StatusOr<secrets::WipedBytes> Mac(absl::string_view message) const;

 private:
  explicit FingerprintKey(secrets::WipedBytes bytes) : bytes_(std::move(bytes)) {}

  static absl::StatusOr<FingerprintKey> Make(crypto::RandomSource& random);
  static absl::StatusOr<FingerprintKey> Read(absl::string_view record,
                                             const std::optional<crypto::SealingKeys>& keys);
  absl::StatusOr<std::string> Write(const std::optional<crypto::SealingKeys>& keys,
                                    crypto::RandomSource& random) const;

  secrets::WipedBytes bytes_;
};

}  // namespace sessionbroker::sessions

#endif  // SESSIONBROKER_SERVICE_SESSIONS_FINGERPRINT_KEY_H_
