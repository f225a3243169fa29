#ifndef SESSIONBROKER_SERVICE_RPC_IDENTIFY_H_
#define SESSIONBROKER_SERVICE_RPC_IDENTIFY_H_

#include <grpcpp/server_context.h>

#include "absl/status/statusor.h"
#include "service/access/call.h"
#include "service/access/caller_identifier.h"

namespace sessionbroker::rpc {

// The call of `context` with its callers; errors as access::CallerIdentifier::Identify.
absl::StatusOr<access::Call> Identify(const access::CallerIdentifier& callers,
                                      const grpc::CallbackServerContext& context);

}  // namespace sessionbroker::rpc

#endif  // SESSIONBROKER_SERVICE_RPC_IDENTIFY_H_
