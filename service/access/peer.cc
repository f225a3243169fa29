#include "service/access/peer.h"

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"

namespace sessionbroker::access {
namespace {

// gRPC percent-encodes the brackets; an IPv4 address that came in over IPv6 is written as IPv4.
constexpr absl::string_view kLocal[] = {"unix:", "ipv4:127.", "ipv6:%5B::1%5D:", "ipv6:[::1]:"};

}  // namespace

bool IsLocalPeer(absl::string_view peer) {
  return absl::c_any_of(
      kLocal, [peer](absl::string_view prefix) { return absl::StartsWith(peer, prefix); });
}

}  // namespace sessionbroker::access
