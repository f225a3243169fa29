#ifndef SESSIONBROKER_SERVICE_RPC_HTTP_REQUEST_DECODING_H_
#define SESSIONBROKER_SERVICE_RPC_HTTP_REQUEST_DECODING_H_

#include "service/calls/request.h"
#include "sessionbroker/v1/session_broker.pb.h"

namespace sessionbroker::rpc {

// A caller's request as it came: whether it may be sent is for others to check.
calls::Request DecodeRequest(const v1::HttpRequest& request);

}  // namespace sessionbroker::rpc

#endif  // SESSIONBROKER_SERVICE_RPC_HTTP_REQUEST_DECODING_H_
