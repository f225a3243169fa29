#include "client/brokerctl/signed_request_text.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "client/brokerctl/format.h"
#include "client/brokerctl/url_encoded.h"

namespace sessionbroker::brokerctl {
namespace {

using Attachment = v1::Attachment;

constexpr char kRedacted[] = "<redacted>";

// In "a=1&b=2" the value of the last pair that is the one that was added: those of the broker come
// last.
std::string RedactPair(absl::string_view encoded, const v1::Addition& added) {
  std::vector<std::string> pairs = absl::StrSplit(encoded, '&');
  for (auto pair = pairs.rbegin(); pair != pairs.rend(); ++pair) {
    const std::vector<v1::Parameter> parameters = ParametersIn(*pair);
    if (parameters.size() != 1 || parameters[0].name() != added.name() ||
        parameters[0].value() != added.value()) {
      continue;
    }
    *pair = absl::StrCat(pair->substr(0, pair->find('=') + 1), kRedacted);
    break;
  }
  return absl::StrJoin(pairs, "&");
}

std::string RedactSegment(absl::string_view path, const v1::Addition& added) {
  std::vector<std::string> segments = absl::StrSplit(path, '/');
  for (std::string& segment : segments) {
    if (Decoded(segment) == added.value()) segment = kRedacted;
  }
  return absl::StrJoin(segments, "/");
}

void RedactUrl(const v1::Addition& added, std::string* url) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(*url, absl::MaxSplits('?', 1));
  if (added.location() == Attachment::LOCATION_PATH_SEGMENT) {
    *url = absl::StrCat(RedactSegment(parts.first, added), parts.second.empty() ? "" : "?",
                        parts.second);
  } else {
    *url = absl::StrCat(parts.first, "?", RedactPair(parts.second, added));
  }
}

void RedactHeader(const v1::Addition& added, v1::CompleteRequest* request) {
  for (v1::Header& header : *request->mutable_headers()) {
    if (absl::EqualsIgnoreCase(header.name(), added.name()) && header.value() == added.value()) {
      header.set_value(kRedacted);
    }
  }
}

void RedactCookie(const v1::Addition& added, v1::CompleteRequest* request) {
  const std::string cookie = absl::StrCat(added.name(), "=", added.value());
  for (v1::Header& header : *request->mutable_headers()) {
    if (!absl::EqualsIgnoreCase(header.name(), "Cookie")) continue;
    std::vector<std::string> cookies = absl::StrSplit(header.value(), "; ");
    std::replace(cookies.begin(), cookies.end(), cookie,
                 absl::StrCat(added.name(), "=", kRedacted));
    header.set_value(absl::StrJoin(cookies, "; "));
  }
}

void RedactIn(const v1::Addition& added, v1::CompleteRequest* request) {
  switch (added.location()) {
    case Attachment::LOCATION_QUERY:
    case Attachment::LOCATION_PATH_SEGMENT:
      return RedactUrl(added, request->mutable_url());
    case Attachment::LOCATION_HEADER:
      return RedactHeader(added, request);
    case Attachment::LOCATION_COOKIE:
      return RedactCookie(added, request);
    case Attachment::LOCATION_FORM:
      return request->set_body(RedactPair(request->body(), added));
    default:
      break;
  }
  // Into a JSON document, or where this program does not know: none of the body is shown.
  request->set_body(kRedacted);
}

bool IsNumber(const v1::SignRequestResponse& response, const v1::Addition& added) {
  return std::any_of(
      response.nonces().begin(), response.nonces().end(),
      [&](const v1::Nonce& nonce) { return added.value() == absl::StrCat(nonce.value()); });
}

std::string PlaceName(Attachment::Location location) {
  switch (location) {
    case Attachment::LOCATION_QUERY:
      return "query parameter";
    case Attachment::LOCATION_HEADER:
      return "header";
    case Attachment::LOCATION_COOKIE:
      return "cookie";
    case Attachment::LOCATION_FORM:
      return "form field";
    case Attachment::LOCATION_JSON_POINTER:
      return "JSON member";
    case Attachment::LOCATION_PATH_SEGMENT:
      return "path segment";
    default:
      return "a place that this brokerctl does not know";
  }
}

}  // namespace

void Redact(v1::SignRequestResponse* response) {
  for (v1::Addition& added : *response->mutable_added()) {
    if (added.value().empty() || IsNumber(*response, added)) continue;
    RedactIn(added, response->mutable_request());
    added.set_value(kRedacted);
  }
}

std::string DescribeSigned(const v1::SignRequestResponse& response, absl::Time now) {
  const v1::CompleteRequest& request = response.request();
  std::string text = absl::StrCat(Printable(request.method()), " ", Printable(request.url()), "\n");
  for (const v1::Header& header : request.headers()) {
    absl::StrAppend(&text, Printable(header.name()), ": ", Printable(header.value()), "\n");
  }
  if (!request.body().empty()) absl::StrAppend(&text, "\n", Printable(request.body()), "\n");
  std::vector<std::vector<std::string>> rows;
  for (const v1::Addition& added : response.added()) {
    rows.push_back({absl::StrCat("  ", PlaceName(added.location())),
                    absl::StrCat(Printable(added.name()), " = ", Printable(added.value()))});
  }
  absl::StrAppend(&text, "\nadded by the broker", rows.empty() ? ": nothing" : "", "\n",
                  AlignColumns(rows));
  if (response.has_expire_time()) {
    absl::StrAppend(&text, "to be sent before ", TimeTextFrom(ToTime(response.expire_time()), now),
                    "\n");
  }
  return text;
}

}  // namespace sessionbroker::brokerctl
