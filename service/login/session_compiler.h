#ifndef SESSIONBROKER_SERVICE_LOGIN_SESSION_COMPILER_H_
#define SESSIONBROKER_SERVICE_LOGIN_SESSION_COMPILER_H_

#include "service/login/compile_context.h"
#include "service/login/program.h"
#include "sessionbroker/definition/v1/definition.pb.h"

namespace sessionbroker::login {

// Checks what a login yields, with all steps done, and makes what it can of it.
SessionTemplate CompileSession(const definition::v1::SessionTemplate& session,
                               CompileContext& context);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_SESSION_COMPILER_H_
