// Start, drain, stop, and two brokers in one place.
#include <gmock/gmock.h>
#include <grpc/health/v1/health.grpc.pb.h>
#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/e2e/end_to_end_test.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::e2e {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using Health = grpc::health::v1::HealthCheckResponse;

class LifecycleTest : public EndToEndTest {
 protected:
  // Waits until a login of vtiger's account is under way at the provider.
  void AwaitLogin(v1::SessionBroker::Stub* stub) const {
    while (!HasFailure()) {
      const std::vector<std::string> accounts = ListAccounts(stub);
      if (accounts == std::vector<std::string>{"vtiger/main STATE_LOGGING_IN"}) return;
      ASSERT_THAT(accounts, Contains("vtiger/main STATE_ABSENT"));
    }
  }

  // Waits until health says so.
  static void AwaitHealth(const BrokerProcess& broker, Health::ServingStatus wanted) {
    const auto stub = grpc::health::v1::Health::NewStub(
        grpc::CreateChannel(broker.listeners()[0], grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    const auto watch = stub->Watch(&context, {});
    Health health;
    while (watch->Read(&health) && health.status() != wanted) {
    }
    EXPECT_EQ(health.status(), wanted);
    context.TryCancel();
    watch->Finish().ok();
  }

  BrokerConfig VtigerConfig() const {
    BrokerConfig config;
    config.accounts = {DemoAccount("vtiger")};
    return config;
  }
};

TEST_F(LifecycleTest, StopWithoutCallsExitsWithZeroAndTakesTheReadyFileAlong) {
  testing::TempDirectory ready;
  const auto process = BrokerProcess::Run({"--config", DemoConfig().Write(directory().path()),
                                           "--ready-file", ready.File("ready.json")});
  SB_ASSERT_OK_AND_ASSIGN(const std::string content,
                          process->WaitForFile(ready.File("ready.json")));
  EXPECT_THAT(content,
              AllOf(HasSubstr(absl::StrCat("\"pid\":", process->pid())),
                    HasSubstr("\"listeners\":[\"127.0.0.1:"), HasSubstr("\"admin\":\"127.0.0.1:")));
  process->Signal(SIGTERM);
  SB_ASSERT_OK_AND_ASSIGN(const ExitStatus exit, process->Wait());
  EXPECT_EQ(exit.code, 0);
  EXPECT_TRUE(std::filesystem::is_empty(ready.path()));
  EXPECT_THAT(process->Stderr(),
              AllOf(HasSubstr("\"event\":\"started\""), HasSubstr("\"event\":\"listening\""),
                    HasSubstr("\"event\":\"draining\""), HasSubstr("\"event\":\"stopped\"")));
  EXPECT_EQ(process->Stdout(), "");
}

TEST_F(LifecycleTest, HealthServesAllUnderBothNames) {
  const auto broker = StartBroker(DemoConfig());
  ASSERT_NE(broker, nullptr);
  const auto stub = grpc::health::v1::Health::NewStub(
      grpc::CreateChannel(broker->listeners()[0], grpc::InsecureChannelCredentials()));
  for (const char* service : {"", "sessionbroker.v1.SessionBroker"}) {
    grpc::ClientContext context;
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(service);
    Health health;
    ASSERT_TRUE(stub->Check(&context, request, &health).ok()) << service;
    EXPECT_EQ(health.status(), Health::SERVING) << service;
  }
  EXPECT_EQ(broker->Admin("/healthz"), "serving\n");
}

TEST_F(LifecycleTest, LoginUnderWayAtSigtermIsFinishedAndAnswered) {
  ASSERT_THAT(simulator().AddFault({.kind = simulator::FaultKind::kDelay,
                                    .family = "vtiger",
                                    .operation = "login",
                                    .latency = absl::Seconds(2)}),
              testing::IsOk());
  const auto broker = StartBroker(VtigerConfig());
  ASSERT_NE(broker, nullptr);
  const auto stub = broker->Stub();
  PendingGetSession call(stub.get(), "vtiger", "main");
  AwaitLogin(stub.get());
  broker->process().Signal(SIGTERM);
  AwaitHealth(*broker, Health::NOT_SERVING);
  EXPECT_EQ(broker->Admin("/healthz"), "");
  const Answer answer = call.Wait();
  EXPECT_TRUE(answer.ok()) << answer;
  SB_ASSERT_OK_AND_ASSIGN(const ExitStatus exit, broker->process().Wait());
  EXPECT_EQ(exit.code, 0);
}

TEST_F(LifecycleTest, NewLoginIsRefusedWhileDraining) {
  ASSERT_THAT(simulator().AddFault({.kind = simulator::FaultKind::kDelay,
                                    .family = "vtiger",
                                    .operation = "login",
                                    .latency = absl::Seconds(2)}),
              testing::IsOk());
  BrokerConfig config = VtigerConfig();
  config.accounts.push_back(DemoAccount("corebos"));
  config.allowed = {"vtiger/*", "corebos/*"};
  const auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  const auto stub = broker->Stub();
  PendingGetSession call(stub.get(), "vtiger", "main");
  while (ListAccounts(stub.get()).back() != "vtiger/main STATE_LOGGING_IN") {
  }
  broker->process().Signal(SIGTERM);
  AwaitHealth(*broker, Health::NOT_SERVING);
  const Answer refused = GetSession(stub.get(), "corebos", "main");
  EXPECT_EQ(refused.status.error_code(), grpc::UNAVAILABLE) << refused;
  EXPECT_EQ(refused.reason, "DRAINING");
  EXPECT_EQ(simulator().counters().Count("corebos"), 0);
}

TEST_F(LifecycleTest, SecondSignalEndsTheProcessAtOnce) {
  ASSERT_THAT(simulator().AddFault({.kind = simulator::FaultKind::kStall, .family = "vtiger"}),
              testing::IsOk());
  const auto broker = StartBroker(VtigerConfig());
  ASSERT_NE(broker, nullptr);
  const auto stub = broker->Stub();
  PendingGetSession call(stub.get(), "vtiger", "main");
  AwaitLogin(stub.get());
  broker->process().Signal(SIGTERM);
  AwaitHealth(*broker, Health::NOT_SERVING);
  broker->process().Signal(SIGINT);
  SB_ASSERT_OK_AND_ASSIGN(const ExitStatus exit, broker->process().Wait());
  EXPECT_EQ(exit.code, 128 + SIGINT);
  EXPECT_EQ(call.Wait().status.error_code(), grpc::UNAVAILABLE);
}

TEST_F(LifecycleTest, SecondProcessOnTheStateDirectoryIsRefusedAndToldWhoTheFirstIs) {
  const auto broker = StartBroker(DemoConfig());
  ASSERT_NE(broker, nullptr);
  const auto second = BrokerProcess::Run({"--config", directory().File("broker.yaml")});
  SB_ASSERT_OK_AND_ASSIGN(const ExitStatus exit, second->Wait());
  EXPECT_EQ(exit.code, 2);
  EXPECT_THAT(
      second->Stderr(),
      AllOf(HasSubstr("session-broker: cannot start: state directory"),
            HasSubstr(absl::StrCat("in use by process ", broker->process().pid(), " on host"))));
  EXPECT_TRUE(GetSession(broker->Stub().get(), "vtiger", "main").ok());
}

TEST_F(LifecycleTest, StateDirectoryIsFreeAgainAfterKill) {
  const auto broker = StartBroker(DemoConfig());
  ASSERT_NE(broker, nullptr);
  broker->process().Signal(SIGKILL);
  ASSERT_THAT(broker->process().Wait(), testing::IsOk());
  EXPECT_NE(StartBroker(DemoConfig()), nullptr);
}

TEST_F(LifecycleTest, TakenPortIsRefusedBeforeAnythingIsServed) {
  const auto broker = StartBroker(DemoConfig());
  ASSERT_NE(broker, nullptr);
  testing::TempDirectory other;
  BrokerConfig config = DemoConfig();
  config.listeners = {broker->listeners()[0]};
  const auto second = BrokerProcess::Run({"--config", config.Write(other.path())});
  SB_ASSERT_OK_AND_ASSIGN(const ExitStatus exit, second->Wait());
  EXPECT_EQ(exit.code, 2);
  EXPECT_THAT(second->Stderr(),
              HasSubstr(absl::StrCat("session-broker: cannot start: cannot listen on ",
                                     broker->listeners()[0], ": Address already in use")));
}

TEST_F(LifecycleTest, StateDirectoryIsTheOwnersAlone) {
  const auto broker = StartBroker(DemoConfig());
  ASSERT_NE(broker, nullptr);
  struct stat info = {};
  ASSERT_EQ(stat(directory().File("state").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0700u);
}

TEST_F(LifecycleTest, ProcessLeavesNoCoreAndMayOpenAsManyFilesAsTheSystemLets) {
  const auto broker = StartBroker(DemoConfig());
  ASSERT_NE(broker, nullptr);
  const std::string limits =
      testing::ReadFile(absl::StrCat("/proc/", broker->process().pid(), "/limits"));
  EXPECT_THAT(limits, ContainsRegex("Max core file size +0 +0 "));
  rlimit files = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  EXPECT_THAT(limits, ContainsRegex(absl::StrCat("Max open files +", files.rlim_max, " +",
                                                 files.rlim_max, " ")));
}

TEST_F(LifecycleTest, UnixSocketIsServedAndGoneAfterTheStop) {
  BrokerConfig config = DemoConfig();
  config.listeners = {"unix:broker.sock"};
  const auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  EXPECT_EQ(broker->listeners()[0], absl::StrCat("unix:", directory().File("broker.sock")));
  EXPECT_TRUE(GetSession(broker->Stub().get(), "abms", "main").ok());
  ASSERT_THAT(broker->Stop(), testing::IsOk());
  EXPECT_FALSE(std::filesystem::exists(directory().File("broker.sock")));
}

TEST_F(LifecycleTest, DamagedStoreIsRefusedAndLeftAsItIs) {
  for (const std::string name : {"state/durable.db", "state/sessions.db"}) {
    std::filesystem::remove_all(directory().File("state"));
    ASSERT_NE(StartBroker(DemoConfig()), nullptr);
    const std::string file = directory().File(name);
    ASSERT_TRUE(std::filesystem::exists(file));
    directory().Write(name, "not a database");
    const auto refused = BrokerProcess::Run({"--config", directory().File("broker.yaml")});
    SB_ASSERT_OK_AND_ASSIGN(const ExitStatus exit, refused->Wait());
    EXPECT_EQ(exit.code, 2);
    EXPECT_THAT(refused->Stderr(),
                AllOf(HasSubstr("session-broker: cannot start: "), HasSubstr(file),
                      HasSubstr("put a good copy in its place")));
    EXPECT_EQ(testing::ReadFile(file), "not a database");
  }
}

TEST_F(LifecycleTest, SealingKeyThatIsGoneIsToldAtTheStartAndItsReturnHelps) {
  const auto config_with = [this](const char* digits) {
    BrokerConfig config = DemoConfig();
    if (*digits == '\0') return config;
    config.more = "sealing_keys:\n";
    for (const char* digit = digits; *digit != '\0'; ++digit) {
      absl::StrAppend(&config.more, "- {insecure_inline: ", std::string(64, *digit), "}\n");
    }
    return config;
  };
  ASSERT_NE(StartBroker(config_with("a")), nullptr);
  for (const char* digits : {"b", ""}) {
    const auto refused =
        BrokerProcess::Run({"--config", config_with(digits).Write(directory().path())});
    SB_ASSERT_OK_AND_ASSIGN(const ExitStatus exit, refused->Wait());
    EXPECT_EQ(exit.code, 2);
    EXPECT_THAT(refused->Stderr(), AllOf(HasSubstr("cannot start: the broker's key for "),
                                         HasSubstr("back under sealing_keys")));
  }
  // A new key in front of it; then it may go.
  EXPECT_NE(StartBroker(config_with("ba")), nullptr);
  EXPECT_NE(StartBroker(config_with("b")), nullptr);
}

}  // namespace
}  // namespace sessionbroker::e2e
