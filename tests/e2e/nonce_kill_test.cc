// The broker is killed at random points of many logins that need nonces, again and again. iCash's
// simulator refuses a nonce that has not risen and counts it; scripts/soak sets SB_KILLS and
// SB_LOGINS to run this for long. SB_SEED, which is printed, gives the same points again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/e2e/end_to_end_test.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::e2e {
namespace {

constexpr char kApi[] = "icash";

int64_t FromEnvironment(const char* name, int64_t otherwise) {
  const char* const text = std::getenv(name);
  int64_t value = 0;
  return text != nullptr && absl::SimpleAtoi(text, &value) ? value : otherwise;
}

class NonceKillTest : public EndToEndTest {
 protected:
  // Ten accounts to a key: their nonces run ahead of the clock, so only what was stored keeps a
  // broker that starts anew from giving one again.
  BrokerConfig ManyKeys(int accounts) {
    BrokerConfig config;
    config.log_level = "error";
    // Each start logs all of them in anew.
    config.more = "outbound: {max_logins_per_hour: 10000}\n";
    AccountConfig account = DemoAccount(kApi);
    simulator::User user;
    user.name = "key*";
    user.access_key = account.secrets.at("secret_key");
    EXPECT_THAT(simulator().SetUser(kApi, user), testing::IsOk());
    for (int i = 0; i < accounts; ++i) {
      account.account = absl::StrCat("till", i);
      account.parameters["api_key"] = absl::StrCat("key", i / 10);
      config.accounts.push_back(account);
    }
    return config;
  }

  int64_t NoncesThatHadNotRisen() {
    return simulator().counters().Count(kApi, "", "nonce_not_risen");
  }
};

TEST_F(NonceKillTest, NoNonceArrivesTwiceOrStepsBackHoweverOftenTheBrokerIsKilled) {
  const auto kills = static_cast<int>(FromEnvironment("SB_KILLS", 3));
  const auto logins = static_cast<int>(FromEnvironment("SB_LOGINS", 60));
  const auto seed =
      static_cast<unsigned int>(FromEnvironment("SB_SEED", int64_t{std::random_device()()}));
  std::cout << "SB_SEED=" << seed << std::endl;
  std::mt19937 random(seed);
  const BrokerConfig config = ManyKeys(logins);

  for (int kill = 0; kill <= kills; ++kill) {
    const auto broker = StartBroker(config);
    ASSERT_NE(broker, nullptr);
    const auto stub = broker->Stub();
    std::vector<std::unique_ptr<PendingGetSession>> pending;
    for (const AccountConfig& account : config.accounts) {
      pending.push_back(std::make_unique<PendingGetSession>(stub.get(), kApi, account.account));
    }
    const bool last = kill == kills;
    const int answers = last ? logins : std::uniform_int_distribution<int>(0, logins - 1)(random);
    for (int i = 0; i < answers; ++i) {
      const Answer answer = pending[i]->Wait();
      ASSERT_TRUE(answer.ok()) << answer;
    }
    ASSERT_EQ(NoncesThatHadNotRisen(), 0) << "after " << kill << " kills";
    if (last) break;
    broker->process().Signal(SIGKILL);
    ASSERT_THAT(broker->process().Wait(), testing::IsOk());
  }
  std::cout << kills << " kills, " << simulator().counters().Count(kApi, "login")
            << " logins arrived, " << NoncesThatHadNotRisen() << " nonces that had not risen\n";
}

}  // namespace
}  // namespace sessionbroker::e2e
