#ifndef SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_CODE_POINT_H_
#define SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_CODE_POINT_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace sessionbroker::login {

// Takes the first character off the front of `*text`. Requires valid UTF-8, not empty.
char32_t TakeCodePoint(absl::string_view* text);

// A Unicode scalar value: in range and no surrogate.
bool IsScalarValue(uint32_t code_point);

// Requires IsScalarValue(code_point).
void AppendUtf8(char32_t code_point, std::string* out);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_CODE_POINT_H_
