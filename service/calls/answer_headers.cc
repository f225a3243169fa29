#include "service/calls/answer_headers.h"

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "service/base/utf8.h"
#include "service/login/sensitive_texts.h"

namespace sessionbroker::calls {
namespace {

constexpr absl::string_view kWithheld[] = {"authentication-info",
                                           "connection",
                                           "content-length",
                                           "keep-alive",
                                           "proxy-authenticate",
                                           "proxy-authentication-info",
                                           "proxy-connection",
                                           "set-cookie",
                                           "set-cookie2",
                                           "te",
                                           "trailer",
                                           "transfer-encoding",
                                           "upgrade",
                                           "www-authenticate"};

// Lower-case.
std::set<std::string> NamedByConnection(const std::vector<http::Header>& headers) {
  std::set<std::string> names;
  for (const http::Header& header : headers) {
    if (!absl::EqualsIgnoreCase(header.name, "Connection")) continue;
    for (const absl::string_view name : absl::StrSplit(header.value, ',')) {
      names.insert(absl::AsciiStrToLower(absl::StripAsciiWhitespace(name)));
    }
  }
  return names;
}

// Values that servers make of nothing that a request holds.
constexpr absl::string_view kHarmless[] = {
    "accept-ranges", "age",          "cache-control", "content-encoding", "content-language",
    "content-type",  "date",         "expires",       "last-modified",    "pragma",
    "server",        "x-powered-by", "vary"};

login::SensitiveTexts SensitiveTextsOf(const std::vector<login::Added>& added) {
  // What is shorter is found anywhere.
  constexpr std::size_t kShortest = 8;
  login::SensitiveTexts sensitive;
  for (const login::Added& one : added) {
    if (one.param.value().size() >= kShortest) sensitive.Add(one.param.value());
  }
  return sensitive;
}

std::string Latin1ToUtf8(absl::string_view text) {
  std::string utf8;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      utf8.push_back(c);
    } else {
      utf8.push_back(static_cast<char>(0xc0 | (byte >> 6)));
      utf8.push_back(static_cast<char>(0x80 | (byte & 0x3f)));
    }
  }
  return utf8;
}

}  // namespace

std::vector<http::Header> HeadersForCaller(std::vector<http::Header> headers,
                                           const std::vector<login::Added>& added) {
  const std::set<std::string> of_connection = NamedByConnection(headers);
  // Made when it is first needed: most answers have harmless headers alone.
  std::optional<login::SensitiveTexts> sensitive;
  std::vector<http::Header> shown;
  for (http::Header& header : headers) {
    const std::string name = absl::AsciiStrToLower(header.name);
    if (of_connection.contains(name)) continue;
    if (absl::c_linear_search(kWithheld, name)) continue;
    if (!absl::c_linear_search(kHarmless, name)) {
      if (!sensitive.has_value()) sensitive = SensitiveTextsOf(added);
      if (sensitive->AppearIn(header.value)) continue;
    }
    if (!base::IsValidUtf8(header.value)) header.value = Latin1ToUtf8(header.value);
    shown.push_back(std::move(header));
  }
  return shown;
}

}  // namespace sessionbroker::calls
