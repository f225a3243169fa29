#include "service/access/oversight.h"

#include "service/base/error.h"

namespace sessionbroker::access {

AuditEvent EventOf(const Call& call, AuditAction action, base::AccountIdView id) {
  AuditEvent event;
  event.action = action;
  event.caller = call.caller.ToString();
  if (call.certificate.has_value()) event.certificate = call.certificate->ToString();
  event.peer = call.peer;
  event.trace_id = call.trace_id;
  event.provider = id.provider;
  event.account = id.account;
  return event;
}

absl::Status Failed(AuditLog& audit, AuditEvent event, absl::Status status) {
  event.error = base::DetailsOf(status).reason;
  audit.Record(event).IgnoreError();
  return status;
}

}  // namespace sessionbroker::access
