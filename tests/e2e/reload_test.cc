// The real broker follows its files: rules, accounts, secrets, definitions.
#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "sessionbroker/admin/v1/admin_broker.grpc.pb.h"
#include "tests/e2e/end_to_end_test.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::e2e {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// How long a loop of reloads goes on; scripts/soak sets a minute.
absl::Duration LoopTime() {
  const char* const seconds = std::getenv("SB_RELOAD_SECONDS");
  return absl::Seconds(seconds == nullptr ? 3 : std::atoi(seconds));
}

class ReloadTest : public EndToEndTest {
 protected:
  BrokerConfig VtigerConfig() const {
    BrokerConfig config;
    config.accounts = {DemoAccount("vtiger")};
    config.operated = {"*/*"};
    config.log_level = "info";
    return config;
  }

  void Start(const BrokerConfig& config) {
    broker_ = StartBroker(config);
    ASSERT_NE(broker_, nullptr);
    stub_ = broker_->Stub();
    admin_ = admin::v1::AdminBroker::NewStub(
        grpc::CreateChannel(broker_->listeners()[0], grpc::InsecureChannelCredentials()));
  }

  // Beside the old one, then into its place; its secrets where they lie.
  void Rewrite(const BrokerConfig& config) const {
    const std::string beside = directory().File("next");
    std::filesystem::create_directories(beside);
    config.Write(beside);
    for (const auto& file : std::filesystem::directory_iterator(beside)) {
      const std::string name = file.path().filename().string();
      if (name != "broker.yaml") std::filesystem::rename(file, directory().File(name));
    }
    std::filesystem::rename(absl::StrCat(beside, "/broker.yaml"), directory().File("broker.yaml"));
  }

  admin::v1::GetStatusResponse Status() const {
    admin::v1::GetStatusResponse status;
    grpc::ClientContext context;
    const grpc::Status called = admin_->GetStatus(&context, {}, &status);
    EXPECT_TRUE(called.ok()) << called.error_message();
    return status;
  }

  // Waits for a status by which `is_there` holds; the calls themselves are the pace.
  template <typename Predicate>
  admin::v1::GetStatusResponse AwaitStatus(Predicate is_there) const {
    while (true) {
      admin::v1::GetStatusResponse status = Status();
      if (is_there(status) || HasFailure()) return status;
      std::this_thread::yield();
    }
  }
  void AwaitGeneration(int64_t generation) const {
    AwaitStatus([generation](const admin::v1::GetStatusResponse& status) {
      return status.configuration().generation() >= generation;
    });
  }

  Answer Get(const std::string& provider = "vtiger", const std::string& account = "main") const {
    return GetSession(stub_.get(), provider, account);
  }

  std::unique_ptr<BrokerProcess> broker_;
  std::unique_ptr<v1::SessionBroker::Stub> stub_;
  std::unique_ptr<admin::v1::AdminBroker::Stub> admin_;
};

TEST_F(ReloadTest, RightThatIsTakenAwayIsGoneAndComesBack) {
  BrokerConfig config = VtigerConfig();
  Start(config);
  ASSERT_TRUE(Get().ok());
  config.allowed = {"corebos/*"};
  Rewrite(config);
  AwaitGeneration(2);
  EXPECT_EQ(Get().reason, "NOT_ALLOWED");
  config.allowed = {"vtiger/*"};
  Rewrite(config);
  AwaitGeneration(3);
  EXPECT_TRUE(Get().ok());
}

TEST_F(ReloadTest, AccountThatComesIsServedAndOneThatGoesIsUnknownAndLoggedOut) {
  BrokerConfig config = VtigerConfig();
  config.accounts = {DemoAccount("corebos")};
  Start(config);
  ASSERT_TRUE(Get("corebos").ok());
  config.accounts = {DemoAccount("vtiger")};
  Rewrite(config);
  AwaitGeneration(2);
  EXPECT_EQ(Get("corebos").reason, "ACCOUNT_UNKNOWN");
  EXPECT_TRUE(Get().ok());
  EXPECT_THAT(ListAccounts(stub_.get()), ElementsAre("vtiger/main STATE_LIVE"));
  while (simulator().counters().Count("corebos", "logout") == 0) std::this_thread::yield();
}

TEST_F(ReloadTest, AccountWithAnotherLoginStartsAnewAndItsOldSessionIsNotHandedOut) {
  BrokerConfig config = VtigerConfig();
  Start(config);
  const Answer first = Get();
  ASSERT_TRUE(first.ok());
  ASSERT_THAT(simulator().SetUser("vtiger", {.name = "second", .access_key = "key of the second"}),
              testing::IsOk());
  config.accounts[0].parameters["username"] = "second";
  config.accounts[0].secrets["access_key"] = "key of the second";
  Rewrite(config);
  AwaitGeneration(2);
  const Answer second = Get();
  ASSERT_TRUE(second.ok()) << second;
  EXPECT_NE(second.session.id(), first.session.id());
}

TEST_F(ReloadTest, MistakeChangesNothingAndIsToldUntilItIsMended) {
  BrokerConfig config = VtigerConfig();
  Start(config);
  ASSERT_TRUE(Get().ok());
  BrokerConfig broken = config;
  broken.allowed = {};
  broken.more = "rulez: []\n";
  Rewrite(broken);
  const auto refused = AwaitStatus([](const admin::v1::GetStatusResponse& status) {
    return status.configuration().mistake_count() > 0;
  });
  EXPECT_THAT(refused.configuration().mistakes(0), HasSubstr("rulez: unknown field"));
  EXPECT_EQ(refused.configuration().generation(), 1);
  EXPECT_TRUE(Get().ok());
  EXPECT_EQ(broker_->Metric("sessionbroker_config_last_reload_successful"), 0);
  config.allowed = {"vtiger/*"};
  Rewrite(config);
  AwaitGeneration(2);
  EXPECT_THAT(Status().configuration().mistakes(), IsEmpty());
  EXPECT_EQ(broker_->Metric("sessionbroker_config_last_reload_successful"), 1);
}

TEST_F(ReloadTest, SighupReadsAnewAndDoesNotEndTheBroker) {
  Start(VtigerConfig());
  broker_->process().Signal(SIGHUP);
  const auto status = AwaitStatus([](const admin::v1::GetStatusResponse& current) {
    return current.configuration().has_reload_time();
  });
  EXPECT_EQ(status.configuration().generation(), 1);
  EXPECT_TRUE(Get().ok());
}

TEST_F(ReloadTest, AccountOfAFileIsServedOnceItIsAskedForAndFollowsItsLineAndSecret) {
  const AccountConfig vtiger = DemoAccount("vtiger");
  const auto line = [&](const std::string& account) {
    return absl::StrCat(R"({"provider": "vtiger", "account": ")", account, R"(", "base_url": ")",
                        vtiger.base_url, R"(", "parameters": {"username": ")",
                        vtiger.parameters.at("username"), "\"}}\n");
  };
  directory().Write("accounts.ndjson", line("one") + line("two"));
  BrokerConfig config = VtigerConfig();
  config.accounts.clear();
  config.more =
      "account_files: [accounts.ndjson]\nsecret_file_template: \"secrets/{account}.{name}\"\n";
  directory().Write("secrets/one.access_key", "wrong");
  Start(config);
  EXPECT_THAT(ListAccounts(stub_.get()),
              ElementsAre("vtiger/one STATE_ABSENT", "vtiger/two STATE_ABSENT"));
  EXPECT_EQ(Get("vtiger", "two").reason, "SECRET_UNAVAILABLE");
  EXPECT_EQ(Get("vtiger", "one").reason, "CREDENTIALS_REJECTED");
  directory().Write("secrets/one.access_key", vtiger.secrets.at("access_key"));
  AwaitGeneration(2);
  EXPECT_TRUE(Get("vtiger", "one").ok());
  directory().Write("accounts.ndjson", line("two"));
  AwaitGeneration(3);
  EXPECT_EQ(Get("vtiger", "one").reason, "ACCOUNT_UNKNOWN");
}

TEST_F(ReloadTest, NewSecretIsTriedWhileTheSessionServesAndAWrongOneLatchesOnlyItself) {
  BrokerConfig config = VtigerConfig();
  Start(config);
  const Answer first = Get();
  ASSERT_TRUE(first.ok());
  config.accounts[0].secrets["access_key"] = "wrong";
  Rewrite(config);
  AwaitGeneration(2);
  while (broker_->Metric(
             "sessionbroker_logins_total{outcome=\"CREDENTIALS_REJECTED\",provider=\"vtiger\"}") ==
         0) {
    const Answer meanwhile = Get();
    ASSERT_EQ(meanwhile.session.id(), first.session.id()) << meanwhile;
  }
  EXPECT_EQ(Get().session.id(), first.session.id());
}

TEST_F(ReloadTest, ReloadsUnderLoadFailNoCallAndLeaveNoRuleBehind) {
  // Every reload changes the rules and an account beside the one that is asked for.
  BrokerConfig config = VtigerConfig();
  config.accounts.push_back(DemoAccount("abms"));
  config.allowed = {"vtiger/*"};
  Start(config);
  ASSERT_TRUE(Get().ok());
  std::atomic<bool> stop{false};
  std::atomic<int64_t> calls{0};
  std::atomic<int64_t> failures{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 2; ++i) {
    callers.emplace_back([&] {
      const auto stub = broker_->Stub();
      while (!stop) {
        const Answer answer = GetSession(stub.get(), "vtiger", "main");
        ++calls;
        if (answer.ok()) continue;
        ++failures;
        ADD_FAILURE() << answer;
      }
    });
  }
  const absl::Time end = absl::Now() + LoopTime();
  int64_t generation = 1;
  while (absl::Now() < end && failures == 0) {
    const bool open = generation % 2 == 1;
    config.allowed = {"vtiger/*"};
    if (open) config.allowed.push_back("abms/*");
    config.accounts[1].account = absl::StrCat("other-", generation);
    Rewrite(config);
    // Several files are renamed, so it may take more than one step.
    AwaitStatus([&](const admin::v1::GetStatusResponse& status) {
      return status.configuration().generation() > generation;
    });
    generation = Status().configuration().generation();
    broker_->process().Signal(SIGHUP);
    const Answer other = Get("abms", config.accounts[1].account);
    EXPECT_EQ(other.reason, open ? "" : "NOT_ALLOWED") << other;
  }
  stop = true;
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(failures, 0);
  std::cout << generation - 1 << " reloads under " << calls << " calls, " << failures
            << " failed\n";
}

}  // namespace
}  // namespace sessionbroker::e2e
