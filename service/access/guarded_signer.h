#ifndef SESSIONBROKER_SERVICE_ACCESS_GUARDED_SIGNER_H_
#define SESSIONBROKER_SERVICE_ACCESS_GUARDED_SIGNER_H_

#include "service/access/call.h"
#include "service/access/oversight.h"
#include "service/access/policy_holder.h"
#include "service/base/account_id.h"
#include "service/calls/request.h"
#include "service/calls/request_signer.h"

namespace sessionbroker::access {

// Signing as callers reach it: rights and limits first, and a line in the audit log. Thread-safe. A
// caller that may not use an account gets kNotAllowed whether the account exists or not.
class GuardedSigner {
 public:
  using PendingSign = calls::RequestSigner::PendingSign;

  // All outlive this object.
  GuardedSigner(const PolicyHolder* policy, calls::RequestSigner* signer,
                const Oversight& oversight)
      : policy_(policy), signer_(signer), oversight_(oversight) {}

  // As calls::RequestSigner::Sign; and, inside, kNotAllowed, kCallerQuota and kAuditUnavailable. A
  // request of which no line could be left is not handed out.
  PendingSign Sign(const Call& call, base::AccountIdView id, calls::Request request,
                   calls::RequestSigner::Callback done);

 private:
  const PolicyHolder* const policy_;
  calls::RequestSigner* const signer_;
  const Oversight oversight_;
};

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_GUARDED_SIGNER_H_
