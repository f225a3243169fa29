#ifndef SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_UTF8_H_
#define SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace sessionbroker::login {

// Takes one code point off the front of `*text`: its size in bytes, with the code point in
// `*code_point`, or 0 where no well-formed UTF-8 (RFC 3629) begins. Requires text that is not
// empty.
std::size_t ConsumeCodePoint(absl::string_view* text, char32_t* code_point);

// Well-formed from beginning to end: no overlong forms, no surrogates, nothing above U+10FFFF.
bool IsUtf8(absl::string_view text);

// A Unicode scalar value: in range and no surrogate.
bool IsScalarValue(uint32_t code_point);

// Requires IsScalarValue(code_point).
void AppendUtf8(char32_t code_point, std::string* out);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_UTF8_H_
