#include "service/rpc/refusals.h"

#include <string>

#include "service/base/error.h"
#include "service/rpc/status_mapping.h"
#include "service/telemetry/names.h"

namespace sessionbroker::rpc {

grpc::Status Refusals::Refuse(const absl::Status& status,
                              grpc::CallbackServerContext* context) const {
  const base::Reason reason = base::DetailsOf(status).reason;
  metrics_->CountError(base::NameOf(reason));
  if (reason == base::Reason::kInternal) {
    log_->Log(telemetry::LogLevel::kError, telemetry::kInternalErrorEvent,
              {{telemetry::kDetailField, status.ToString()}});
  }
  if (base::CodeOf(reason) == absl::StatusCode::kUnauthenticated) {
    const std::string peer = context->peer();
    audit_->Record({.action = access::AuditAction::kConnect, .peer = peer, .error = reason})
        .IgnoreError();
  }
  return rpc::Refuse(status, context);
}

}  // namespace sessionbroker::rpc
