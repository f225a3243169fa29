#include "service/config/listen_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/testing/status_matchers.h"

namespace sessionbroker::config {
namespace {

TEST(ListenAddress, TellsHostPortAndWhoReachesIt) {
  struct Case {
    std::string text;
    std::string host;
    int port;
    bool is_local;
  };
  const Case cases[] = {
      {"127.0.0.1:50051", "127.0.0.1", 50051, true},
      {"127.8.9.10:0", "127.8.9.10", 0, true},
      {"localhost:65535", "localhost", 65535, true},
      {"LocalHost:1", "LocalHost", 1, true},
      {"[::1]:1", "::1", 1, true},
      {"[0:0:0:0:0:0:0:1]:1", "0:0:0:0:0:0:0:1", 1, true},
      {"0.0.0.0:1", "0.0.0.0", 1, false},
      {"[::]:1", "::", 1, false},
      {"[::ffff:127.0.0.1]:1", "::ffff:127.0.0.1", 1, false},
      {"[fe80::1]:1", "fe80::1", 1, false},
      {"128.0.0.1:1", "128.0.0.1", 1, false},
      {"localhost.example.com:1", "localhost.example.com", 1, false},
      {"broker-1.internal:1", "broker-1.internal", 1, false},
      {"0-9.a1:1", "0-9.a1", 1, false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    SB_ASSERT_OK_AND_ASSIGN(const ListenAddress address, ListenAddress::Create(c.text, "/etc"));
    EXPECT_EQ(address.host(), c.host);
    EXPECT_EQ(address.port(), c.port);
    EXPECT_EQ(address.is_local(), c.is_local);
    EXPECT_FALSE(address.is_unix());
    EXPECT_EQ(address.ToString(), c.text);
  }
}

TEST(ListenAddress, AUnixSocketIsRelativeToTheDirectory) {
  struct Case {
    std::string text;
    std::string directory;
    std::string path;
  };
  const Case cases[] = {
      {"unix:/run/broker.sock", "/etc/broker", "/run/broker.sock"},
      {"unix:///run/broker.sock", "/etc/broker", "/run/broker.sock"},
      {"unix:broker.sock", "/etc/broker", "/etc/broker/broker.sock"},
      {"unix:../broker.sock", "/etc/broker", "/etc/broker.sock"},
      {"unix:broker.sock", "", "broker.sock"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    SB_ASSERT_OK_AND_ASSIGN(const ListenAddress address,
                            ListenAddress::Create(c.text, c.directory));
    EXPECT_TRUE(address.is_unix());
    EXPECT_TRUE(address.is_local());
    EXPECT_EQ(address.path(), c.path);
    EXPECT_EQ(address.ToString(), "unix:" + c.path);
  }
}

TEST(ListenAddress, APathMayBeAsLongAsASocketsAndNoLonger) {
  const std::string longest = "/" + std::string(106, 'a');
  EXPECT_THAT(ListenAddress::Create("unix:" + longest, ""), testing::IsOk());
  EXPECT_THAT(ListenAddress::Create("unix:" + longest + "a", ""),
              testing::StatusIs(absl::StatusCode::kInvalidArgument,
                                "a path that comes to at most 107 bytes (this one: 108)"));
  EXPECT_THAT(ListenAddress::Create("unix:" + longest.substr(1), "/d"),
              testing::StatusIs(absl::StatusCode::kInvalidArgument,
                                "a path that comes to at most 107 bytes (this one: 109)"));
}

TEST(ListenAddress, RefusesWhatIsNoAddress) {
  const char kHost[] = "an IPv4 address, an IPv6 address in brackets or a name before the port";
  const char kPort[] = "a port from 0 to 65535 after the last \":\"";
  struct Case {
    std::string text;
    std::string expected;
  };
  const Case cases[] = {
      {"", "\"HOST:PORT\", \"[V6]:PORT\" or \"unix:PATH\""},
      {"localhost", "\"HOST:PORT\", \"[V6]:PORT\" or \"unix:PATH\""},
      {"unix:", "a path after \"unix:\""},
      {":1", kHost},
      {"::1:1", kHost},
      {"[::1:1", kHost},
      {"[::1]x:1", kHost},
      {"[127.0.0.1]:1", kHost},
      {"[fe80::1%eth0]:1", kHost},
      {"127.1:1", kHost},
      {"2130706433:1", kHost},
      {"0x7f000001:1", kHost},
      {"127.0.0.0x1:1", kHost},
      {"127.0.0.1.:1", kHost},
      {"-a:1", kHost},
      {"a-.b:1", kHost},
      {"a..b:1", kHost},
      {"a b:1", kHost},
      {std::string(64, 'a') + ":1", kHost},
      {"localhost:", kPort},
      {"localhost:65536", kPort},
      {"localhost:99999999999", kPort},
      {"localhost:+1", kPort},
      {"localhost: 1", kPort},
      {"localhost:http", kPort},
      {"[::1]", kPort},
      {std::string("a\0b:1", 5), kHost},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_THAT(ListenAddress::Create(c.text, ""),
                testing::StatusIs(absl::StatusCode::kInvalidArgument, c.expected));
  }
}

}  // namespace
}  // namespace sessionbroker::config
