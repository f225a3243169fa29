#include "service/access/guarded_calls.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace sessionbroker::access {

absl::Status GuardedCalls::Admit(const Call& call, base::AccountIdView id,
                                 const calls::Request& request) const {
  SB_RETURN_IF_ERROR(oversight_.quotas->TakeCall(call.caller));
  if (policy_->Get()->AllowsRequest(call, Action::kCall, id, request) == nullptr) {
    return base::MakeError(base::Reason::kNotAllowed,
                           absl::StrCat("no rule allows ", call.caller.ToString(),
                                        " to have a request sent for ", id.ToString()));
  }
  return oversight_.audit->Check();
}

GuardedCalls::PendingCall GuardedCalls::Send(const Call& call, base::AccountIdView id,
                                             calls::Request request,
                                             std::optional<absl::Duration> patience,
                                             calls::CallDriver::Callback done) {
  AuditEvent event = EventOf(call, AuditAction::kCall, id);
  std::string what = absl::StrCat(request.method, " ", request.path);
  event.detail = what;
  const auto refuse = [&](absl::Status status) {
    done(Failed(*oversight_.audit, event, std::move(status)));
    return PendingCall();
  };
  if (absl::Status admitted = Admit(call, id, request); !admitted.ok()) {
    return refuse(std::move(admitted));
  }
  absl::StatusOr<CallerQuotas::Place> place = oversight_.quotas->BeginCall(call.caller);
  if (!place.ok()) return refuse(place.status());
  base::AccountId account{.provider = std::string(id.provider), .account = std::string(id.account)};
  calls::CallOrder order;
  order.account = account;
  order.request = std::move(request);
  order.caller = std::string(call.caller.ToString());
  order.patience = patience;
  order.admit_login = [quotas = oversight_.quotas, caller = call.caller] {
    return quotas->TakeLogin(caller);
  };
  return driver_->Call(std::move(order),
                       [audit = oversight_.audit, call, account = std::move(account),
                        what = std::move(what), place = *std::move(place),
                        done = std::move(done)](absl::StatusOr<calls::CallAnswer> answer) mutable {
                         AuditEvent ended = EventOf(call, AuditAction::kCall, account);
                         ended.detail = what;
                         if (!answer.ok()) return done(Failed(*audit, ended, answer.status()));
                         ended.version = answer->session_version;
                         const std::string answered = absl::StrCat(what, " HTTP ", answer->status);
                         ended.detail = answered;
                         if (absl::Status kept = audit->Record(ended); !kept.ok()) {
                           return done(Failed(*audit, ended, std::move(kept)));
                         }
                         done(std::move(answer));
                       });
}

}  // namespace sessionbroker::access
