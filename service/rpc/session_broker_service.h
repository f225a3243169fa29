#ifndef SESSIONBROKER_SERVICE_RPC_SESSION_BROKER_SERVICE_H_
#define SESSIONBROKER_SERVICE_RPC_SESSION_BROKER_SERVICE_H_

#include <grpcpp/impl/service_type.h>

#include <memory>

#include "service/access/caller_identifier.h"
#include "service/access/guarded_calls.h"
#include "service/access/guarded_sessions.h"
#include "service/access/guarded_signer.h"
#include "service/access/guarded_watches.h"
#include "service/telemetry/log.h"
#include "service/telemetry/metrics.h"

namespace sessionbroker::rpc {

// sessionbroker.v1.SessionBroker on gRPC's callback API, thread-safe. A hit is answered on gRPC's
// thread with the session's own bytes; who must wait holds no thread, and one that goes away leaves
// the login running. The arguments outlive the service; the service outlives its server.
std::unique_ptr<grpc::Service> MakeSessionBrokerService(
    const access::CallerIdentifier* callers, access::GuardedSessions* sessions,
    access::GuardedWatches* watches, access::GuardedSigner* signer, access::GuardedCalls* calls,
    telemetry::Metrics* metrics, telemetry::Logger* log, access::AuditLog* audit);

}  // namespace sessionbroker::rpc

#endif  // SESSIONBROKER_SERVICE_RPC_SESSION_BROKER_SERVICE_H_
