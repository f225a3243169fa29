#ifndef SESSIONBROKER_SERVICE_RPC_SIGN_CALL_H_
#define SESSIONBROKER_SERVICE_RPC_SIGN_CALL_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "service/access/call.h"
#include "service/access/guarded_signer.h"
#include "service/rpc/refusals.h"
#include "sessionbroker/v1/session_broker.pb.h"

namespace sessionbroker::rpc {

// Has `request`, which has been checked, signed and answers with what comes of it. All pointers
// live as long as gRPC's call does, `refusals` longer.
grpc::ServerUnaryReactor* BeginSign(access::GuardedSigner* signer, const access::Call& call,
                                    const v1::SignRequestRequest& request, const Refusals* refusals,
                                    grpc::CallbackServerContext* context,
                                    v1::SignRequestResponse* response);

}  // namespace sessionbroker::rpc

#endif  // SESSIONBROKER_SERVICE_RPC_SIGN_CALL_H_
