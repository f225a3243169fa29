#ifndef SESSIONBROKER_SERVICE_CRYPTO_AES_GCM_H_
#define SESSIONBROKER_SERVICE_CRYPTO_AES_GCM_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::crypto {

inline constexpr std::size_t kAes256KeyBytes = 32;
inline constexpr std::size_t kGcmNonceBytes = 12;
inline constexpr std::size_t kGcmTagBytes = 16;

// AES-256-GCM (NIST SP 800-38D): the ciphertext, as long as `plaintext`, and behind it the tag,
// which covers `additional` too. The same key and nonce for two plaintexts give both away.
//   INVALID_ARGUMENT  key or nonce is not of the length above
//   INTERNAL          OpenSSL refuses
absl::StatusOr<std::string> AesGcmSeal(absl::string_view key, absl::string_view nonce,
                                       absl::string_view additional, absl::string_view plaintext);

// The plaintext of what AesGcmSeal has given. Errors as above, and
//   DATA_LOSS  it was not made with this key, nonce and additional data, or is damaged
absl::StatusOr<secrets::WipedBytes> AesGcmOpen(absl::string_view key, absl::string_view nonce,
                                               absl::string_view additional,
                                               absl::string_view sealed);

}  // namespace sessionbroker::crypto

#endif  // SESSIONBROKER_SERVICE_CRYPTO_AES_GCM_H_
