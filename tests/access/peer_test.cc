#include "service/access/peer.h"

#include <gtest/gtest.h>

namespace sessionbroker::access {
namespace {

TEST(PeerTest, LoopbackAddressesAndUnixSocketsAreLocal) {
  for (const char* peer : {"unix:", "unix:/run/broker.sock", "ipv4:127.0.0.1:5123",
                           "ipv4:127.8.9.10:1", "ipv6:%5B::1%5D:5123", "ipv6:[::1]:5123"}) {
    EXPECT_TRUE(IsLocalPeer(peer)) << peer;
  }
}

TEST(PeerTest, EveryoneElseIsNot) {
  for (const char* peer :
       {"", "unknown", "inproc", "ipv4:10.0.0.7:5123", "ipv4:128.0.0.1:127", "ipv4:12.7.0.1:1",
        "ipv4:1127.0.0.1:1", "ipv6:%5B2001:db8::1%5D:5123", "ipv6:%5B::11%5D:1",
        "ipv6:%5B::ffff:10.0.0.7%5D:1", "ipv6:[::]:1", "unix-abstract:broker", "vsock:1:2",
        "127.0.0.1:5123", "dns:///localhost"}) {
    EXPECT_FALSE(IsLocalPeer(peer)) << peer;
  }
}

}  // namespace
}  // namespace sessionbroker::access
