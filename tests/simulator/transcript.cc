#include "tests/simulator/transcript.h"

#include <algorithm>
#include <fstream>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace sessionbroker::simulator {
namespace {

// All quoted strings of a Python literal, in order; enough for flat dicts and lists of pairs.
// Moves `text` behind the literal.
std::vector<std::string> Strings(absl::string_view& text) {
  std::vector<std::string> strings;
  if (absl::ConsumePrefix(&text, "None")) return strings;
  const char open = text.empty() ? '\0' : text[0];
  const char close = open == '{' ? '}' : ']';
  size_t at = 1;
  while (at < text.size() && text[at] != close) {
    const char quote = text[at++];
    if (quote != '\'' && quote != '"') continue;
    std::string value;
    while (at < text.size() && text[at] != quote) {
      if (text[at] == '\\') ++at;
      value.push_back(text[at++]);
    }
    ++at;
    strings.push_back(std::move(value));
  }
  text.remove_prefix(std::min(at + 1, text.size()));
  return strings;
}

Pairs ReadPairs(absl::string_view& text) {
  const std::vector<std::string> strings = Strings(text);
  Pairs pairs;
  for (size_t i = 0; i + 1 < strings.size(); i += 2) pairs.emplace_back(strings[i], strings[i + 1]);
  return pairs;
}

bool ReadRequest(absl::string_view line, Exchanged& into) {
  line = absl::StripLeadingAsciiWhitespace(line);
  const size_t space = line.find(' ');
  if (space == absl::string_view::npos) return false;
  into.method = std::string(line.substr(0, space));
  line.remove_prefix(space + 1);
  if (!absl::ConsumePrefix(&line, "query=")) return false;
  into.query = ReadPairs(line);
  if (!absl::ConsumePrefix(&line, " form=")) return false;
  into.form = ReadPairs(line);
  line = absl::StripLeadingAsciiWhitespace(line);
  if (absl::ConsumePrefix(&line, "hdr=")) into.headers = ReadPairs(line);
  line = absl::StripLeadingAsciiWhitespace(line);
  if (absl::ConsumePrefix(&line, "ua=")) into.user_agent = line == "None" ? "" : std::string(line);
  return true;
}

// "HTTP 200 OK; text/html; charset=UTF-8; 34 bytes; Set-Cookie=[…]", the last part not always.
bool ReadStatus(absl::string_view line, Exchanged& into) {
  line = absl::StripLeadingAsciiWhitespace(line);
  constexpr absl::string_view kBytes = " bytes";
  const size_t reason = line.find("; ");
  const size_t bytes = line.find(kBytes);
  if (reason == absl::string_view::npos || bytes == absl::string_view::npos) return false;
  const size_t size = line.rfind("; ", bytes);
  if (size == reason || !absl::StartsWith(line, "HTTP ")) return false;
  into.content_type = std::string(line.substr(reason + 2, size - reason - 2));
  absl::string_view rest = line.substr(bytes + kBytes.size());
  if (absl::ConsumePrefix(&rest, "; Set-Cookie=")) into.cookies = Strings(rest);
  return absl::SimpleAtoi(line.substr(5, 3), &into.status) &&
         absl::SimpleAtoi(line.substr(size + 2, bytes - size - 2), &into.size);
}

}  // namespace

absl::StatusOr<std::vector<Exchanged>> ReadTranscript(const std::string& path) {
  std::ifstream file(path);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  std::vector<Exchanged> all;
  std::string section;
  std::string line;
  while (std::getline(file, line)) {
    if (absl::StartsWith(line, "===== ")) section = line.substr(6);
    if (!absl::StartsWith(line, "--- ")) continue;
    Exchanged next;
    next.section = section;
    next.title = line.substr(line.find(". ") + 2);
    std::string request, status, body;
    if (!std::getline(file, request) || !ReadRequest(request, next) ||
        !std::getline(file, status) || !ReadStatus(status, next) || !std::getline(file, body)) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": exchange \"", next.title, "\" is not in the known form"));
    }
    next.body = std::string(absl::StripAsciiWhitespace(body));
    all.push_back(std::move(next));
  }
  return all;
}

}  // namespace sessionbroker::simulator
