#ifndef SESSIONBROKER_SERVICE_CRYPTO_PBKDF2_H_
#define SESSIONBROKER_SERVICE_CRYPTO_PBKDF2_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/crypto/digest.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::crypto {

// PBKDF2 (RFC 8018, section 5.2) with HMAC over `algorithm`: `length` raw bytes. Password and salt
// may have any length, none included; `iterations` and `length` are at least 1. Takes time in
// proportion to both. Fails with INTERNAL as Digest does.
absl::StatusOr<secrets::WipedBytes> Pbkdf2(DigestAlgorithm algorithm, absl::string_view password,
                                           absl::string_view salt, int iterations,
                                           std::size_t length);

}  // namespace sessionbroker::crypto

#endif  // SESSIONBROKER_SERVICE_CRYPTO_PBKDF2_H_
