#ifndef SESSIONBROKER_SERVICE_RPC_REFLECTION_H_
#define SESSIONBROKER_SERVICE_RPC_REFLECTION_H_

#include <grpcpp/server.h>

namespace sessionbroker::rpc {

// Gives every server built from now on the standard health and reflection services. Clients of
// reflection can describe both, the API, and the details of errors. Call it once, before the first
// server is built; not thread-safe.
void EnableHealthAndReflection();

// What health answers for "" and for sessionbroker.v1.SessionBroker; without a call NOT_FOUND is
// said of the latter. Requires a server built after EnableHealthAndReflection. Thread-safe.
void SetServing(bool serving, grpc::Server* server);

}  // namespace sessionbroker::rpc

#endif  // SESSIONBROKER_SERVICE_RPC_REFLECTION_H_
