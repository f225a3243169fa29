#ifndef SESSIONBROKER_SERVICE_RPC_ADMIN_BROKER_SERVICE_H_
#define SESSIONBROKER_SERVICE_RPC_ADMIN_BROKER_SERVICE_H_

#include <grpcpp/impl/service_type.h>

#include <memory>

#include "service/access/caller_identifier.h"
#include "service/access/guarded_rules.h"
#include "service/access/guarded_sequences.h"
#include "service/access/guarded_sessions.h"
#include "service/access/guarded_status.h"
#include "service/telemetry/log.h"
#include "service/telemetry/metrics.h"

namespace sessionbroker::rpc {

// sessionbroker.admin.v1.AdminBroker on gRPC's callback API, thread-safe; who waits for the store
// holds no thread. The arguments outlive the service; the service outlives its server. A server
// must be gone before the scheduler that answers for the sequences stops.
std::unique_ptr<grpc::Service> MakeAdminBrokerService(
    const access::CallerIdentifier* callers, const access::GuardedRules* rules,
    access::GuardedSequences* sequences, access::GuardedSessions* sessions,
    access::GuardedStatus* status, telemetry::Metrics* metrics, telemetry::Logger* log,
    access::AuditLog* audit);

}  // namespace sessionbroker::rpc

#endif  // SESSIONBROKER_SERVICE_RPC_ADMIN_BROKER_SERVICE_H_
