#include "service/access/guarded_status.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"

namespace sessionbroker::access {

absl::StatusOr<BrokerStatus> GuardedStatus::Get(const Call& call) const {
  absl::Status checked = oversight_.quotas->TakeCall(call.caller);
  if (checked.ok() && !policy_->Get()->AllowsEverywhere(call, Action::kOperate)) {
    checked = base::MakeError(
        base::Reason::kNotAllowed,
        absl::StrCat("no rule allows ", call.caller.ToString(),
                     " to see the broker's status: it takes the action operate on the accounts "
                     "*/*"));
  }
  if (checked.ok()) return source_();
  return Failed(*oversight_.audit, EventOf(call, AuditAction::kStatus), std::move(checked));
}

}  // namespace sessionbroker::access
