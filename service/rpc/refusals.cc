#include "service/rpc/refusals.h"

#include <optional>
#include <string>

#include "service/base/error.h"
#include "service/rpc/caller_identity.h"
#include "service/rpc/status_mapping.h"
#include "service/rpc/trace_context.h"
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
  if (reason == base::Reason::kUnauthenticated) {
    const std::string peer = context->peer();
    audit_->Record({.action = access::AuditAction::kConnect, .peer = peer, .error = reason})
        .IgnoreError();
  }
  return rpc::Refuse(status, context);
}

absl::StatusOr<access::Call> Identify(const grpc::CallbackServerContext& context) {
  access::Call call;
  call.peer = context.peer();
  const std::optional<access::Caller> caller = CallerAt(call.peer);
  if (!caller.has_value()) {
    return base::MakeError(base::Reason::kUnauthenticated,
                           "the connection does not prove who is calling: only callers on the "
                           "broker's loopback address or Unix socket are known");
  }
  call.caller = *caller;
  const auto& headers = context.client_metadata();
  if (const auto trace = headers.find(kTraceParentHeader); trace != headers.end()) {
    call.trace_id = TraceIdOf({trace->second.data(), trace->second.size()});
  }
  return call;
}

}  // namespace sessionbroker::rpc
