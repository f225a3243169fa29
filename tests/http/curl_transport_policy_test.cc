// Which addresses are connected to, judged after a name was resolved. Names resolve as this file
// says: its getaddrinfo stands before the C library's.

#include <arpa/inet.h>
#include <dirent.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <netinet/in.h>

#include <cstdlib>
#include <cstring>
#include <future>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/base/mutex.h"
#include "tests/http/transport_harness.h"
#include "tests/testing/raw_server.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::http {
namespace {

using ::sessionbroker::testing::IsOk;
using ::sessionbroker::testing::RawServer;
using ::sessionbroker::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

// The names that this process can resolve. Thread-safe.
class Names {
 public:
  static Names& Get() {
    static Names* const kNames = new Names;
    return *kNames;
  }

  void Set(const std::string& name, std::vector<std::string> addresses) {
    base::MutexLock lock(&mutex_);
    addresses_[name] = std::move(addresses);
  }

  // Look-ups of "hanging.test" return once the future is ready.
  void HangUntil(std::shared_future<void> released) {
    base::MutexLock lock(&mutex_);
    released_ = std::move(released);
  }

  std::vector<std::string> LookUp(const std::string& name) {
    std::shared_future<void> released;
    {
      base::MutexLock lock(&mutex_);
      ++lookups_;
      if (name != "hanging.test") return addresses_[name];
      released = released_;
    }
    hanging_.set_value();
    released.wait();
    return {};
  }

  // Returns once a look-up of "hanging.test" has begun. To be called once.
  void AwaitHanging() { hanging_.get_future().wait(); }

  int lookups() {
    base::MutexLock lock(&mutex_);
    return lookups_;
  }

 private:
  base::Mutex mutex_;
  std::map<std::string, std::vector<std::string>> addresses_ ABSL_GUARDED_BY(mutex_);
  std::shared_future<void> released_ ABSL_GUARDED_BY(mutex_);
  int lookups_ ABSL_GUARDED_BY(mutex_) = 0;
  std::promise<void> hanging_;
};

// A node of a getaddrinfo result, its address and nothing else in one block, as glibc's is.
addrinfo* MakeNode(const std::string& text, int port) {
  auto* const node = static_cast<addrinfo*>(calloc(1, sizeof(addrinfo) + sizeof(sockaddr_in6)));
  node->ai_addr = reinterpret_cast<sockaddr*>(node + 1);
  node->ai_socktype = SOCK_STREAM;
  node->ai_protocol = IPPROTO_TCP;
  auto* const v4 = reinterpret_cast<sockaddr_in*>(node->ai_addr);
  auto* const v6 = reinterpret_cast<sockaddr_in6*>(node->ai_addr);
  if (inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
    node->ai_family = AF_INET;
    node->ai_addrlen = sizeof(sockaddr_in);
    v4->sin_port = htons(port);
  } else {
    inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr);
    node->ai_family = AF_INET6;
    node->ai_addrlen = sizeof(sockaddr_in6);
    v6->sin6_port = htons(port);
  }
  node->ai_addr->sa_family = node->ai_family;
  return node;
}

}  // namespace
}  // namespace sessionbroker::http

extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* /*hints*/,
                           addrinfo** result) {
  *result = nullptr;
  addrinfo** last = result;
  for (const std::string& text : sessionbroker::http::Names::Get().LookUp(name)) {
    *last = sessionbroker::http::MakeNode(text, service == nullptr ? 0 : atoi(service));
    last = &(*last)->ai_next;
  }
  return *result == nullptr ? EAI_NONAME : 0;
}

extern "C" void freeaddrinfo(addrinfo* node) {
  while (node != nullptr) {
    addrinfo* const next = node->ai_next;
    free(node);
    node = next;
  }
}

namespace sessionbroker::http {
namespace {

SendOptions PublicOnly() { return SendOptions(); }

TEST(CurlTransportPolicyTest, LiteralsOfThisMachineAndItsNetworkNeedPermission) {
  RawServer server(RawServer::Answering(kOk));
  TransportHarness http;
  for (const std::string host : {"127.0.0.1", "localhost", "crm.localhost"}) {
    const std::string url = absl::StrCat("http://", host, ":", server.port(), "/hunter2");
    EXPECT_THAT(http.Exchange(Get(url), PublicOnly()),
                StatusIs(absl::StatusCode::kPermissionDenied,
                         absl::StrCat(host, ":", server.port(),
                                      ": the host's address is loopback, which may not be "
                                      "connected to")));
    EXPECT_EQ(server.accepted(), 0);
  }
  EXPECT_THAT(http.Exchange(Get(server.Url()), Loopback()), IsOk());
}

TEST(CurlTransportPolicyTest, ForbiddenLiteralsAreRefusedWhateverThePermission) {
  TransportHarness http;
  for (const std::string host :
       {"169.254.169.254", "169.254.1.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
        "100.100.100.200", "[fe80::1]", "[fd00:ec2::254]", "[::]", "[ff02::1]",
        "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[::169.254.169.254]",
        "[2002:a9fe:a9fe::1]"}) {
    EXPECT_THAT(http.Exchange(Get(absl::StrCat("http://", host, "/latest/meta-data/")), Loopback()),
                StatusIs(absl::StatusCode::kPermissionDenied,
                         AllOf(HasSubstr(host), HasSubstr("may not be connected to"),
                               Not(HasSubstr("latest")))));
  }
}

TEST(CurlTransportPolicyTest, NameIsJudgedByWhatItResolvesTo) {
  RawServer server(RawServer::Answering(kOk));
  Names::Get().Set("rebound.test", {"127.0.0.1"});
  Names::Get().Set("metadata.test", {"169.254.169.254", "fd00:ec2::254", "::ffff:169.254.169.254"});
  Names::Get().Set("private.test", {"10.1.2.3", "fd12::1"});
  TransportHarness http;
  const auto exchange = [&](const std::string& host, const SendOptions& options) {
    return http.Exchange(Get(absl::StrCat("http://", host, ":", server.port(), "/")), options);
  };
  EXPECT_THAT(exchange("rebound.test", PublicOnly()),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("is loopback")));
  EXPECT_THAT(exchange("private.test", PublicOnly()),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("is private")));
  EXPECT_THAT(exchange("metadata.test", Loopback()),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("is metadata")));
  EXPECT_EQ(server.accepted(), 0);
  EXPECT_THAT(exchange("rebound.test", Loopback()), IsOk());
}

TEST(CurlTransportPolicyTest, NameWithOneGoodAddressReachesThatOne) {
  RawServer server(RawServer::Answering(kOk));
  Names::Get().Set("mixed.test", {"169.254.169.254", "fe80::1", "127.0.0.1"});
  TransportHarness http;
  EXPECT_THAT(http.Exchange(Get(absl::StrCat("http://mixed.test:", server.port(), "/"))), IsOk());
  EXPECT_EQ(server.accepted(), 1);
}

TEST(CurlTransportPolicyTest, NameThatChangesItsAddressIsJudgedAgain) {
  RawServer server(RawServer::Answering(kOk));
  Names::Get().Set("moving.test", {"127.0.0.1"});
  TransportHarness http(CurlOptions{.dns_cache = absl::ZeroDuration()});
  const std::string url = absl::StrCat("http://moving.test:", server.port(), "/");
  EXPECT_THAT(http.Exchange(Get(url)), IsOk());
  Names::Get().Set("moving.test", {"169.254.169.254"});
  // The kept connection leads where the first look-up led; what is new is judged.
  EXPECT_THAT(http.Exchange(Get(url)), IsOk());
  EXPECT_EQ(server.accepted(), 1);
}

TEST(CurlTransportPolicyTest, KeptConnectionDoesNotCarryAnExchangePastTheJudgement) {
  RawServer server(RawServer::Answering(kOk));
  Names::Get().Set("kept.test", {"127.0.0.1"});
  TransportHarness http;
  const std::string url = absl::StrCat("http://kept.test:", server.port(), "/");
  EXPECT_THAT(http.Exchange(Get(url), Loopback()), IsOk());
  EXPECT_THAT(http.Exchange(Get(url), PublicOnly()),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("is loopback")));
  EXPECT_THAT(http.Exchange(Get(url), Loopback()), IsOk());
  EXPECT_EQ(server.accepted(), 1);
  EXPECT_THAT(server.requests(), SizeIs(2));
}

TEST(CurlTransportPolicyTest, UnknownNameIsUnavailable) {
  TransportHarness http;
  EXPECT_THAT(http.Exchange(Get("http://unknown.test/hunter2")),
              StatusIs(absl::StatusCode::kUnavailable, "unknown.test:80: host name not found"));
}

TEST(CurlTransportPolicyTest, AddressIsLookedUpOnce) {
  RawServer server(RawServer::Answering(kOk));
  Names::Get().Set("cached.test", {"127.0.0.1"});
  TransportHarness http;
  const int before = Names::Get().lookups();
  for (int i = 0; i < 5; ++i) {
    Request request = Get(absl::StrCat("http://cached.test:", server.port(), "/"));
    EXPECT_THAT(http.Exchange(std::move(request)), IsOk());
  }
  EXPECT_EQ(Names::Get().lookups() - before, 1);
}

// A look-up that hangs must hold up neither the loop nor the transport's end.
TEST(CurlTransportPolicyTest, HangingLookUpHoldsNothingUp) {
  std::promise<void> release;
  Names::Get().HangUntil(release.get_future().share());
  RawServer server(RawServer::Answering(kOk));
  {
    TransportHarness http;
    SendOptions options = Loopback();
    options.timeout = absl::Milliseconds(100);
    std::future<Outcome> late = http.Send(Get("http://hanging.test/"), options);
    Names::Get().AwaitHanging();
    EXPECT_THAT(late.get(), StatusIs(absl::StatusCode::kDeadlineExceeded,
                                     "hanging.test:80: no connection within 100ms"));
    EXPECT_THAT(http.Exchange(Get(server.Url())), IsOk());
  }
  release.set_value();
}

}  // namespace
}  // namespace sessionbroker::http
