#ifndef SESSIONBROKER_SERVICE_LOGIN_JSON_POINTER_H_
#define SESSIONBROKER_SERVICE_LOGIN_JSON_POINTER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace sessionbroker::login {

// The keys and indices on the way to a value, from the root, unescaped. Empty: the root itself.
using JsonPath = std::vector<std::string>;

// Reads a JSON pointer (RFC 6901): "" or "/a/b~1c/0". INVALID_ARGUMENT says what is wrong: no "/"
// at the beginning, "~" not followed by 0 or 1.
absl::StatusOr<JsonPath> ParseJsonPointer(absl::string_view text);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_JSON_POINTER_H_
