#include "service/login/header_names.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace sessionbroker::login {

bool IsToken(absl::string_view name) {
  constexpr absl::string_view kPunctuation = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return absl::ascii_isalnum(c) || kPunctuation.find(c) != absl::string_view::npos;
  });
}

bool IsReservedHeader(absl::string_view name) {
  constexpr absl::string_view kReserved[] = {
      "Connection",        "Content-Encoding", "Content-Length",      "Expect", "Host",
      "Keep-Alive",        "Proxy-Connection", "Proxy-Authorization", "TE",     "Trailer",
      "Transfer-Encoding", "Upgrade",          "User-Agent"};
  return std::any_of(std::begin(kReserved), std::end(kReserved), [&](absl::string_view reserved) {
    return absl::EqualsIgnoreCase(name, reserved);
  });
}

}  // namespace sessionbroker::login
