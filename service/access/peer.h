#ifndef SESSIONBROKER_SERVICE_ACCESS_PEER_H_
#define SESSIONBROKER_SERVICE_ACCESS_PEER_H_

#include "absl/strings/string_view.h"

namespace sessionbroker::access {

// Whether the other end of a connection is on this machine, by gRPC's name of it
// ("ipv4:127.0.0.1:5123", "unix:", …).
bool IsLocalPeer(absl::string_view peer);

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_PEER_H_
