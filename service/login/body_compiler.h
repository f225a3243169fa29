#ifndef SESSIONBROKER_SERVICE_LOGIN_BODY_COMPILER_H_
#define SESSIONBROKER_SERVICE_LOGIN_BODY_COMPILER_H_

#include "absl/strings/string_view.h"
#include "service/login/compile_context.h"
#include "service/login/request_template.h"
#include "sessionbroker/definition/v1/definition.pb.h"

namespace sessionbroker::login {

// Checks the body of the request at `path` and makes a template of it. A mistake is reported and
// leaves its part out.
BodyTemplate CompileBody(const definition::v1::Request& request, absl::string_view path,
                         CompileContext& context);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_BODY_COMPILER_H_
