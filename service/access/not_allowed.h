#ifndef SESSIONBROKER_SERVICE_ACCESS_NOT_ALLOWED_H_
#define SESSIONBROKER_SERVICE_ACCESS_NOT_ALLOWED_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "service/access/caller.h"
#include "service/base/account_id.h"

namespace sessionbroker::access {

// kNotAllowed for who wants to do `what`, such as "get the session of", with an account: the same
// whether the account exists or not.
absl::Status NotAllowedError(const Caller& caller, absl::string_view what, base::AccountIdView id);

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_NOT_ALLOWED_H_
