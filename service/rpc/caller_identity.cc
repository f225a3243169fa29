#include "service/rpc/caller_identity.h"

#include "absl/strings/match.h"

namespace sessionbroker::rpc {

std::optional<access::Caller> CallerAt(absl::string_view peer) {
  // gRPC percent-encodes the brackets; an IPv4 address that came in over IPv6 is written as IPv4.
  for (const absl::string_view loopback :
       {"unix:", "ipv4:127.", "ipv6:%5B::1%5D:", "ipv6:[::1]:"}) {
    if (absl::StartsWith(peer, loopback)) return access::Caller::Loopback();
  }
  return std::nullopt;
}

}  // namespace sessionbroker::rpc
