#include "service/rpc/refusals.h"

#include <optional>

#include "service/base/error.h"
#include "service/rpc/caller_identity.h"
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
  return rpc::Refuse(status, context);
}

absl::StatusOr<access::Caller> Identify(const grpc::CallbackServerContext& context) {
  if (const std::optional<access::Caller> caller = CallerAt(context.peer())) return *caller;
  return base::MakeError(base::Reason::kUnauthenticated,
                         "the connection does not prove who is calling: only callers on the "
                         "broker's loopback address or Unix socket are known");
}

}  // namespace sessionbroker::rpc
