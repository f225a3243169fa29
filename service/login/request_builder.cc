#include "service/login/request_builder.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/base/status_macros.h"
#include "service/login/body_builder.h"
#include "service/login/cookie_value.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::login {
namespace {

using secrets::WipedBytes;

std::string ToString(const WipedBytes& bytes) { return std::string(bytes.data(), bytes.size()); }

absl::Status AppendPath(const Template& path, TemplateEvaluator& evaluator, WipedBytes& out) {
  for (const Template::Part& part : path.parts()) {
    if (part.expression == nullptr) {
      Append(part.literal, out);
      continue;
    }
    SB_ASSIGN_OR_RETURN(const Value value, evaluator.Evaluate(*part.expression, "path"));
    absl::StatusOr<std::string> segment = http::EncodePathSegment(View(TextOf(value)));
    if (!segment.ok()) {
      return absl::InvalidArgumentError(
          "path: a value is empty, \".\" or \"..\", which servers read as another path");
    }
    AppendAndWipe(*std::move(segment), out);
  }
  return absl::OkStatus();
}

// A URL that an answer gave, or a part of it, leads where this account may go. What it is instead
// is not said: it is the provider's text.
absl::Status CheckUrl(absl::string_view url, const Destination& destination) {
  const absl::StatusOr<http::Origin> origin = http::OriginOf(url);
  if (!origin.ok()) return absl::InvalidArgumentError("url: it is no http(s) URL that can be used");
  if (absl::StrContains(url, '#')) {
    return absl::InvalidArgumentError("url: it has a fragment, which is never sent");
  }
  const absl::StatusOr<http::Origin> own = http::OriginOf(destination.base_url);
  if (own.ok() && *own == *origin) return absl::OkStatus();
  for (const http::BaseUrl& allowed : destination.origins) {
    if (allowed.origin() == *origin) return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "url: it leads neither to the account's own origin nor to one of its `origins`");
}

absl::Status AppendUrl(const RequestTemplate& request, const Destination& destination,
                       TemplateEvaluator& evaluator, WipedBytes& out) {
  if (!request.url.has_value()) {
    Append(destination.base_url, out);
    return AppendPath(request.path, evaluator, out);
  }
  SB_ASSIGN_OR_RETURN(out, evaluator.EvaluateText(*request.url, "url"));
  return CheckUrl(View(out), destination);
}

absl::Status AddHeaders(const std::vector<NamedTemplate>& headers, TemplateEvaluator& evaluator,
                        http::Request& request) {
  for (const NamedTemplate& header : headers) {
    const std::string place = absl::StrCat("headers.", header.name);
    SB_ASSIGN_OR_RETURN(const WipedBytes value, evaluator.EvaluateText(header.value, place));
    if (View(value).find_first_of(absl::string_view("\r\n\0", 3)) != absl::string_view::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat(place, ": the value has a line break or NUL in it"));
    }
    request.headers.push_back(http::Header{header.name, ToString(value)});
  }
  return absl::OkStatus();
}

absl::Status AddCookies(const std::vector<NamedTemplate>& cookies, TemplateEvaluator& evaluator,
                        http::Request& request) {
  if (cookies.empty()) return absl::OkStatus();
  WipedBytes line;
  for (const NamedTemplate& cookie : cookies) {
    const std::string place = absl::StrCat("cookies.", cookie.name);
    SB_ASSIGN_OR_RETURN(const WipedBytes value, evaluator.EvaluateText(cookie.value, place));
    if (const absl::Status fits = CheckCookieValue(View(value)); !fits.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(place, ": ", fits.message()));
    }
    Append(line.empty() ? "" : "; ", line);
    Append(cookie.name, line);
    line.push_back('=');
    Append(View(value), line);
  }
  request.headers.push_back(http::Header{"Cookie", ToString(line)});
  return absl::OkStatus();
}

// Adds Content-Type unless the definition has set it.
void AddContentType(std::string type, http::Request& request) {
  for (const http::Header& header : request.headers) {
    if (absl::EqualsIgnoreCase(header.name, "Content-Type")) return;
  }
  request.headers.push_back(http::Header{"Content-Type", std::move(type)});
}

}  // namespace

absl::StatusOr<http::Request> BuildRequest(const RequestTemplate& request,
                                           const Destination& destination,
                                           TemplateEvaluator& evaluator) {
  http::Request out;
  out.method = request.method;
  WipedBytes url;
  SB_RETURN_IF_ERROR(AppendUrl(request, destination, evaluator, url));
  if (!request.query.empty()) {
    url.push_back(absl::StrContains(View(url), '?') ? '&' : '?');
    SB_RETURN_IF_ERROR(
        AppendParameters(request.query, "query", http::EncodeQueryComponent, evaluator, url));
  }
  out.url = ToString(url);
  SB_RETURN_IF_ERROR(AddHeaders(request.headers, evaluator, out));
  SB_RETURN_IF_ERROR(AddCookies(request.cookies, evaluator, out));
  SB_ASSIGN_OR_RETURN(Body body, BuildBody(request.body, evaluator));
  if (!body.content_type.empty()) AddContentType(std::move(body.content_type), out);
  out.body = ToString(body.bytes);
  return out;
}

absl::StatusOr<std::string> BuildPath(const Template& path, TemplateEvaluator& evaluator) {
  WipedBytes out;
  SB_RETURN_IF_ERROR(AppendPath(path, evaluator, out));
  return ToString(out);
}

}  // namespace sessionbroker::login
