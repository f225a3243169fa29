#include "tests/simulator/multipart.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace sessionbroker::simulator {
namespace {

// The value of `name` in `form-data; name="x"` or `multipart/form-data; boundary=x`.
std::optional<std::string> Parameter(absl::string_view header, absl::string_view name) {
  for (absl::string_view piece : absl::StrSplit(header, ';')) {
    piece = absl::StripAsciiWhitespace(piece);
    if (!absl::ConsumePrefix(&piece, absl::StrCat(name, "="))) continue;
    if (absl::ConsumePrefix(&piece, "\"") && !absl::ConsumeSuffix(&piece, "\"")) {
      return std::nullopt;
    }
    return std::string(piece);
  }
  return std::nullopt;
}

std::optional<std::string> NameIn(absl::string_view head) {
  for (absl::string_view line : absl::StrSplit(head, "\r\n")) {
    const std::pair<absl::string_view, absl::string_view> field =
        absl::StrSplit(line, absl::MaxSplits(": ", 1));
    if (absl::EqualsIgnoreCase(field.first, "Content-Disposition") &&
        absl::StartsWith(field.second, "form-data;")) {
      return Parameter(field.second, "name");
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Pairs> ParseMultipart(absl::string_view content_type, absl::string_view body) {
  if (!absl::StartsWithIgnoreCase(content_type, "multipart/form-data;")) return std::nullopt;
  const std::optional<std::string> boundary = Parameter(content_type, "boundary");
  if (!boundary || boundary->empty()) return std::nullopt;
  if (!absl::ConsumePrefix(&body, absl::StrCat("--", *boundary, "\r\n"))) return std::nullopt;
  absl::ConsumeSuffix(&body, "\r\n");
  if (!absl::ConsumeSuffix(&body, absl::StrCat("\r\n--", *boundary, "--"))) return std::nullopt;
  Pairs fields;
  const std::string delimiter = absl::StrCat("\r\n--", *boundary, "\r\n");
  for (absl::string_view part : absl::StrSplit(body, absl::ByString(delimiter))) {
    const size_t blank = part.find("\r\n\r\n");
    if (blank == absl::string_view::npos) return std::nullopt;
    const std::optional<std::string> name = NameIn(part.substr(0, blank));
    if (!name) return std::nullopt;
    fields.emplace_back(*name, std::string(part.substr(blank + 4)));
  }
  return fields;
}

}  // namespace sessionbroker::simulator
