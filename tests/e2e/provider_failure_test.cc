// What a caller is told when a provider fails: each fault with each provider.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "tests/e2e/end_to_end_test.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::e2e {
namespace {

using simulator::FaultKind;
using ::testing::HasSubstr;
using ::testing::Not;

// A fault and what it means to a caller.
struct Row {
  const char* name;
  FaultKind kind;
  // The operation it meets; empty: all.
  const char* operation;
  int count;
  grpc::StatusCode code;
  const char* reason;
  // Of kStatus and kText.
  int status = 500;
  const char* body = "";
};

constexpr Row kRows[] = {
    {"ConnectionClosed", FaultKind::kClose, "", 0, grpc::UNAVAILABLE, "PROVIDER_UNREACHABLE"},
    {"ConnectionReset", FaultKind::kReset, "", 0, grpc::UNAVAILABLE, "PROVIDER_UNREACHABLE"},
    {"NoAnswer", FaultKind::kStall, "login", 0, grpc::UNAVAILABLE, "PROVIDER_UNREACHABLE"},
    {"AnswerStalls", FaultKind::kStallMidBody, "getchallenge", 0, grpc::UNAVAILABLE,
     "PROVIDER_UNREACHABLE"},
    {"ResetInTheBody", FaultKind::kResetMidBody, "login", 0, grpc::UNAVAILABLE,
     "PROVIDER_UNREACHABLE"},
    {"BodyTooShort", FaultKind::kTruncated, "login", 0, grpc::UNAVAILABLE, "PROVIDER_UNREACHABLE"},
    {"ServerError", FaultKind::kStatus, "getchallenge", 0, grpc::UNAVAILABLE,
     "PROVIDER_UNREACHABLE"},
    {"ServerErrorAtLogin", FaultKind::kStatus, "login", 0, grpc::UNAVAILABLE,
     "PROVIDER_UNREACHABLE"},
    {"ServiceUnavailable", FaultKind::kStatus, "login", 0, grpc::UNAVAILABLE,
     "PROVIDER_UNREACHABLE", 503, "busy"},
    {"NotHttp", FaultKind::kGarbage, "login", 0, grpc::UNAVAILABLE, "PROVIDER_UNREACHABLE"},
    {"EndlessBody", FaultKind::kEndless, "login", 0, grpc::INTERNAL, "PROVIDER_PROTOCOL_ERROR"},
    {"HugeHeaders", FaultKind::kHugeHeaders, "login", 0, grpc::INTERNAL, "PROVIDER_PROTOCOL_ERROR"},
    {"Redirect", FaultKind::kRedirect, "getchallenge", 0, grpc::INTERNAL,
     "PROVIDER_PROTOCOL_ERROR"},
    {"TextInPlaceOfJson", FaultKind::kText, "login", 0, grpc::INTERNAL, "PROVIDER_PROTOCOL_ERROR",
     200, "<html>hello</html>"},
    {"CredentialsRefused", FaultKind::kWrongCredentials, "login", 0, grpc::FAILED_PRECONDITION,
     "CREDENTIALS_REJECTED"},
    {"ChallengeStaleOnce", FaultKind::kExpiredChallenge, "login", 1, grpc::OK, ""},
    {"ResetOnceAtLogin", FaultKind::kReset, "login", 1, grpc::UNAVAILABLE, "PROVIDER_UNREACHABLE"},
};

class ProviderFailureTest : public EndToEndTest,
                            public ::testing::WithParamInterface<std::tuple<const char*, Row>> {};

INSTANTIATE_TEST_SUITE_P(FaultsAndFamilies, ProviderFailureTest,
                         ::testing::Combine(::testing::ValuesIn(kFamilies),
                                            ::testing::ValuesIn(kRows)),
                         [](const auto& row_info) {
                           return absl::StrCat(std::get<0>(row_info.param), "_",
                                               std::get<1>(row_info.param).name);
                         });

TEST_P(ProviderFailureTest, IsToldAsCodeAndReason) {
  const auto& [family, row] = GetParam();
  ASSERT_THAT(simulator().AddFault({.kind = row.kind,
                                    .family = family,
                                    .operation = row.operation,
                                    .count = row.count,
                                    .status = row.status,
                                    .body = row.body}),
              testing::IsOk());
  BrokerConfig config;
  config.accounts = {DemoAccount(family)};
  config.more = "outbound: {request_timeout: 1s, login_timeout: 3s}\n";
  const auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  const auto stub = broker->Stub();
  const Answer answer = GetSession(stub.get(), family, "main");
  EXPECT_EQ(answer.status.error_code(), row.code) << answer;
  EXPECT_EQ(answer.reason, row.reason) << answer;
  EXPECT_EQ(answer.retry_pushback, answer.ok()                     ? ""
                                   : row.code == grpc::UNAVAILABLE ? "1000"
                                                                   : "-1")
      << answer;

  // Once the provider is well again, so is the account.
  simulator().ClearFaults();
  const Answer later = GetSession(stub.get(), family, "main");
  EXPECT_TRUE(later.ok()) << later;
}

using ProviderDownTest = EndToEndTest;

TEST_F(ProviderDownTest, NobodyListensIsUnreachable) {
  BrokerConfig config;
  config.accounts = {DemoAccount("vtiger")};
  SB_ASSERT_OK_AND_ASSIGN(config.accounts[0].base_url, simulator().dedicated_url("vtiger"));
  ASSERT_THAT(simulator().SetPortMode("vtiger", simulator::PortMode::kRefuse), testing::IsOk());
  const auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  const auto stub = broker->Stub();
  const Answer answer = GetSession(stub.get(), "vtiger", "main");
  EXPECT_EQ(answer.status.error_code(), grpc::UNAVAILABLE) << answer;
  EXPECT_EQ(answer.reason, "PROVIDER_UNREACHABLE");
  ASSERT_THAT(simulator().SetPortMode("vtiger", simulator::PortMode::kOpen), testing::IsOk());
  EXPECT_TRUE(GetSession(stub.get(), "vtiger", "main").ok());
}

TEST_F(ProviderDownTest, MaintenancePageIsNotALatch) {
  simulator::Settings settings = *simulator().settings("corebos");
  settings.maintenance = true;
  ASSERT_THAT(simulator().Configure("corebos", settings), testing::IsOk());
  BrokerConfig config;
  config.accounts = {DemoAccount("corebos")};
  const auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  const auto stub = broker->Stub();
  const Answer answer = GetSession(stub.get(), "corebos", "main");
  EXPECT_EQ(answer.reason, "PROVIDER_UNREACHABLE") << answer;
  EXPECT_THAT(answer.status.error_message(), Not(HasSubstr("not active")));
  settings.maintenance = false;
  ASSERT_THAT(simulator().Configure("corebos", settings), testing::IsOk());
  EXPECT_TRUE(GetSession(stub.get(), "corebos", "main").ok());
}

TEST_F(ProviderDownTest, WrongKeyIsTriedOncePerLoginWhateverTheNumberOfCallers) {
  BrokerConfig config;
  config.accounts = {DemoAccount("vtiger")};
  config.accounts[0].secrets["access_key"] = "not the key";
  ASSERT_THAT(simulator().AddFault({.kind = FaultKind::kDelay,
                                    .family = "vtiger",
                                    .operation = "login",
                                    .latency = absl::Milliseconds(300)}),
              testing::IsOk());
  const auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  const auto stub = broker->Stub();
  std::vector<std::unique_ptr<PendingGetSession>> calls;
  for (int i = 0; i < 50; ++i) {
    calls.push_back(std::make_unique<PendingGetSession>(stub.get(), "vtiger", "main"));
  }
  for (const auto& call : calls) {
    const Answer answer = call->Wait();
    EXPECT_EQ(answer.reason, "CREDENTIALS_REJECTED") << answer;
    EXPECT_EQ(answer.retry_pushback, "-1");
  }
}

}  // namespace
}  // namespace sessionbroker::e2e
