#ifndef SESSIONBROKER_SERVICE_ACCESS_GUARDED_CALLS_H_
#define SESSIONBROKER_SERVICE_ACCESS_GUARDED_CALLS_H_

#include <optional>

#include "absl/time/time.h"
#include "service/access/call.h"
#include "service/access/oversight.h"
#include "service/access/policy_holder.h"
#include "service/base/account_id.h"
#include "service/calls/call_driver.h"
#include "service/calls/request.h"

namespace sessionbroker::access {

// Requests to providers as callers reach them: quotas and rights first, then the driver, and a line
// in the audit log of what came of it. Thread-safe. A caller that may not use an account gets
// kNotAllowed whether the account exists or not.
class GuardedCalls {
 public:
  using PendingCall = calls::CallDriver::PendingCall;

  // Both outlive this object, which outlives the calls that it has let wait.
  GuardedCalls(const PolicyHolder* policy, calls::CallDriver* driver, const Oversight& oversight)
      : policy_(policy), driver_(driver), oversight_(oversight) {}

  // As calls::CallDriver::Call, and, inside: kNotAllowed, kCallerQuota, kAuditUnavailable (which
  // may also come instead of an answer that would leave no line). `patience`: how long the caller
  // waits; unset: as long as it takes.
  PendingCall Send(const Call& call, base::AccountIdView id, calls::Request request,
                   std::optional<absl::Duration> patience, calls::CallDriver::Callback done);

 private:
  absl::Status Admit(const Call& call, base::AccountIdView id, const calls::Request& request) const;

  const PolicyHolder* const policy_;
  calls::CallDriver* const driver_;
  const Oversight oversight_;
};

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_GUARDED_CALLS_H_
