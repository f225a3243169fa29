#ifndef SESSIONBROKER_SERVICE_CRYPTO_BASE64_H_
#define SESSIONBROKER_SERVICE_CRYPTO_BASE64_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::crypto {

// The two alphabets of RFC 4648.
enum class Base64Alphabet {
  kStandard,  // Section 4: + and /, padded with =.
  kUrl,       // Section 5: - and _, not padded.
};

// Without line breaks.
secrets::WipedBytes Base64Encode(absl::string_view bytes, Base64Alphabet alphabet);

// The one text that Base64Encode gives for some bytes, or INVALID_ARGUMENT: no other alphabet, no
// missing or surplus padding, no white space, no stray bits in the last digit.
absl::StatusOr<secrets::WipedBytes> Base64Decode(absl::string_view text, Base64Alphabet alphabet);

}  // namespace sessionbroker::crypto

#endif  // SESSIONBROKER_SERVICE_CRYPTO_BASE64_H_
