#include "service/login/cookie_value.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace sessionbroker::login {

absl::Status CheckCookieValue(absl::string_view value) {
  const auto fits = [](char c) {
    return !absl::ascii_iscntrl(c) && c != ' ' && c != '"' && c != ',' && c != ';' && c != '\\';
  };
  if (std::all_of(value.begin(), value.end(), fits)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "the value has a character in it that no cookie can have; percent(…) or base64url(…) may be "
      "what the provider expects");
}

}  // namespace sessionbroker::login
