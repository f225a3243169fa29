#include "service/login/source.h"

#include <re2/re2.h>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "service/base/status_macros.h"
#include "service/login/header_names.h"

namespace sessionbroker::login {
namespace {

using Kind = Selector::Kind;

constexpr char kArrow[] = " -> ";
// Of a pattern's automaton; a larger one does not compile.
constexpr int64_t kMaxRegexBytes = int64_t{1} << 20;

absl::StatusOr<Selector> ParseRegex(absl::string_view pattern) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxRegexBytes);
  auto regex =
      std::make_shared<const RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (!regex->ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", pattern, "\" is no pattern of RE2: ", regex->error()));
  }
  if (regex->NumberOfCapturingGroups() != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", pattern, "\" has ", regex->NumberOfCapturingGroups(),
                     " groups; expected one, (…), whose match is the value; others are (?:…)"));
  }
  Selector selector;
  selector.kind = Kind::kRegex;
  selector.regex = std::move(regex);
  return selector;
}

absl::StatusOr<Selector> ParseNamed(Kind kind, absl::string_view name) {
  Selector selector;
  selector.kind = kind;
  selector.name = std::string(name);
  if (IsToken(name)) return selector;
  return absl::InvalidArgumentError(
      absl::StrCat("\"", name, "\" is no name of a ", kind == Kind::kHeader ? "header" : "cookie"));
}

absl::StatusOr<Selector> ParseCookie(absl::string_view rest) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(rest, absl::MaxSplits(';', 1));
  SB_ASSIGN_OR_RETURN(Selector selector, ParseNamed(Kind::kCookie, parts.first));
  selector.attribute = std::string(parts.second);
  const bool has_attribute = absl::StrContains(rest, ';');
  if (!has_attribute || selector.attribute == "max-age" || selector.attribute == "expires") {
    return selector;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "\"", parts.second, "\" is nothing that a cookie tells: expected max-age or expires"));
}

absl::StatusOr<Selector> ParseAuth(absl::string_view rest) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(rest, absl::MaxSplits('.', 1));
  Selector selector;
  selector.kind = Kind::kAuth;
  selector.name = std::string(parts.first);
  selector.attribute = std::string(parts.second);
  if (IsToken(parts.first) && IsToken(parts.second)) return selector;
  return absl::InvalidArgumentError(
      absl::StrCat("\"", rest, "\" names no parameter: expected SCHEME.PARAM, as Bearer.realm"));
}

absl::StatusOr<Selector> ParseSelector(absl::string_view text) {
  Selector selector;
  if (text == "status" || text == "body") {
    selector.kind = text == "status" ? Kind::kStatus : Kind::kBody;
    return selector;
  }
  absl::string_view rest = text;
  if (absl::ConsumePrefix(&rest, "json:")) {
    selector.kind = Kind::kJson;
    SB_ASSIGN_OR_RETURN(selector.json, ParseJsonPointer(rest));
    return selector;
  }
  if (absl::ConsumePrefix(&rest, "xml:")) {
    selector.kind = Kind::kXml;
    SB_ASSIGN_OR_RETURN(selector.xml, ParseXmlPath(rest));
    return selector;
  }
  if (absl::ConsumePrefix(&rest, "regex:")) return ParseRegex(rest);
  if (absl::ConsumePrefix(&rest, "header:")) return ParseNamed(Kind::kHeader, rest);
  if (absl::ConsumePrefix(&rest, "cookie:")) return ParseCookie(rest);
  if (absl::ConsumePrefix(&rest, "auth:")) return ParseAuth(rest);
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text,
                   "\" is no source of an answer: expected json:POINTER, xml:PATH, regex:PATTERN, "
                   "header:NAME, cookie:NAME, auth:SCHEME.PARAM, status or body"));
}

}  // namespace

absl::StatusOr<Source> Source::Parse(absl::string_view text) {
  std::vector<Selector> selectors;
  for (const absl::string_view part : absl::StrSplit(text, kArrow)) {
    SB_ASSIGN_OR_RETURN(Selector selector, ParseSelector(part));
    if (!selectors.empty() && !selector.is_of_text()) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", part,
                       "\" looks in an answer, not in a text: expected json:POINTER, "
                       "xml:PATH or regex:PATTERN after \"->\""));
    }
    selectors.push_back(std::move(selector));
  }
  return Source(std::string(text), std::move(selectors));
}

bool Source::is_fresh() const {
  const Selector& first = selectors_[0];
  return first.kind != Kind::kStatus && (first.kind != Kind::kCookie || first.attribute.empty());
}

}  // namespace sessionbroker::login
