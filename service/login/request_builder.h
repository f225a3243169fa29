#ifndef SESSIONBROKER_SERVICE_LOGIN_REQUEST_BUILDER_H_
#define SESSIONBROKER_SERVICE_LOGIN_REQUEST_BUILDER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "service/http/message.h"
#include "service/http/url.h"
#include "service/login/request_template.h"
#include "service/login/template_evaluator.h"

namespace sessionbroker::login {

// Where requests of an account may go.
struct Destination {
  // "https://host[:port][/path]", as http::BaseUrl::text.
  absl::string_view base_url;
  // Where a URL that an answer gave may lead besides the origin of the base URL.
  absl::Span<const http::BaseUrl> origins;
};

// The request with all values in their places, each escaped for its place: path and query
// percent-encoded, cookies as they are, the body as BuildBody does. Content-Type follows from the
// body where the definition sets none.
// INVALID_ARGUMENT, naming the place and never the value: a value cannot be computed; a header or
// cookie value with what must not be in one; a path value that is empty, "." or ".."; a URL that
// leads elsewhere than `destination` allows.
absl::StatusOr<http::Request> BuildRequest(const RequestTemplate& request,
                                           const Destination& destination,
                                           TemplateEvaluator& evaluator);

// The path of such a request alone, as it is sent.
absl::StatusOr<std::string> BuildPath(const Template& path, TemplateEvaluator& evaluator);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_REQUEST_BUILDER_H_
