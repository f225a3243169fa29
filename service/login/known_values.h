#ifndef SESSIONBROKER_SERVICE_LOGIN_KNOWN_VALUES_H_
#define SESSIONBROKER_SERVICE_LOGIN_KNOWN_VALUES_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "service/login/account.h"
#include "service/login/additions.h"
#include "service/login/expression/expression.h"
#include "service/login/grant.h"
#include "service/login/kept_values.h"

// Secrets and sessions on their way into requests: here they become values of expressions, which
// track them, or what is attached to a request.
namespace sessionbroker::login {

// The account's secrets, as far as its program names them, as `secret.NAME`.
void AddSecrets(const Account& account, Bindings* bindings);

// What earlier logins left, as `kept.NAME`.
void AddKept(const KeptValues::Values& kept, Bindings* bindings);

// A session that the program gave, as `session.id` and, for each attribute, `session.NAME`: empty
// where the session has none.
void AddSession(const Program& program, const Grant& session, Bindings* bindings);

// What a request of this method carries of the session, in the definition's order.
std::vector<Added> AttachedTo(absl::string_view method, const Grant& session);

// All that a session is made of: its id and what is attached, for whatever method.
std::vector<Value> PartsOf(const Grant& session);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_KNOWN_VALUES_H_
