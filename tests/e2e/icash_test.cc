// iCash, whose nonces must rise over all requests of a key.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/e2e/end_to_end_test.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::e2e {
namespace {

using simulator::FaultKind;
using ::testing::HasSubstr;

class IcashTest : public EndToEndTest {
 protected:
  // So many accounts, at one warehouse each, of the demo user's key.
  BrokerConfig Config(int accounts = 1) const {
    BrokerConfig config;
    config.operated = {"icash/*"};
    for (int i = 0; i < accounts; ++i) {
      config.accounts.push_back(DemoAccount("icash"));
      config.accounts.back().account = absl::StrCat("till-", i);
      config.accounts.back().parameters["warehouse_id"] = absl::StrCat(785 + i);
    }
    return config;
  }
  int64_t Count(const std::string& outcome) {
    return simulator().counters().Count("icash", "login", outcome);
  }
  Answer Get(BrokerProcess& broker) { return GetSession(broker.Stub().get(), "icash", "till-0"); }
  void Configure(bool omit_error_message, bool echo_wrong_nonce) {
    simulator::Settings settings = *simulator().settings("icash");
    settings.omit_error_message = omit_error_message;
    settings.echo_wrong_nonce = echo_wrong_nonce;
    ASSERT_THAT(simulator().Configure("icash", settings), testing::IsOk());
  }
};

TEST_F(IcashTest, SessionComesWithTheWarningThatItMustBeSignedWith) {
  const auto broker = StartBroker(Config());
  ASSERT_NE(broker, nullptr);
  const Answer answer = Get(*broker);
  ASSERT_TRUE(answer.ok()) << answer;
  EXPECT_EQ(answer.session.id().size(), 32u);
  EXPECT_TRUE(answer.session.constraints().signing_required());
  EXPECT_EQ(Count("ok"), 1);
}

TEST_F(IcashTest, AccountsOfOneKeyNeverSpoilEachOthersNonce) {
  constexpr int kAccounts = 20;
  // Whatever is issued first is held up most.
  for (int i = 0; i < 5; ++i) {
    ASSERT_THAT(simulator().AddFault({.kind = FaultKind::kDelay,
                                      .family = "icash",
                                      .latency = absl::Milliseconds(100 - 20 * i)}),
                testing::IsOk());
  }
  const auto broker = StartBroker(Config(kAccounts));
  ASSERT_NE(broker, nullptr);
  const auto stub = broker->Stub();
  std::vector<std::unique_ptr<PendingGetSession>> calls;
  for (int i = 0; i < kAccounts; ++i) {
    calls.push_back(
        std::make_unique<PendingGetSession>(stub.get(), "icash", absl::StrCat("till-", i)));
  }
  for (const auto& call : calls) {
    const Answer answer = call->Wait();
    EXPECT_TRUE(answer.ok()) << answer;
  }
  EXPECT_EQ(Count("ok"), kAccounts);
  EXPECT_EQ(Count("nonce_not_risen"), 0);
}

TEST_F(IcashTest, NoncesGoOnRisingAfterARestart) {
  const BrokerConfig config = Config();
  for (int i = 0; i < 3; ++i) {
    const auto broker = StartBroker(config);
    ASSERT_NE(broker, nullptr);
    const Answer answer = Get(*broker);
    EXPECT_TRUE(answer.ok()) << answer;
  }
  EXPECT_EQ(Count("ok"), 3);
  EXPECT_EQ(Count("nonce_not_risen"), 0);
}

TEST_F(IcashTest, WhileTheDiskIsFullNothingIsSentAndNothingIsReset) {
  BrokerConfig config = Config(4);
  config.log_level = "error";
  auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  auto stub = broker->Stub();
  ASSERT_TRUE(GetSession(stub.get(), "icash", "till-0").ok());

  broker->SetDiskFull(true);
  const int64_t requests = simulator().counters().requests;
  for (const char* account : {"till-1", "till-2", "till-1"}) {
    const Answer answer = GetSession(stub.get(), "icash", account);
    EXPECT_EQ(answer.status.error_code(), grpc::UNAVAILABLE) << answer;
    EXPECT_EQ(answer.reason, "STORE_UNAVAILABLE") << answer;
    EXPECT_EQ(answer.retry_pushback, "1000") << answer;
  }
  EXPECT_TRUE(GetSession(stub.get(), "icash", "till-0").ok()) << "it has its session";
  EXPECT_EQ(simulator().counters().requests, requests);
  EXPECT_THAT(broker->process().Stderr(), HasSubstr("\"event\":\"store_failed\""));

  broker->SetDiskFull(false);
  for (const char* account : {"till-1", "till-2"}) {
    const Answer answer = GetSession(stub.get(), "icash", account);
    EXPECT_TRUE(answer.ok()) << answer;
  }
  EXPECT_THAT(broker->Stop(), testing::IsOk());
  broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  const Answer answer = GetSession(broker->Stub().get(), "icash", "till-3");
  EXPECT_TRUE(answer.ok()) << answer;
  EXPECT_EQ(Count("ok"), 4);
  EXPECT_EQ(Count("nonce_not_risen"), 0);
}

TEST_F(IcashTest, NonceThatAnotherClientUsedIsLeftWellBehind) {
  ASSERT_THAT(simulator().AddFault({.kind = FaultKind::kExpiredChallenge, .family = "icash"}),
              testing::IsOk());
  const auto broker = StartBroker(Config());
  ASSERT_NE(broker, nullptr);
  const Answer answer = Get(*broker);
  EXPECT_TRUE(answer.ok()) << answer;
  EXPECT_EQ(Count("nonce_taken"), 1);
  EXPECT_EQ(Count("nonce_not_risen"), 0);
}

TEST_F(IcashTest, WrongSecretIsTriedOnceMoreAndThenRefused) {
  BrokerConfig config = Config();
  config.accounts[0].secrets["secret_key"] = "not the secret";
  const auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  const Answer answer = Get(*broker);
  EXPECT_EQ(answer.reason, "CREDENTIALS_REJECTED") << answer;
  EXPECT_EQ(Count("wrong_signature"), 2);
  EXPECT_EQ(Count("nonce_not_risen"), 0);
}

TEST_F(IcashTest, EmptyBodyIsNoAnswerOfTheProtocol) {
  ASSERT_THAT(
      simulator().AddFault(
          {.kind = FaultKind::kStatus, .family = "icash", .handle_first = true, .status = 200}),
      testing::IsOk());
  const auto broker = StartBroker(Config());
  ASSERT_NE(broker, nullptr);
  EXPECT_EQ(Get(*broker).reason, "PROVIDER_PROTOCOL_ERROR");
  broker->Unlatch("icash", "till-0");
  EXPECT_TRUE(Get(*broker).ok());
  EXPECT_EQ(Count("nonce_not_risen"), 0);
}

TEST_F(IcashTest, AnswerToAnotherNonceIsNotTaken) {
  Configure(/*omit_error_message=*/false, /*echo_wrong_nonce=*/true);
  const auto broker = StartBroker(Config());
  ASSERT_NE(broker, nullptr);
  EXPECT_EQ(Get(*broker).reason, "PROVIDER_PROTOCOL_ERROR");
}

TEST_F(IcashTest, RefusalWithoutAMessageIsNeitherASessionNorALockedAccount) {
  Configure(/*omit_error_message=*/true, /*echo_wrong_nonce=*/false);
  ASSERT_THAT(simulator().AddFault({.kind = FaultKind::kWrongCredentials, .family = "icash"}),
              testing::IsOk());
  const auto broker = StartBroker(Config());
  ASSERT_NE(broker, nullptr);
  EXPECT_FALSE(Get(*broker).ok());
  broker->Unlatch("icash", "till-0");
  EXPECT_TRUE(Get(*broker).ok());
}

}  // namespace
}  // namespace sessionbroker::e2e
