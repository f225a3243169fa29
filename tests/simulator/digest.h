#ifndef SESSIONBROKER_TESTS_SIMULATOR_DIGEST_H_
#define SESSIONBROKER_TESTS_SIMULATOR_DIGEST_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace sessionbroker::simulator {

// Lower-case hex of MD5, straight from OpenSSL so that no code is shared with the service.
std::string Md5Hex(absl::string_view text);

// Lower-case hex of SHA-512, and of HMAC-SHA256 (RFC 2104).
std::string Sha512Hex(absl::string_view text);
std::string HmacSha256Hex(absl::string_view key, absl::string_view message);

// That many random bytes as lower-case hex.
std::string RandomHex(size_t bytes);

}  // namespace sessionbroker::simulator

#endif  // SESSIONBROKER_TESTS_SIMULATOR_DIGEST_H_
