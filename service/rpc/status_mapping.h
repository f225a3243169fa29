#ifndef SESSIONBROKER_SERVICE_RPC_STATUS_MAPPING_H_
#define SESSIONBROKER_SERVICE_RPC_STATUS_MAPPING_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include <string>

#include "absl/status/status.h"

namespace sessionbroker::rpc {

// The domain of every google.rpc.ErrorInfo that the broker sends.
inline constexpr char kErrorDomain[] = "sessionbroker";

// The trailer that gRPC's own retry obeys (gRFC A6): milliseconds to wait, or "-1": do not retry.
inline constexpr char kRetryPushbackTrailer[] = "grpc-retry-pushback-ms";

// An error in the form that gRPC sends.
struct WireError {
  // Code and message; the details are a serialized google.rpc.Status with an ErrorInfo and, where
  // waiting helps, a RetryInfo.
  grpc::Status status;
  // The value of kRetryPushbackTrailer: the delay of RetryInfo rounded up, "-1" without one.
  std::string retry_pushback_ms;
};

// The text of an error for callers. That of a kInternal error stays inside: it was not written for
// them. Requires !status.ok().
std::string MessageForCallers(const absl::Status& status);

// The one table from our errors to gRPC's; docs/api.md shows it to callers. The code follows from
// the error's base::Reason. Requires !status.ok().
WireError ToWireError(const absl::Status& status);

// Adds the trailer to `context` and returns what the call ends with. Requires !status.ok().
grpc::Status Refuse(const absl::Status& status, grpc::CallbackServerContext* context);

}  // namespace sessionbroker::rpc

#endif  // SESSIONBROKER_SERVICE_RPC_STATUS_MAPPING_H_
