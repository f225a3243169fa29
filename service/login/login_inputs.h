#ifndef SESSIONBROKER_SERVICE_LOGIN_LOGIN_INPUTS_H_
#define SESSIONBROKER_SERVICE_LOGIN_LOGIN_INPUTS_H_

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "service/login/account.h"
#include "service/login/grant.h"

namespace sessionbroker::login {

// Shows everything that decides whether a login of this account succeeds, secrets included: always
// in the same order, each label once. For a keyed fingerprint, and for nothing that is shown or
// stored.
void ForEachLoginInput(
    const Account& account,
    absl::FunctionRef<void(absl::string_view label, absl::string_view value)> show);

// Shows the session's id. For a keyed hash, which names the session where its id must not be seen.
void ShowSessionId(const Grant& grant, absl::FunctionRef<void(absl::string_view id)> show);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_LOGIN_INPUTS_H_
