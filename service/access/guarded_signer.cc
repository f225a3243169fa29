#include "service/access/guarded_signer.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"

namespace sessionbroker::access {

GuardedSigner::PendingSign GuardedSigner::Sign(const Call& call, base::AccountIdView id,
                                               calls::Request request,
                                               calls::RequestSigner::Callback done) {
  std::string what = absl::StrCat(request.method, " ", request.path);
  AuditEvent event = EventOf(call, AuditAction::kSign, id);
  event.detail = what;
  const auto refuse = [&](absl::Status status) {
    done(Failed(*oversight_.audit, event, std::move(status)));
    return PendingSign();
  };
  if (absl::Status taken = oversight_.quotas->TakeCall(call.caller); !taken.ok()) {
    return refuse(std::move(taken));
  }
  if (policy_->Get()->AllowsRequest(call, Action::kSign, id, request) == nullptr) {
    return refuse(base::MakeError(base::Reason::kNotAllowed,
                                  absl::StrCat("no rule allows ", call.caller.ToString(),
                                               " to have a request signed for ", id.ToString())));
  }
  if (absl::Status status = oversight_.audit->Check(); !status.ok()) {
    return refuse(std::move(status));
  }
  absl::StatusOr<CallerQuotas::Place> place = oversight_.quotas->BeginCall(call.caller);
  if (!place.ok()) return refuse(place.status());
  base::AccountId account{.provider = std::string(id.provider), .account = std::string(id.account)};
  return signer_->Sign(
      account, std::move(request),
      [oversight = oversight_, call, account, what = std::move(what), place = *std::move(place),
       done = std::move(done)](absl::StatusOr<calls::SignedRequest> result) mutable {
        AuditEvent ended = EventOf(call, AuditAction::kSign, account);
        ended.detail = what;
        if (result.ok() && result->session != nullptr) {
          ended.version = result->session->version;
          ended.session = result->session->id_hash;
        }
        absl::Status status = result.status();
        if (status.ok()) status = oversight.audit->Record(ended);
        if (!status.ok()) {
          done(Failed(*oversight.audit, ended, std::move(status)));
          return;
        }
        done(std::move(result));
      },
      [quotas = oversight_.quotas, caller = call.caller] { return quotas->TakeLogin(caller); });
}

}  // namespace sessionbroker::access
