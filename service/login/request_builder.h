#ifndef SESSIONBROKER_SERVICE_LOGIN_REQUEST_BUILDER_H_
#define SESSIONBROKER_SERVICE_LOGIN_REQUEST_BUILDER_H_

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/http/message.h"
#include "service/login/expression/expression.h"
#include "service/login/expression/taint.h"
#include "service/login/expression/value.h"
#include "service/login/json_template.h"

namespace sessionbroker::login {

// A template with the name under which its value is sent.
struct NamedTemplate {
  std::string name;
  Template value;
};

// A request of a definition, checked.
struct RequestTemplate {
  // Upper-case.
  std::string method;
  // Begins with "/"; its literals are sent as they are.
  Template path;
  std::vector<NamedTemplate> query;
  std::vector<NamedTemplate> headers;
  // No body, a urlencoded form, or JSON.
  std::variant<std::monostate, std::vector<NamedTemplate>, JsonTemplate> body;
};

// A value that went into a request and must not come back or be shown.
struct SensitiveValue {
  // kSealed or kRaw.
  Taint taint = Taint::kRaw;
  Value value;
};

// The request with all values in their places, each escaped for its place: path and query
// percent-encoded, a form as application/x-www-form-urlencoded, JSON compact, in the definition's
// order and in UTF-8 without needless escapes. Content-Type follows from the body where the
// definition sets none. Adds each sealed or raw value that was sent to `sent`.
// INVALID_ARGUMENT, naming the place and never the value: a value cannot be computed; a header
// value with CR, LF or NUL; JSON text that is not UTF-8; a path value that is empty, "." or "..".
absl::StatusOr<http::Request> BuildRequest(const RequestTemplate& request,
                                           absl::string_view base_url, const Bindings& bindings,
                                           std::vector<SensitiveValue>* sent);

// The path of such a request alone, as it is sent.
absl::StatusOr<std::string> BuildPath(const Template& path, const Bindings& bindings);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_REQUEST_BUILDER_H_
