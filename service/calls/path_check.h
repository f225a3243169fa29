#ifndef SESSIONBROKER_SERVICE_CALLS_PATH_CHECK_H_
#define SESSIONBROKER_SERVICE_CALLS_PATH_CHECK_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace sessionbroker::calls {

inline constexpr std::size_t kMaxPathBytes = 2048;

// Ok where `path`, appended to a base URL, stays below it however the servers and proxies on the
// way read it. kInvalidArgument otherwise, with what and where and no byte of the path:
//   an absolute URL, or no "/" at its beginning · an empty segment ("//host" is one; a slash at the
//   end is none) · a control, space or non-ASCII byte · a backslash, "?" or "#" · a character that
//   no path has, a "%" without two hexadecimal digits · more than kMaxPathBytes
// and, decoded as often as there is something to decode:
//   a slash, backslash, "?", "#" or control byte · a segment of dots and spaces alone, path
//   parameters (";…") aside · bytes that are no UTF-8, overlong dots and slashes among them
absl::Status CheckPath(absl::string_view path);

}  // namespace sessionbroker::calls

#endif  // SESSIONBROKER_SERVICE_CALLS_PATH_CHECK_H_
