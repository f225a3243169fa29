#include "service/access/guarded_status.h"

#include "absl/strings/str_cat.h"
#include "service/base/error.h"

namespace sessionbroker::access {

absl::StatusOr<BrokerStatus> GuardedStatus::Get(const Call& call) const {
  if (policy_->Get()->AllowsEverywhere(call, Action::kOperate)) return source_();
  return base::MakeError(base::Reason::kNotAllowed,
                         absl::StrCat("no rule allows ", call.caller.ToString(),
                                      " to see the broker's status: it takes the action operate on "
                                      "the accounts */*"));
}

}  // namespace sessionbroker::access
