#ifndef SESSIONBROKER_SERVICE_RPC_SIGNED_REQUEST_ENCODING_H_
#define SESSIONBROKER_SERVICE_RPC_SIGNED_REQUEST_ENCODING_H_

#include "service/calls/request_signer.h"
#include "sessionbroker/v1/session_broker.pb.h"

namespace sessionbroker::rpc {

// A request as its caller gets it. A bearer secret.
void EncodeSigned(const calls::SignedRequest& request, v1::SignRequestResponse* out);

}  // namespace sessionbroker::rpc

#endif  // SESSIONBROKER_SERVICE_RPC_SIGNED_REQUEST_ENCODING_H_
