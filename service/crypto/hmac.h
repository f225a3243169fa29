#ifndef SESSIONBROKER_SERVICE_CRYPTO_HMAC_H_
#define SESSIONBROKER_SERVICE_CRYPTO_HMAC_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/crypto/digest.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::crypto {

// HMAC (RFC 2104), untruncated: DigestSizeInBytes(algorithm) raw bytes. Key and message may have
// any length, none included. Fails with INTERNAL as Digest does.
absl::StatusOr<secrets::WipedBytes> Hmac(DigestAlgorithm algorithm, absl::string_view key,
                                         absl::string_view message);

}  // namespace sessionbroker::crypto

#endif  // SESSIONBROKER_SERVICE_CRYPTO_HMAC_H_
