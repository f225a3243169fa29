// The life of sessions as the provider sees it: how many logins, whatever callers do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <iostream>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "tests/e2e/end_to_end_test.h"
#include "tests/simulator/client.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::e2e {
namespace {

using simulator::FaultKind;

class LifeTest : public EndToEndTest {
 protected:
  // Requests of logins answered so far, each step counted.
  int64_t Answered(const std::string& family, const std::string& operation) {
    return simulator().counters().Count(family, operation);
  }
  void Delay(const std::string& family, const std::string& operation, absl::Duration latency,
             int count = 1) {
    ASSERT_THAT(simulator().AddFault({.kind = FaultKind::kDelay,
                                      .family = family,
                                      .operation = operation,
                                      .count = count,
                                      .latency = latency}),
                testing::IsOk());
  }
};

TEST_F(LifeTest, TenThousandCallersOnAColdAccountCauseOneLogin) {
  // Long enough for all of them to arrive meanwhile.
  Delay("vtiger", "login", absl::Seconds(6));
  BrokerConfig config;
  config.accounts = {DemoAccount("vtiger")};
  config.log_level = "error";
  const auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  constexpr int kConnections = 20;
  constexpr int kCallers = 10000;
  std::vector<std::unique_ptr<v1::SessionBroker::Stub>> stubs;
  for (int i = 0; i < kConnections; ++i) stubs.push_back(broker->Stub());
  std::vector<std::unique_ptr<PendingGetSession>> calls;
  for (int i = 0; i < kCallers; ++i) {
    calls.push_back(
        std::make_unique<PendingGetSession>(stubs[i % kConnections].get(), "vtiger", "main"));
  }
  std::set<std::string> ids;
  for (const auto& call : calls) {
    const Answer answer = call->Wait();
    ASSERT_TRUE(answer.ok()) << answer;
    ids.insert(answer.session.id());
  }
  EXPECT_EQ(ids.size(), 1u);
  EXPECT_EQ(Answered("vtiger", "getchallenge"), 1);
  EXPECT_EQ(Answered("vtiger", "login"), 1);
  const double joined = broker->Metric("sessionbroker_joined_total{provider=\"vtiger\"}");
  const double hits = broker->Metric("sessionbroker_hits_total{provider=\"vtiger\"}");
  EXPECT_EQ(joined + hits, kCallers - 1);
  std::cout << joined << " of " << kCallers << " callers waited for the same login\n";
}

// A provider, its last request of a login, and how many of them one login with a wrong secret
// makes: a definition that cannot tell a wrong key from a challenge that is used up looks twice.
struct Refusal {
  const char* provider;
  const char* operation;
  int requests;
};
std::ostream& operator<<(std::ostream& out, const Refusal& row) { return out << row.provider; }

class WrongSecretTest : public LifeTest, public ::testing::WithParamInterface<Refusal> {};

INSTANTIATE_TEST_SUITE_P(Providers, WrongSecretTest,
                         ::testing::Values(Refusal{"abms", "login", 2},
                                           Refusal{"corebos", "login", 1},
                                           Refusal{"icash", "login", 2},
                                           Refusal{"tipmoto", "login", 1},
                                           Refusal{"vtiger", "login", 2}),
                         [](const auto& test) { return std::string(test.param.provider); });

TEST_P(WrongSecretTest, IsTriedByOneLoginHoweverLongCallersInsistAndAcrossRestarts) {
  const Refusal& row = GetParam();
  BrokerConfig config;
  config.accounts = {DemoAccount(row.provider)};
  config.accounts[0].secrets.begin()->second = "0123456789abcdef";
  config.operated = {"*/*"};
  for (int start = 0; start < 3; ++start) {
    const auto broker = StartBroker(config);
    ASSERT_NE(broker, nullptr);
    const auto stub = broker->Stub();
    for (int round = 0; round < 5; ++round) {
      std::vector<std::unique_ptr<PendingGetSession>> calls;
      for (int i = 0; i < 20; ++i) {
        calls.push_back(std::make_unique<PendingGetSession>(stub.get(), row.provider, "main"));
      }
      for (const auto& call : calls) {
        const Answer answer = call->Wait();
        ASSERT_EQ(answer.reason, "CREDENTIALS_REJECTED") << answer;
      }
    }
    EXPECT_EQ(Answered(row.provider, row.operation), row.requests) << "start " << start;
    // Not even those that are killed forget.
    start == 0 ? (void)broker->Stop() : broker->process().Signal(SIGKILL);
  }
  // The secret is mended: that opens it by itself.
  config.accounts = {DemoAccount(row.provider)};
  const auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  const Answer answer = GetSession(broker->Stub().get(), row.provider, "main");
  EXPECT_TRUE(answer.ok()) << answer;
  EXPECT_EQ(Answered(row.provider, row.operation), row.requests + 1);
}

// Another client that logs in as the same vtiger user: each challenge that it gets kills ours.
class SharedUserTest : public LifeTest {
 protected:
  SharedUserTest() {
    config_.accounts = {DemoAccount("vtiger")};
    config_.operated = {"*/*"};
  }

  // While the broker's login is on its way, which must be held up. `begun`: requests that have
  // reached the provider by then.
  void TakeTheChallenge(int begun) {
    while (simulator().counters().requests < begun) {
    }
    const simulator::Answer taken =
        other_.Send({.url = absl::StrCat(simulator().url("vtiger"), kWebservice),
                     .query = {{"operation", "getchallenge"},
                               {"username", config_.accounts[0].parameters.at("username")}}});
    EXPECT_EQ(taken.status, 200);
  }

  BrokerConfig config_;
  simulator::Client other_;
};

TEST_F(SharedUserTest, AChallengeThatAnotherClientTakesCostsASecondTry) {
  Delay("vtiger", "login", absl::Seconds(1));
  const auto broker = StartBroker(config_);
  ASSERT_NE(broker, nullptr);
  const auto stub = broker->Stub();
  PendingGetSession call(stub.get(), "vtiger", "main");
  TakeTheChallenge(2);
  const Answer answer = call.Wait();
  EXPECT_TRUE(answer.ok()) << answer;
  const simulator::Counters seen = simulator().counters();
  EXPECT_EQ(seen.Count("vtiger", "login", "INVALID_USER_CREDENTIALS"), 1);
  EXPECT_EQ(seen.Count("vtiger", "login", "ok"), 1);
  EXPECT_EQ(broker->Metric("sessionbroker_logins_total{outcome=\"ok\",provider=\"vtiger\"}"), 1);
}

TEST_F(SharedUserTest, OneThatTakesItEachTimeLooksLikeAWrongKeyUntilAnOperatorKnowsBetter) {
  Delay("vtiger", "login", absl::Seconds(1), 2);
  const auto broker = StartBroker(config_);
  ASSERT_NE(broker, nullptr);
  const auto stub = broker->Stub();
  PendingGetSession call(stub.get(), "vtiger", "main");
  TakeTheChallenge(2);
  TakeTheChallenge(5);
  EXPECT_EQ(call.Wait().reason, "CREDENTIALS_REJECTED");
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(GetSession(stub.get(), "vtiger", "main").reason, "CREDENTIALS_REJECTED");
  }
  EXPECT_EQ(Answered("vtiger", "login"), 2) << "the account is not locked by a loop";
  EXPECT_EQ(broker->Unlatch("vtiger", "main"), "RESULT_WAS_LATCHED");
  EXPECT_TRUE(GetSession(stub.get(), "vtiger", "main").ok());
}

}  // namespace
}  // namespace sessionbroker::e2e
