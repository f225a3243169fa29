#ifndef SESSIONBROKER_SERVICE_RPC_CALLER_IDENTITY_H_
#define SESSIONBROKER_SERVICE_RPC_CALLER_IDENTITY_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "service/access/caller.h"

namespace sessionbroker::rpc {

// Who calls, by gRPC's name of the connection's other end ("ipv4:127.0.0.1:5123", "unix:", …).
// Nothing: it does not prove who it is.
std::optional<access::Caller> CallerAt(absl::string_view peer);

}  // namespace sessionbroker::rpc

#endif  // SESSIONBROKER_SERVICE_RPC_CALLER_IDENTITY_H_
