// What a caller is told when a provider fails: each fault with each provider, as docs/failures.md
// has it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/e2e/end_to_end_test.h"
#include "tests/testing/child_process.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::e2e {
namespace {

using simulator::FaultKind;
using ::testing::HasSubstr;
using ::testing::Not;

// Which of a login's requests a fault meets.
enum class At { kFirst, kLast, kEach };

// What a caller gets: a code, a reason and the trailer grpc-retry-pushback-ms.
struct Outcome {
  grpc::StatusCode code;
  const char* reason;
  const char* retry_pushback;

  friend bool operator==(const Outcome& a, const Outcome& b) {
    return a.code == b.code && std::string(a.reason) == b.reason &&
           std::string(a.retry_pushback) == b.retry_pushback;
  }
};

constexpr Outcome kSession = {grpc::OK, "", ""};
constexpr Outcome kUnreachable = {grpc::UNAVAILABLE, "PROVIDER_UNREACHABLE", "1000"};
constexpr Outcome kProtocolError = {grpc::INTERNAL, "PROVIDER_PROTOCOL_ERROR", "-1"};
constexpr Outcome kRejected = {grpc::FAILED_PRECONDITION, "CREDENTIALS_REJECTED", "-1"};

// A fault and what it means.
struct Row {
  const char* name;
  // For the documentation.
  const char* what;
  At at;
  FaultKind kind;
  Outcome outcome;
  // Requests that meet it; 0: all.
  int count = 0;
  // Of kStatus and kText.
  int status = 500;
  const char* body = "";
  // Providers with whom it means something else.
  std::map<std::string, Outcome> except = {};
  // The family's port refuses connections; the rest of the row counts for nothing.
  bool refused = false;
};

std::ostream& operator<<(std::ostream& out, const Row& row) { return out << row.name; }

std::vector<Row> Rows() {
  return {
      {.name = "ConnectionRefused",
       .what = "nobody listens",
       .at = At::kEach,
       .kind = FaultKind::kClose,
       .outcome = kUnreachable,
       .refused = true},
      {"ConnectionClosed", "the connection ends without an answer", At::kEach, FaultKind::kClose,
       kUnreachable},
      {"ConnectionReset", "the connection is reset", At::kEach, FaultKind::kReset, kUnreachable},
      {"ResetOnceAtLogin", "the last request's connection is reset once", At::kLast,
       FaultKind::kReset, kUnreachable, 1},
      {"NoAnswer", "no answer within `request_timeout`", At::kLast, FaultKind::kStall,
       kUnreachable},
      {"AnswerStalls", "an answer that stops half-way", At::kFirst, FaultKind::kStallMidBody,
       kUnreachable},
      {"ResetInTheBody", "a reset within the answer", At::kLast, FaultKind::kResetMidBody,
       kUnreachable},
      {"BodyTooShort", "less than Content-Length promises", At::kFirst, FaultKind::kTruncated,
       kUnreachable},
      {"NotHttp", "bytes that are not HTTP", At::kLast, FaultKind::kGarbage, kUnreachable},
      {"ServerErrorAtFirst", "HTTP 500 without a body to the first request", At::kFirst,
       FaultKind::kStatus, kUnreachable},
      {"ServerErrorAtLast", "HTTP 500 without a body to the last request", At::kLast,
       FaultKind::kStatus, kUnreachable},
      {"ServiceUnavailable", "HTTP 503", At::kLast, FaultKind::kStatus, kUnreachable, 0, 503,
       "busy"},
      {"TooManyRequests", "HTTP 429", At::kLast, FaultKind::kStatus, kUnreachable, 0, 429},
      {"EndlessBody", "a body above 1 MiB", At::kLast, FaultKind::kEndless, kProtocolError},
      {"HugeHeaders", "headers above their limit", At::kLast, FaultKind::kHugeHeaders,
       kProtocolError},
      {"Redirect", "a redirect", At::kFirst, FaultKind::kRedirect, kProtocolError},
      {"EmptyBody", "HTTP 200 with an empty body to the first request", At::kFirst,
       FaultKind::kStatus, kProtocolError, 0, 200},
      {"TextAtFirst", "HTTP 200 with a text to the first request", At::kFirst, FaultKind::kText,
       kProtocolError, 0, 200, "<html>hello</html>"},
      {"TextAtLast",
       "HTTP 200 with a text to the last request",
       At::kLast,
       FaultKind::kText,
       kProtocolError,
       0,
       200,
       "<html>hello</html>",
       // Its login succeeds on 2xx, whatever the body.
       {{"tipmoto", kSession}}},
      {"CredentialsRefused", "the credentials are refused, each time", At::kLast,
       FaultKind::kWrongCredentials, kRejected},
      {"ChallengeStaleOnce", "another client used the challenge up, once", At::kLast,
       FaultKind::kExpiredChallenge, kSession, 1},
  };
}

// The operation of a family's login that the fault meets.
std::string OperationAt(At at, const std::string& provider) {
  if (at == At::kEach) return "";
  if (at == At::kLast || provider == "icash") return "login";
  return provider == "tipmoto" ? "gethash" : "getchallenge";
}

// As docs/api.md speaks of it.
std::string InWords(const Outcome& outcome) {
  if (outcome == kSession) return "a session | – | –";
  const std::string code = outcome == kUnreachable     ? "UNAVAILABLE"
                           : outcome == kProtocolError ? "INTERNAL"
                                                       : "FAILED_PRECONDITION";
  const std::string delay = outcome.retry_pushback;
  return absl::StrCat("`", code, "` | `", outcome.reason, "` | ",
                      delay == "-1" ? "no" : absl::StrCat("after ", delay, " ms"));
}

class ProviderFailureTest : public EndToEndTest, public ::testing::WithParamInterface<Row> {};

INSTANTIATE_TEST_SUITE_P(Faults, ProviderFailureTest, ::testing::ValuesIn(Rows()),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_P(ProviderFailureTest, IsToldAsCodeReasonAndDelay) {
  const Row& row = GetParam();
  BrokerConfig config;
  for (const char* provider : kProviders) config.accounts.push_back(DemoAccount(provider));
  config.more = "outbound: {request_timeout: 1s, login_timeout: 3s}\n";
  for (AccountConfig& account : config.accounts) {
    if (row.refused) {
      SB_ASSERT_OK_AND_ASSIGN(account.base_url, simulator().dedicated_url(account.provider));
      ASSERT_THAT(simulator().SetPortMode(account.provider, simulator::PortMode::kRefuse),
                  testing::IsOk());
      continue;
    }
    ASSERT_THAT(simulator().AddFault({.kind = row.kind,
                                      .family = account.provider,
                                      .operation = OperationAt(row.at, account.provider),
                                      .count = row.count,
                                      .status = row.status,
                                      .body = row.body}),
                testing::IsOk());
  }
  const auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  const auto stub = broker->Stub();
  std::map<std::string, PendingGetSession> calls;
  for (const AccountConfig& account : config.accounts) {
    calls.emplace(std::piecewise_construct, std::forward_as_tuple(account.provider),
                  std::forward_as_tuple(stub.get(), account.provider, "main"));
  }
  for (auto& [provider, call] : calls) {
    const auto exception = row.except.find(provider);
    const Outcome& expected = exception == row.except.end() ? row.outcome : exception->second;
    const Answer answer = call.Wait();
    EXPECT_EQ(answer.status.error_code(), expected.code) << provider << " " << answer;
    EXPECT_EQ(answer.reason, expected.reason) << provider << " " << answer;
    EXPECT_EQ(answer.retry_pushback, expected.retry_pushback) << provider << " " << answer;
  }

  // Once the provider is well again, so is the account.
  simulator().ClearFaults();
  for (const AccountConfig& account : config.accounts) {
    if (row.refused) {
      ASSERT_THAT(simulator().SetPortMode(account.provider, simulator::PortMode::kOpen),
                  testing::IsOk());
    }
    const Answer later = GetSession(stub.get(), account.provider, "main");
    EXPECT_TRUE(later.ok()) << account.provider << " " << later;
  }
}

TEST(FailureTableTest, IsWhatTheDocumentationHas) {
  std::string table =
      "| what goes wrong | code | reason | retry | except |\n|---|---|---|---|---|\n";
  for (const Row& row : Rows()) {
    absl::StrAppend(&table, "| ", row.what, " | ", InWords(row.outcome), " |");
    for (const auto& [provider, outcome] : row.except) {
      absl::StrAppend(&table, " ", provider, ": ",
                      outcome == kSession ? "a session" : absl::StrCat("`", outcome.reason, "`"));
    }
    absl::StrAppend(&table, row.except.empty() ? "|\n" : " |\n");
  }
  EXPECT_THAT(testing::ReadFile("docs/failures.md"), HasSubstr(table));
}

using ProviderDownTest = EndToEndTest;

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
