#include "service/access/guarded_rules.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace sessionbroker::access {

absl::StatusOr<Explanation> GuardedRules::Explain(const Call& call, absl::string_view subject,
                                                  base::AccountIdView account) const {
  absl::StatusOr<Explanation> explanation = TryExplain(call, subject, account);
  if (explanation.ok()) return explanation;
  return Failed(*oversight_.audit, EventOf(call, AuditAction::kStatus, account),
                explanation.status());
}

absl::StatusOr<Explanation> GuardedRules::TryExplain(const Call& call, absl::string_view subject,
                                                     base::AccountIdView account) const {
  SB_RETURN_IF_ERROR(oversight_.quotas->TakeCall(call.caller));
  const std::shared_ptr<const Policy> policy = policy_->Get();
  if (policy->AllowsEverywhere(call, Action::kOperate) == nullptr) {
    return base::MakeError(base::Reason::kNotAllowed,
                           absl::StrCat("no rule allows ", call.caller.ToString(),
                                        " to see rules: it takes the action operate on the "
                                        "accounts */*"));
  }
  const absl::StatusOr<Caller> caller = Caller::Parse(subject);
  if (!caller.ok()) {
    return base::MakeError(base::Reason::kInvalidArgument,
                           absl::StrCat("caller: expected ", caller.status().message()));
  }
  return policy->Explain(*caller, account);
}

}  // namespace sessionbroker::access
