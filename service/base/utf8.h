#ifndef SESSIONBROKER_SERVICE_BASE_UTF8_H_
#define SESSIONBROKER_SERVICE_BASE_UTF8_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace sessionbroker::base {

// How many bytes at the start of `text` are whole, valid characters of UTF-8 (RFC 3629: no
// surrogates, no overlong forms, nothing above U+10FFFF); text.size() if all are.
std::size_t ValidUtf8Prefix(absl::string_view text);

inline bool IsValidUtf8(absl::string_view text) { return ValidUtf8Prefix(text) == text.size(); }

}  // namespace sessionbroker::base

#endif  // SESSIONBROKER_SERVICE_BASE_UTF8_H_
