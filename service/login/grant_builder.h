#ifndef SESSIONBROKER_SERVICE_LOGIN_GRANT_BUILDER_H_
#define SESSIONBROKER_SERVICE_LOGIN_GRANT_BUILDER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/login/account.h"
#include "service/login/expression/evaluation.h"
#include "service/login/expression/expression.h"
#include "service/login/grant.h"

namespace sessionbroker::login {

// What a login of the account has yielded, once all its steps are done. `user_agent` is the one
// that it was sent with, `provider_now` what the provider's clock shows. INVALID_ARGUMENT, naming
// the place and never the value: a value cannot be computed or has a control character; the session
// id is empty; the session is over already.
absl::StatusOr<Grant> BuildGrant(const Account& account, absl::string_view user_agent,
                                 absl::Time provider_now, const Bindings& bindings,
                                 Evaluation& evaluation);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_GRANT_BUILDER_H_
