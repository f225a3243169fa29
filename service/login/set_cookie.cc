#include "service/login/set_cookie.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "service/login/http_date.h"
#include "service/login/integer.h"

namespace sessionbroker::login {
namespace {

// "name=value", both without the white space around them.
std::pair<absl::string_view, absl::string_view> SplitPair(absl::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == absl::string_view::npos) return {absl::StripAsciiWhitespace(text), ""};
  return {absl::StripAsciiWhitespace(text.substr(0, equals)),
          absl::StripAsciiWhitespace(text.substr(equals + 1))};
}

}  // namespace

std::optional<SetCookie> ParseSetCookie(absl::string_view header) {
  const std::vector<absl::string_view> parts = absl::StrSplit(header, ';');
  auto [name, value] = SplitPair(parts[0]);
  if (name.empty() || !absl::StrContains(parts[0], '=')) return std::nullopt;
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
    value = value.substr(1, value.size() - 2);
  }
  SetCookie cookie{std::string(name), std::string(value), std::nullopt, std::nullopt};
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto [attribute, setting] = SplitPair(parts[i]);
    if (absl::EqualsIgnoreCase(attribute, "Max-Age")) {
      if (const auto seconds = ParseInteger(setting)) cookie.max_age = seconds;
    } else if (absl::EqualsIgnoreCase(attribute, "Expires")) {
      if (const auto time = ParseHttpDate(setting)) cookie.expires = time;
    }
  }
  return cookie;
}

}  // namespace sessionbroker::login
