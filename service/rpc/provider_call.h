#ifndef SESSIONBROKER_SERVICE_RPC_PROVIDER_CALL_H_
#define SESSIONBROKER_SERVICE_RPC_PROVIDER_CALL_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "service/access/call.h"
#include "service/access/guarded_calls.h"
#include "service/rpc/refusals.h"
#include "sessionbroker/v1/session_broker.pb.h"

namespace sessionbroker::rpc {

// Has `request`, which has been checked, sent and answers with what the provider answers. All
// pointers live as long as gRPC's call does, `refusals` longer.
grpc::ServerUnaryReactor* BeginProviderCall(access::GuardedCalls* calls, const access::Call& call,
                                            const v1::CallProviderRequest& request,
                                            const Refusals* refusals,
                                            grpc::CallbackServerContext* context,
                                            v1::CallProviderResponse* response);

}  // namespace sessionbroker::rpc

#endif  // SESSIONBROKER_SERVICE_RPC_PROVIDER_CALL_H_
