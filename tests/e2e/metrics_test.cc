// What operators see: the four counters and a line for each login.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "tests/e2e/end_to_end_test.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::e2e {
namespace {

using ::testing::ElementsAre;

using MetricsTest = EndToEndTest;

TEST_F(MetricsTest, CountersTellHitsJoinsLoginsAndErrors) {
  ASSERT_THAT(simulator().AddFault({.kind = simulator::FaultKind::kDelay,
                                    .family = "vtiger",
                                    .operation = "login",
                                    .latency = absl::Milliseconds(300)}),
              testing::IsOk());
  BrokerConfig config = DemoConfig();
  config.accounts[1].secrets["access_key"] = "not the key";
  const auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  const auto stub = broker->Stub();
  {
    PendingGetSession first(stub.get(), "vtiger", "main");
    while (ListAccounts(stub.get()).back() != "vtiger/main STATE_LOGGING_IN") {
    }
    PendingGetSession second(stub.get(), "vtiger", "main");
    PendingGetSession third(stub.get(), "vtiger", "main");
    EXPECT_TRUE(first.Wait().ok());
    EXPECT_TRUE(second.Wait().ok());
    EXPECT_TRUE(third.Wait().ok());
  }
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(GetSession(stub.get(), "vtiger", "main").ok());
  EXPECT_FALSE(GetSession(stub.get(), "corebos", "main").ok());
  EXPECT_FALSE(GetSession(stub.get(), "corebos", "none").ok());

  EXPECT_EQ(broker->Metric("sessionbroker_hits_total{provider=\"vtiger\"}"), 3);
  EXPECT_EQ(broker->Metric("sessionbroker_joined_total{provider=\"vtiger\"}"), 2);
  EXPECT_EQ(broker->Metric("sessionbroker_logins_total{outcome=\"ok\",provider=\"vtiger\"}"), 1);
  EXPECT_EQ(broker->Metric("sessionbroker_logins_total{outcome=\"CREDENTIALS_REJECTED\","
                           "provider=\"corebos\"}"),
            1);
  EXPECT_EQ(broker->Metric("sessionbroker_errors_total{reason=\"CREDENTIALS_REJECTED\"}"), 1);
  EXPECT_EQ(broker->Metric("sessionbroker_errors_total{reason=\"ACCOUNT_UNKNOWN\"}"), 1);
}

TEST_F(MetricsTest, EveryLineOfTheLogIsJsonAndEachLoginHasOne) {
  BrokerConfig config = DemoConfig();
  config.log_level = "info";
  config.accounts[1].secrets["access_key"] = "not the key";
  const auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  const auto stub = broker->Stub();
  EXPECT_TRUE(GetSession(stub.get(), "abms", "main").ok());
  EXPECT_TRUE(GetSession(stub.get(), "abms", "main").ok());
  EXPECT_FALSE(GetSession(stub.get(), "corebos", "main").ok());
  ASSERT_THAT(broker->Stop(), testing::IsOk());

  std::vector<std::string> logins;
  const std::string log = broker->process().Stderr();
  for (const std::string& text :
       std::vector<std::string>(absl::StrSplit(log, '\n', absl::SkipEmpty()))) {
    const nlohmann::json line = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    ASSERT_TRUE(line.is_object()) << text;
    if (line.value("event", "") != "login") continue;
    logins.push_back(line.value("provider", "") + "/" + line.value("account", "") + " " +
                     line.value("outcome", ""));
  }
  EXPECT_THAT(logins, ElementsAre("abms/main ok", "corebos/main CREDENTIALS_REJECTED"));
}

}  // namespace
}  // namespace sessionbroker::e2e
