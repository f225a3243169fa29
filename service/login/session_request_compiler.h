#ifndef SESSIONBROKER_SERVICE_LOGIN_SESSION_REQUEST_COMPILER_H_
#define SESSIONBROKER_SERVICE_LOGIN_SESSION_REQUEST_COMPILER_H_

#include "service/login/compile_context.h"
#include "service/login/conversation.h"
#include "service/login/program.h"
#include "sessionbroker/definition/v1/definition.pb.h"

namespace sessionbroker::login {

// From here on `session.id` and `session.NAME`, for each attribute, are known to `context`.
void DeclareSession(const definition::v1::SessionTemplate& session, CompileContext& context);

// Of what a login's scope knows what a probe, logout or call knows too. Secrets stay: to name one
// where none may be is a mistake that has a better message than that it is unknown.
Scope ScopeWithin(const Scope& login, Conversation conversation);

// Checks what a definition's probe or logout says and makes a step of it, called as the
// conversation is. It knows the session, the account's parameters and the time, nothing else, and
// may send no secret. Where mistakes were reported, the result is good for finding more of them
// only.
Step CompileSessionRequest(const definition::v1::SessionRequest& request, Conversation conversation,
                           CompileContext& context);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_SESSION_REQUEST_COMPILER_H_
