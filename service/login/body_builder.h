#ifndef SESSIONBROKER_SERVICE_LOGIN_BODY_BUILDER_H_
#define SESSIONBROKER_SERVICE_LOGIN_BODY_BUILDER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/login/request_template.h"
#include "service/login/template_evaluator.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::login {

// A body as it is sent.
struct Body {
  secrets::WipedBytes bytes;
  // Empty: there is no body.
  std::string content_type;
};

// The body with all values in their places, each escaped for its place. INVALID_ARGUMENT names the
// place and never the value.
absl::StatusOr<Body> BuildBody(const BodyTemplate& body, TemplateEvaluator& evaluator);

// The value of a form's field before it is encoded: a text, or the whole document.
absl::StatusOr<secrets::WipedBytes> BuildField(const FieldTemplate& field, absl::string_view place,
                                               TemplateEvaluator& evaluator);

// Appends "name=value&…".
using EncodeParameter = std::string (*)(absl::string_view);
absl::Status AppendParameters(const std::vector<NamedTemplate>& parameters, absl::string_view place,
                              EncodeParameter encode, TemplateEvaluator& evaluator,
                              secrets::WipedBytes& out);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_BODY_BUILDER_H_
