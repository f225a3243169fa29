#include "service/login/http_date.h"

#include <string>

#include "absl/strings/ascii.h"

namespace sessionbroker::login {

std::optional<absl::Time> ParseHttpDate(absl::string_view text) {
  const std::string trimmed(absl::StripAsciiWhitespace(text));
  for (const char* format : {"%a, %d %b %Y %H:%M:%S GMT", "%a, %d-%b-%Y %H:%M:%S GMT",
                             "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"}) {
    absl::Time time;
    std::string error;
    if (absl::ParseTime(format, trimmed, &time, &error) && time != absl::InfiniteFuture() &&
        time != absl::InfinitePast()) {
      return time;
    }
  }
  return std::nullopt;
}

}  // namespace sessionbroker::login
