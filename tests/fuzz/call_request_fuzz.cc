// A caller's request: what the check lets through stays below the base URL however often it is
// decoded, can be sent by the transport as it stands, and names nothing that is the broker's.
//
// The input is the path, then a line for each part: "?name=value", "=name=value" of a form,
// ":name:value" of a header, or the raw body.

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "service/calls/path_check.h"
#include "service/calls/request_check.h"
#include "service/http/request_check.h"
#include "service/http/url.h"

namespace sessionbroker::calls {
namespace {

constexpr absl::string_view kBase = "https://a.example/base";

void Require(bool condition) {
  if (!condition) __builtin_trap();
}

std::string DecodedAll(std::string text) {
  for (std::size_t i = 0; i + 2 < text.size();) {
    if (text[i] == '%' && absl::ascii_isxdigit(text[i + 1]) && absl::ascii_isxdigit(text[i + 2])) {
      text.replace(i, 3, absl::HexStringToBytes(text.substr(i + 1, 2)));
      // What is decoded may be the beginning or the middle of another encoded byte.
      i = i < 2 ? 0 : i - 2;
    } else {
      ++i;
    }
  }
  return text;
}

void CheckGoodPath(absl::string_view path) {
  const std::string url = absl::StrCat(kBase, path);
  const absl::StatusOr<http::Origin> origin = http::OriginOf(url);
  Require(origin.ok() && origin->ToString() == "https://a.example");
  const absl::StatusOr<http::BaseUrl> below = http::BaseUrl::Create(absl::StripSuffix(url, "/"));
  Require(below.ok() && below->path() == absl::StripSuffix(absl::StrCat("/base", path), "/"));
  const std::string decoded = DecodedAll(std::string(path));
  Require(!absl::StrContains(decoded, "//") && !absl::StrContains(decoded, "\\"));
  for (const absl::string_view segment : absl::StrSplit(decoded, '/')) {
    Require(segment != "." && segment != "..");
  }
  for (const char c : decoded) Require(!absl::ascii_iscntrl(c) && c != '?' && c != '#');
}

Request Parse(absl::string_view input) {
  Request request;
  request.method = "POST";
  FormBody form;
  std::string raw;
  bool first = true;
  for (const absl::string_view line : absl::StrSplit(input, '\n')) {
    const char kind = line.empty() ? ' ' : line[0];
    const std::size_t end = line.find(kind == ':' ? ':' : '=', 1);
    const bool pair = end != absl::string_view::npos;
    if (first) {
      request.path = std::string(line);
    } else if (pair && kind == '?') {
      request.query.push_back(
          {std::string(line.substr(1, end - 1)), std::string(line.substr(end + 1))});
    } else if (pair && kind == '=') {
      form.fields.push_back(
          {std::string(line.substr(1, end - 1)), std::string(line.substr(end + 1))});
    } else if (pair && kind == ':') {
      request.headers.push_back(
          {std::string(line.substr(1, end - 1)), std::string(line.substr(end + 1))});
    } else {
      absl::StrAppend(&raw, line);
    }
    first = false;
  }
  if (!form.fields.empty()) {
    request.body = std::move(form);
  } else if (!raw.empty()) {
    request.body = RawBody{std::move(raw)};
  }
  return request;
}

void CheckGoodRequest(const Request& request) {
  CheckGoodPath(request.path);
  http::Request sent;
  sent.method = request.method;
  sent.url = absl::StrCat(kBase, request.path, "?");
  for (const Parameter& parameter : request.query) {
    absl::StrAppend(&sent.url, http::EncodeQueryComponent(parameter.name), "=",
                    http::EncodeQueryComponent(parameter.value), "&");
    Require(!absl::EqualsIgnoreCase(parameter.name, "sid"));
    Require(!absl::StartsWithIgnoreCase(parameter.name, "sid["));
  }
  for (const http::Header& header : request.headers) {
    sent.headers.push_back(header);
    Require(!absl::EqualsIgnoreCase(header.name, "Authorization"));
    Require(!absl::EqualsIgnoreCase(header.name, "Cookie"));
    Require(!absl::EqualsIgnoreCase(header.name, "X-Sid"));
  }
  Require(http::CheckRequest(sent).ok());
}

void TestOne(absl::string_view input) {
  const Request request = Parse(input);
  ReservedNames reserved;
  reserved.AddParameter("sid");
  reserved.AddHeader("X-Sid");
  const absl::Status path = CheckPath(request.path);
  Require(path.ok() || absl::IsInvalidArgument(path));
  if (path.ok()) CheckGoodPath(request.path);
  const absl::Status checked = CheckRequest(request, reserved, {});
  Require(checked.ok() || absl::IsInvalidArgument(checked));
  Require(path.ok() || !checked.ok());
  if (checked.ok()) CheckGoodRequest(request);
  // A rule sees a value only where there is one to see.
  const auto ruled = RuledParameter(request, "operation");
  if (!ruled.ok()) return;
  int seen = 0;
  const auto count = [&](const std::vector<Parameter>& parameters) {
    for (const Parameter& parameter : parameters) {
      if (CanonicalParameter(parameter.name) == "operation") ++seen;
    }
  };
  count(request.query);
  if (const auto* form = std::get_if<FormBody>(&request.body)) count(form->fields);
  Require(seen == (ruled->has_value() ? 1 : 0));
}

}  // namespace
}  // namespace sessionbroker::calls

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  sessionbroker::calls::TestOne(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
