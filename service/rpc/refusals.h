#ifndef SESSIONBROKER_SERVICE_RPC_REFUSALS_H_
#define SESSIONBROKER_SERVICE_RPC_REFUSALS_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/access/call.h"
#include "service/telemetry/log.h"
#include "service/telemetry/metrics.h"

namespace sessionbroker::rpc {

// Ends calls with errors: counts them and logs those that are a fault of the broker. Thread-safe.
class Refusals {
 public:
  // Both outlive this object.
  Refusals(telemetry::Metrics* metrics, telemetry::Logger* log) : metrics_(metrics), log_(log) {}

  // What the call of `context` ends with.
  grpc::Status Refuse(const absl::Status& status, grpc::CallbackServerContext* context) const;

 private:
  telemetry::Metrics* const metrics_;
  telemetry::Logger* const log_;
};

// The call of `context`, or kUnauthenticated.
absl::StatusOr<access::Call> Identify(const grpc::CallbackServerContext& context);

}  // namespace sessionbroker::rpc

#endif  // SESSIONBROKER_SERVICE_RPC_REFUSALS_H_
