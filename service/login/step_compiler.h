#ifndef SESSIONBROKER_SERVICE_LOGIN_STEP_COMPILER_H_
#define SESSIONBROKER_SERVICE_LOGIN_STEP_COMPILER_H_

#include "absl/strings/string_view.h"
#include "service/login/compile_context.h"
#include "service/login/program.h"
#include "sessionbroker/definition/v1/definition.pb.h"

namespace sessionbroker::login {

// Checks the step at `path` and makes what it can of it; from then on the values that it extracts
// are known to `context`. `last`: no step comes after it. Where mistakes were reported, the result
// is good for finding more of them only.
Step CompileStep(const definition::v1::Step& step, absl::string_view path, bool last,
                 CompileContext& context);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_STEP_COMPILER_H_
