#ifndef SESSIONBROKER_SERVICE_ACCESS_GUARDED_RULES_H_
#define SESSIONBROKER_SERVICE_ACCESS_GUARDED_RULES_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/access/call.h"
#include "service/access/oversight.h"
#include "service/access/policy_holder.h"
#include "service/base/account_id.h"

namespace sessionbroker::access {

// The rules as operators look at them: who may not `operate` everywhere gets kNotAllowed, and
// who asks too often kCallerQuota. Thread-safe.
class GuardedRules {
 public:
  // `policy` outlives this object.
  GuardedRules(const PolicyHolder* policy, Oversight oversight)
      : policy_(policy), oversight_(oversight) {}

  // What `subject`, written as in rules, may do with the account. kInvalidArgument where it is no
  // caller.
  absl::StatusOr<Explanation> Explain(const Call& call, absl::string_view subject,
                                      base::AccountIdView account) const;

 private:
  absl::StatusOr<Explanation> TryExplain(const Call& call, absl::string_view subject,
                                         base::AccountIdView account) const;

  const PolicyHolder* const policy_;
  const Oversight oversight_;
};

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_GUARDED_RULES_H_
