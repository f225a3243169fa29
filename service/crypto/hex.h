#ifndef SESSIONBROKER_SERVICE_CRYPTO_HEX_H_
#define SESSIONBROKER_SERVICE_CRYPTO_HEX_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::crypto {

// Two lower-case digits a byte.
secrets::WipedBytes HexEncode(absl::string_view bytes);

// Digits of either case, an even number of them and nothing else, or INVALID_ARGUMENT.
absl::StatusOr<secrets::WipedBytes> HexDecode(absl::string_view text);

}  // namespace sessionbroker::crypto

#endif  // SESSIONBROKER_SERVICE_CRYPTO_HEX_H_
