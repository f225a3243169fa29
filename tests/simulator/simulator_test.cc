#include "tests/simulator/simulator.h"

#include <cerrno>
#include <fstream>
#include <thread>
#include <vector>

#include "curl/curl.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/simulator/harness.h"
#include "tests/simulator/tls_certificate.h"

namespace sessionbroker::simulator {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::StartsWith;

TEST(SimulatorTest, ServesAllFamiliesOnOnePort) {
  Harness harness("vtiger");
  EXPECT_THAT(harness.simulator().families(),
              ElementsAre("abms", "corebos", "icash", "tipmoto", "vtiger"));
  const auto ask = [&](const char* family, const char* resource) {
    return harness.client()
        .Send({.url = absl::StrCat(harness.simulator().url(family), resource)})
        .status;
  };
  EXPECT_EQ(ask("tipmoto", "/lists.json"), 200);
  EXPECT_EQ(ask("icash", "/clientapi/v1/login"), 200);
  for (const std::string family : {"abms", "corebos", "vtiger"}) {
    const std::string user = family == "abms" ? "jane+crm@example.com" : "admin";
    const Answer answer = harness.client().Send(
        {.url = absl::StrCat(harness.simulator().url(family), "/webservice.php"),
         .query = {{"operation", "getchallenge"}, {"username", user}}});
    EXPECT_EQ(Harness::Code(answer), "ok") << family;
  }
}

TEST(SimulatorTest, OtherPathsAreNotFoundAndNotCounted) {
  Harness harness("vtiger");
  for (const char* path : {"/", "/vtiger", "/vtiger/", "/vtiger/index.php",
                           "/vtigre/webservice.php", "/vtiger/webservice.php/x"}) {
    const std::string url = absl::StrCat("http://127.0.0.1:", harness.port(), path);
    EXPECT_EQ(harness.client().Send({.url = url}).status, 404) << path;
  }
  EXPECT_EQ(harness.simulator().counters().requests, 0);
}

TEST(SimulatorTest, CountsByFamilyOperationAndOutcome) {
  Harness harness("vtiger");
  harness.GetChallenge("admin");
  harness.GetChallenge("admin");
  harness.GetChallenge("nobody");
  harness.Login("admin", "wrong");
  harness.Get({{"operation", "Frobnicate"}});
  const Counters counters = harness.simulator().counters();
  EXPECT_EQ(counters.requests, 5);
  EXPECT_EQ(counters.Count("vtiger"), 5);
  EXPECT_EQ(counters.Count("corebos"), 0);
  EXPECT_EQ(counters.Count("vtiger", "getchallenge"), 3);
  EXPECT_EQ(counters.Count("vtiger", "getchallenge", "ok"), 2);
  EXPECT_EQ(counters.Count("", "", "ACCESS_DENIED"), 1);
  EXPECT_EQ(counters.Count("vtiger", "login", "INVALID_USER_CREDENTIALS"), 1);
  EXPECT_EQ(counters.Count("vtiger", "unknown", "http_500"), 1);
  harness.simulator().ResetCounters();
  EXPECT_EQ(harness.simulator().counters().Count(""), 0);
}

TEST(SimulatorTest, RemembersTheLastRequestAsItCame) {
  Harness harness("abms");
  harness.client().Send({.method = "POST",
                         .url = absl::StrCat(harness.url(), "?operation=login&x=%2F+%zz"),
                         .form = {{"username", "jane+crm@example.com"}, {"accessKey", "k"}},
                         .headers = {{"Cookie", "a=1; b=2"}},
                         .user_agent = "broker/1"});
  const Request last = harness.simulator().counters().last_request.at("abms");
  EXPECT_EQ(last.method, "POST");
  EXPECT_EQ(last.target, "/abms/webservice.php?operation=login&x=%2F+%zz");
  EXPECT_EQ(last.query.Get("x"), "/ %zz");
  EXPECT_EQ(last.body, "username=jane%2Bcrm%40example.com&accessKey=k");
  EXPECT_EQ(last.form.Get("username"), "jane+crm@example.com");
  EXPECT_EQ(last.Header("user-agent"), "broker/1");
  EXPECT_EQ(last.Cookie("b"), "2");
  EXPECT_EQ(last.Cookie("c"), std::nullopt);
  EXPECT_EQ(last.client_address, "127.0.0.1");
  EXPECT_FALSE(last.secure);
  EXPECT_THAT(harness.simulator().recent_requests(), ElementsAre(Pair("abms", testing::_)));
}

TEST(SimulatorTest, KeepsConnectionsAndCountsThem) {
  Harness harness("vtiger");
  for (int i = 0; i < 3; ++i) harness.GetChallenge("admin");
  EXPECT_EQ(harness.simulator().counters().connections, 1);
  Client another;
  another.Send({.url = harness.url()});
  EXPECT_EQ(harness.simulator().counters().connections, 2);
  EXPECT_EQ(harness.simulator().counters().max_concurrent_requests, 1);
}

TEST(SimulatorTest, CountsConcurrentRequestsDuringTheirLatency) {
  auto harness = std::make_unique<Harness>("vtiger");
  constexpr int kClients = 20;
  ASSERT_TRUE(harness->simulator()
                  .AddFault({.kind = FaultKind::kDelay, .count = 0, .latency = absl::Hours(1)})
                  .ok());
  std::vector<std::thread> threads;
  for (int i = 0; i < kClients; ++i) {
    threads.emplace_back([url = harness->url()] { Client().Send({.url = url}); });
  }
  while (harness->simulator().counters().max_concurrent_requests < kClients) {
    std::this_thread::yield();
  }
  EXPECT_EQ(harness->simulator().counters().Count("vtiger"), 0);
  EXPECT_EQ(harness->simulator().open_connections(), kClients);
  harness.reset();  // Ends their wait.
  for (std::thread& thread : threads) thread.join();
}

TEST(SimulatorTest, ConnectionAboveTheLimitIsClosed) {
  Harness harness("vtiger", {.max_connections = 1});
  EXPECT_EQ(Harness::Code(harness.GetChallenge("admin")), "ok");
  const RawAnswer second = SendRaw(harness.port(), "GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(second.connect_error, 0);
  EXPECT_EQ(second.bytes, "");
  EXPECT_EQ(harness.simulator().open_connections(), 1);
}

TEST(SimulatorTest, BytesThatAreNotHttpAreABadRequest) {
  Harness harness("vtiger");
  EXPECT_THAT(SendRaw(harness.port(), "\x16\x03\x01 hello\r\n\r\n").bytes,
              StartsWith("HTTP/1.1 400 "));
  EXPECT_EQ(SendRaw(harness.port(), "GET / HT", 0).bytes, "");
}

TEST(SimulatorTest, LargeBodyWithExpectContinueIsTaken) {
  Harness harness("vtiger");
  const std::string large(2 << 20, 'x');
  harness.client().Send({.method = "POST", .url = harness.url(), .form = {{"operation", large}}});
  EXPECT_EQ(harness.simulator().counters().last_request.at("vtiger").form.Get("operation"), large);
}

TEST(SimulatorTest, ConnectionCloseAndOldHttpEndTheConnection) {
  Harness harness("vtiger");
  for (const char* ask : {"GET /vtiger/webservice.php HTTP/1.1\r\nConnection: close\r\n\r\n",
                          "GET /vtiger/webservice.php HTTP/1.0\r\n\r\n"}) {
    const RawAnswer answer = SendRaw(harness.port(), ask);
    EXPECT_THAT(answer.bytes, HasSubstr("\r\nConnection: close\r\n")) << ask;
    EXPECT_EQ(answer.read_error, 0);
  }
}

TEST(SimulatorTest, DedicatedPortRefusesAndComesBack) {
  Harness harness("vtiger");
  Simulator& simulator = harness.simulator();
  const std::string url = *simulator.dedicated_url("vtiger");
  const Call call{.url = absl::StrCat(url, "/webservice.php"),
                  .query = {{"operation", "getchallenge"}, {"username", "admin"}}};
  EXPECT_NE(PortOf(url), simulator.port());
  EXPECT_EQ(Harness::Code(harness.client().Send(call)), "ok");

  ASSERT_TRUE(simulator.SetPortMode("vtiger", PortMode::kRefuse).ok());
  EXPECT_EQ(SendRaw(PortOf(url), "").connect_error, ECONNREFUSED);
  EXPECT_EQ(harness.client().Send(call).error, CURLE_COULDNT_CONNECT);
  EXPECT_EQ(Harness::Code(harness.GetChallenge("admin")), "ok");  // The common port goes on.

  ASSERT_TRUE(simulator.SetPortMode("vtiger", PortMode::kClose).ok());
  const RawAnswer closed = SendRaw(PortOf(url), "");
  EXPECT_EQ(closed.connect_error, 0);
  EXPECT_EQ(closed.bytes, "");
  EXPECT_EQ(closed.read_error, 0);

  ASSERT_TRUE(simulator.SetPortMode("vtiger", PortMode::kOpen).ok());
  EXPECT_EQ(Harness::Code(harness.client().Send(call)), "ok");
  EXPECT_EQ(*simulator.dedicated_url("vtiger"), url);
  EXPECT_EQ(simulator.SetPortMode("nobody", PortMode::kOpen).code(), absl::StatusCode::kNotFound);
}

TEST(SimulatorTest, SpeaksTlsWithTheGivenCertificate) {
  const absl::StatusOr<TlsCertificate> certificate = MakeSelfSignedCertificate();
  ASSERT_TRUE(certificate.ok()) << certificate.status();
  Harness harness("corebos", {.certificate_pem = certificate->certificate_pem,
                              .private_key_pem = certificate->private_key_pem});
  const std::string ca_file = absl::StrCat(testing::TempDir(), "/simulator_ca.pem");
  std::ofstream(ca_file) << certificate->certificate_pem;
  Call call{.url = absl::StrCat(harness.simulator().https_url("corebos"), "/webservice.php"),
            .query = {{"operation", "getchallenge"}, {"username", "admin"}}};
  EXPECT_THAT(call.url, StartsWith("https://127.0.0.1:"));
  EXPECT_EQ(harness.client().Send(call).error, CURLE_PEER_FAILED_VERIFICATION);
  call.ca_file = ca_file;
  EXPECT_EQ(Harness::Code(harness.client().Send(call)), "ok");
  EXPECT_TRUE(harness.simulator().counters().last_request.at("corebos").secure);

  ASSERT_TRUE(harness.simulator().AddFault({.kind = FaultKind::kReset}).ok());
  EXPECT_EQ(Client().Send(call).error, CURLE_RECV_ERROR);
  // A body that only the end of the connection ends needs an orderly end of TLS.
  ASSERT_TRUE(harness.simulator().AddFault({.kind = FaultKind::kEndless, .bytes = 1000}).ok());
  const Answer ended = harness.client().Send(call);
  EXPECT_EQ(ended.error, CURLE_OK);
  EXPECT_GT(ended.body.size(), 1000u);
}

TEST(SimulatorTest, BadCertificateIsRefusedAtStart) {
  const absl::StatusOr<std::unique_ptr<Simulator>> started =
      Simulator::Start({.certificate_pem = "no PEM", .private_key_pem = "none"});
  EXPECT_EQ(started.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(SimulatorTest, AddressOrPortThatCannotBeHadIsReported) {
  Harness harness("vtiger");
  const absl::Status taken = Simulator::Start({.port = harness.port()}).status();
  EXPECT_EQ(taken.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(taken.message()), HasSubstr(absl::StrCat(harness.port())));
  const absl::Status no_address = Simulator::Start({.listen_address = "127.0.0.300"}).status();
  EXPECT_EQ(no_address.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(no_address.message()), HasSubstr("127.0.0.300"));
}

TEST(SimulatorTest, PortIsFreeAgainAfterTheEnd) {
  auto first = std::make_unique<Harness>("vtiger");
  first->GetChallenge("admin");
  const int port = first->port();
  first.reset();
  Harness second("vtiger", {.port = port});
  EXPECT_EQ(Harness::Code(second.GetChallenge("admin")), "ok");
}

TEST(SimulatorTest, ResetGoesBackToTheStartButKeepsUsers) {
  Harness harness("corebos");
  ASSERT_TRUE(harness.simulator().SetUser("corebos", {.name = "new", .access_key = "k"}).ok());
  harness.Challenge("admin");
  const std::string session =
      Harness::Result(harness.Login("admin", kCorebosDigest))["sessionName"];
  harness.Change([](Settings& settings) { settings.maintenance = true; });
  ASSERT_TRUE(harness.simulator().AddFault({.kind = FaultKind::kReset, .count = 0}).ok());
  harness.simulator().AdvanceTime(absl::Hours(1));
  ASSERT_TRUE(harness.simulator().SetPortMode("corebos", PortMode::kRefuse).ok());

  harness.simulator().Reset();
  EXPECT_EQ(harness.simulator().Now(), absl::FromUnixSeconds(1795290462));
  EXPECT_EQ(harness.simulator().counters().requests, 0);
  EXPECT_EQ(Harness::Code(harness.ListTypes(session)), "AUTHENTICATION_REQUIRED");
  EXPECT_EQ(Harness::Code(harness.Login("admin", kCorebosDigest)), "INVALID_AUTH_TOKEN");
  EXPECT_EQ(Harness::Code(harness.GetChallenge("new")), "ok");
  EXPECT_EQ(SendRaw(PortOf(*harness.simulator().dedicated_url("corebos")), "", 0).connect_error, 0);
}

TEST(SimulatorTest, RunningClockFollowsTheMachineAndItsOffset) {
  Clock clock;
  const absl::Time before = clock.Now();
  clock.Advance(absl::Hours(2));
  EXPECT_GE(clock.Now() - before, absl::Hours(2));
  EXPECT_LT(clock.Now() - before, absl::Hours(3));
  clock.Reset();
  EXPECT_LT(clock.Now() - before, absl::Hours(1));
}

TEST(SimulatorTest, StopEndsStalledConnections) {
  auto harness = std::make_unique<Harness>("vtiger");
  ASSERT_TRUE(harness->simulator().AddFault({.kind = FaultKind::kStall}).ok());
  const std::string url = harness->url();
  Answer answer;
  std::thread waiting([&] {
    Client client;
    answer =
        client.Send({.url = url, .query = {{"operation", "getchallenge"}, {"username", "admin"}}});
  });
  while (harness->simulator().counters().Count("vtiger", "", "fault:stall") == 0) {
    std::this_thread::yield();
  }
  harness.reset();
  waiting.join();
  EXPECT_EQ(answer.error, CURLE_GOT_NOTHING);
}

}  // namespace
}  // namespace sessionbroker::simulator
