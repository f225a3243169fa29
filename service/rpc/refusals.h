#ifndef SESSIONBROKER_SERVICE_RPC_REFUSALS_H_
#define SESSIONBROKER_SERVICE_RPC_REFUSALS_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include "absl/status/status.h"
#include "service/access/audit_log.h"
#include "service/telemetry/log.h"
#include "service/telemetry/metrics.h"

namespace sessionbroker::rpc {

// Ends calls with errors: counts them, logs those that are a fault of the broker, and leaves a line
// in the audit log of callers nobody knows, who never get as far as access. Thread-safe.
class Refusals {
 public:
  // All outlive this object.
  Refusals(telemetry::Metrics* metrics, telemetry::Logger* log, access::AuditLog* audit)
      : metrics_(metrics), log_(log), audit_(audit) {}

  // What the call of `context` ends with.
  grpc::Status Refuse(const absl::Status& status, grpc::CallbackServerContext* context) const;

 private:
  telemetry::Metrics* const metrics_;
  telemetry::Logger* const log_;
  access::AuditLog* const audit_;
};

}  // namespace sessionbroker::rpc

#endif  // SESSIONBROKER_SERVICE_RPC_REFUSALS_H_
