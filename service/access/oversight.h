#ifndef SESSIONBROKER_SERVICE_ACCESS_OVERSIGHT_H_
#define SESSIONBROKER_SERVICE_ACCESS_OVERSIGHT_H_

#include "absl/status/status.h"
#include "service/access/audit_log.h"
#include "service/access/call.h"
#include "service/access/caller_quotas.h"
#include "service/base/account_id.h"

namespace sessionbroker::access {

// What watches over everything that callers do, besides the rules. Copied freely; both outlive who
// has it.
struct Oversight {
  CallerQuotas* quotas = nullptr;
  AuditLog* audit = nullptr;
};

// An event that succeeded, to be completed. Borrows from `call` and `id`; without one, it concerns
// no account.
AuditEvent EventOf(const Call& call, AuditAction action,
                   base::AccountIdView id = base::AccountIdView("", ""));

// Takes down that what `event` tells of failed, and returns why. Requires !status.ok().
absl::Status Failed(AuditLog& audit, AuditEvent event, absl::Status status);

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_OVERSIGHT_H_
