#ifndef SESSIONBROKER_TESTS_CRYPTO_BYTES_H_
#define SESSIONBROKER_TESTS_CRYPTO_BYTES_H_

#include <string>

#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::crypto {

inline std::string AsString(const secrets::WipedBytes& bytes) {
  return std::string(bytes.begin(), bytes.end());
}

// Lower-case hex, by other code than what is tested.
inline std::string AsHex(const secrets::WipedBytes& bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    hex += kDigits[(c >> 4) & 0xf];
    hex += kDigits[c & 0xf];
  }
  return hex;
}

}  // namespace sessionbroker::crypto

#endif  // SESSIONBROKER_TESTS_CRYPTO_BYTES_H_
