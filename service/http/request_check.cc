#include "service/http/request_check.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/base/status_macros.h"

namespace sessionbroker::http {
namespace {

constexpr std::size_t kMaxMethodBytes = 32;

// What decides where the message ends, where it goes or what becomes of the connection: two of them
// that disagree are a smuggled request.
constexpr absl::string_view kOwnHeaders[] = {
    "Connection", "Content-Length",      "Expect",           "Host",
    "Keep-Alive", "Proxy-Authorization", "Proxy-Connection", "TE",
    "Trailer",    "Transfer-Encoding",   "Upgrade"};

absl::Status CheckMethod(absl::string_view method) {
  bool upper = !method.empty() && method.size() <= kMaxMethodBytes;
  for (const char c : method) upper = upper && absl::ascii_isupper(c);
  if (!upper) {
    return absl::InvalidArgumentError(
        absl::StrCat("request: method must be 1 to ", kMaxMethodBytes, " upper-case letters"));
  }
  if (method == "CONNECT" || method == "TRACE") {
    return absl::InvalidArgumentError(absl::StrCat("request: method ", method, " is not sent"));
  }
  return absl::OkStatus();
}

bool IsTokenCharacter(char c) {
  return absl::ascii_isalnum(c) || absl::StrContains("!#$%&'*+-.^_`|~", c);
}

absl::Status CheckHeader(const Header& header, std::size_t number) {
  bool token = !header.name.empty();
  for (const char c : header.name) token = token && c != '\0' && IsTokenCharacter(c);
  if (!token) {
    return absl::InvalidArgumentError(
        absl::StrCat("request: header ", number, " has a name that is not a token"));
  }
  for (const char c : header.value) {
    if (absl::ascii_iscntrl(c) && c != '\t') {
      return absl::InvalidArgumentError(
          absl::StrCat("request: header ", number, " has a control character in its value"));
    }
  }
  for (const absl::string_view own : kOwnHeaders) {
    if (absl::EqualsIgnoreCase(header.name, own)) {
      return absl::InvalidArgumentError(
          absl::StrCat("request: header ", own, " is set by the transport alone"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

bool IsBodiless(absl::string_view method) { return method == "GET" || method == "HEAD"; }

absl::StatusOr<Origin> CheckRequest(const Request& request) {
  SB_RETURN_IF_ERROR(CheckMethod(request.method));
  SB_ASSIGN_OR_RETURN(Origin origin, OriginOf(request.url));
  if (absl::StrContains(request.url, '#')) {
    return absl::InvalidArgumentError("request: URL has a fragment, which is never sent");
  }
  for (std::size_t i = 0; i < request.headers.size(); ++i) {
    SB_RETURN_IF_ERROR(CheckHeader(request.headers[i], i + 1));
  }
  if (IsBodiless(request.method) && !request.body.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("request: ", request.method, " with a body of ",
                                                   request.body.size(), " bytes"));
  }
  return origin;
}

}  // namespace sessionbroker::http
