#ifndef SESSIONBROKER_SERVICE_LOGIN_ADDITIONS_COMPILER_H_
#define SESSIONBROKER_SERVICE_LOGIN_ADDITIONS_COMPILER_H_

#include "service/login/additions.h"
#include "service/login/compile_context.h"
#include "service/login/program.h"
#include "sessionbroker/definition/v1/definition.pb.h"

// Where mistakes were reported, the results are good for finding more of them only.
namespace sessionbroker::login {

// Checks what signs callers' requests: what reaches one is sealed at most. `session` is what else
// is added to them.
AdditionsTemplate CompileSign(const definition::v1::Sign& sign, const SessionTemplate& session,
                              CompileContext& context);

// Checks what is injected into callers' requests, secrets included.
AdditionsTemplate CompileInject(const definition::v1::Inject& inject,
                                const SessionTemplate& session, CompileContext& context);

// Checks the rules for the answers to callers' requests.
CallRules CompileCall(const definition::v1::Call& call, CompileContext& context);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_ADDITIONS_COMPILER_H_
