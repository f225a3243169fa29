#include "tests/simulator/message.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace sessionbroker::simulator {
namespace {

std::string Decode(absl::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      decoded.push_back(' ');
    } else if (text[i] == '%' && i + 2 < text.size() && absl::ascii_isxdigit(text[i + 1]) &&
               absl::ascii_isxdigit(text[i + 2])) {
      decoded += absl::HexStringToBytes(text.substr(i + 1, 2));
      i += 2;
    } else {
      decoded.push_back(text[i]);
    }
  }
  return decoded;
}

}  // namespace

Params Params::Parse(absl::string_view text) {
  Params params;
  for (absl::string_view piece : absl::StrSplit(text, '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(piece, absl::MaxSplits('=', 1));
    params.Add(Decode(pair.first), Decode(pair.second));
  }
  return params;
}

void Params::Add(std::string name, std::string value) {
  pairs_.emplace_back(std::move(name), std::move(value));
}

std::optional<std::string> Params::Get(absl::string_view name) const {
  for (auto pair = pairs_.rbegin(); pair != pairs_.rend(); ++pair) {
    if (pair->first == name) return pair->second;
  }
  return std::nullopt;
}

bool Params::IsArray(absl::string_view name) const {
  for (const auto& [key, value] : pairs_) {
    absl::string_view rest = key;
    if (absl::ConsumePrefix(&rest, name) && absl::StartsWith(rest, "[")) return true;
  }
  return false;
}

absl::string_view Request::resource() const {
  const size_t slash = path.find('/', 1);
  return slash == std::string::npos ? "" : absl::string_view(path).substr(slash);
}

std::optional<std::string> Request::Header(absl::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (absl::EqualsIgnoreCase(key, name)) return value;
  }
  return std::nullopt;
}

std::optional<std::string> Request::Cookie(absl::string_view name) const {
  const std::optional<std::string> cookies = Header("Cookie");
  if (!cookies) return std::nullopt;
  for (absl::string_view piece : absl::StrSplit(*cookies, ';')) {
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(absl::StripAsciiWhitespace(piece), absl::MaxSplits('=', 1));
    if (pair.first == name) return std::string(pair.second);
  }
  return std::nullopt;
}

}  // namespace sessionbroker::simulator
