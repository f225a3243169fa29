// What a caller is told when a provider fails: each fault with each provider, as docs/failures.md
// has it.
#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "service/base/system_clock.h"
#include "service/nonces/record.h"
#include "service/storage/sqlite_database.h"
#include "sessionbroker/admin/v1/admin_broker.grpc.pb.h"
#include "tests/e2e/end_to_end_test.h"
#include "tests/simulator/tls_certificate.h"
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
constexpr Outcome kNoStore = {grpc::UNAVAILABLE, "STORE_UNAVAILABLE", "1000"};
constexpr Outcome kTooFarAhead = {grpc::UNAVAILABLE, "SEQUENCE_AHEAD", "86400000"};
constexpr Outcome kExhausted = {grpc::FAILED_PRECONDITION, "SEQUENCE_EXHAUSTED", "-1"};
// It cannot happen to a login at this provider.
constexpr Outcome kNever = {grpc::UNKNOWN, "", ""};

// What is wrong.
enum class Cause {
  kFault,      // The simulator's fault of the row.
  kRefused,    // The family's port refuses connections.
  kUntrusted,  // Nobody vouches for the certificate, until the operator does.
  kWrongEcho,  // The answer names another nonce than the request.
  kDiskFull,   // From the start of the broker on.
  kAhead,      // A wrong clock has left the nonces two days ahead, until an operator raises them.
  kUsedUp,     // The nonces are at their maximum.
};

constexpr char kInTime[] = "request_timeout: 1s, login_timeout: 3s";

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
  // Of kDelay.
  absl::Duration latency = absl::ZeroDuration();
  const char* timeouts = kInTime;
  Cause cause = Cause::kFault;
};

Outcome ExpectedOf(const Row& row, const std::string& provider) {
  const auto exception = row.except.find(provider);
  return exception == row.except.end() ? row.outcome : exception->second;
}

std::ostream& operator<<(std::ostream& out, const Row& row) { return out << row.name; }

// All the others have this outcome: they have no nonces and keep nothing.
std::map<std::string, Outcome> OnlyIcash(const Outcome& others) {
  return {{"abms", others}, {"corebos", others}, {"tipmoto", others}, {"vtiger", others}};
}

std::vector<Row> Rows() {
  return {
      {.name = "ConnectionRefused",
       .what = "nobody listens",
       .at = At::kEach,
       .kind = FaultKind::kClose,
       .outcome = kUnreachable,
       .cause = Cause::kRefused},
      {"ConnectionClosed", "the connection ends without an answer", At::kEach, FaultKind::kClose,
       kUnreachable},
      {"ConnectionReset", "the connection is reset", At::kEach, FaultKind::kReset, kUnreachable},
      {"ResetOnceAtLogin", "the last request's connection is reset once", At::kLast,
       FaultKind::kReset, kUnreachable, 1},
      {"NoAnswer", "no answer within `request_timeout`", At::kLast, FaultKind::kStall,
       kUnreachable},
      {.name = "AnswersLate",
       .what = "every answer later than `request_timeout`",
       .at = At::kEach,
       .kind = FaultKind::kDelay,
       .outcome = kUnreachable,
       .latency = absl::Milliseconds(1500)},
      {.name = "LoginTakesTooLong",
       .what = "answers in time, but all together later than `login_timeout`",
       .at = At::kEach,
       .kind = FaultKind::kDelay,
       .outcome = kUnreachable,
       // Its login is one request.
       .except = {{"icash", kSession}},
       .latency = absl::Seconds(2),
       .timeouts = "request_timeout: 10s, login_timeout: 3s"},
      {.name = "NoAnswerInTheWholeLogin",
       .what = "no answer within `login_timeout`, where that is the shorter one",
       .at = At::kLast,
       .kind = FaultKind::kStall,
       .outcome = kUnreachable,
       .timeouts = "request_timeout: 10s, login_timeout: 1s"},
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
      {.name = "ChallengeStaleEachTime",
       .what = "the challenge has expired, each time",
       .at = At::kLast,
       .kind = FaultKind::kExpiredChallenge,
       .outcome = kUnreachable,
       .except = {{"icash", kNever}}},
      {.name = "NonceOvertakenEachTime",
       .what = "another client has used a higher nonce, each time",
       .at = At::kLast,
       .kind = FaultKind::kExpiredChallenge,
       .outcome = kRejected,
       .except = OnlyIcash(kNever)},
      {.name = "WrongEcho",
       .what = "the answer names another nonce than the request",
       .at = At::kLast,
       .kind = FaultKind::kDelay,
       .outcome = kProtocolError,
       .except = OnlyIcash(kNever),
       .cause = Cause::kWrongEcho},
      {.name = "DeadSession",
       .what = "the provider has forgotten the session",
       .at = At::kEach,
       .kind = FaultKind::kDeadSession,
       .outcome = kNever},
      {.name = "CertificateUntrusted",
       .what = "a certificate that nobody vouches for",
       .at = At::kEach,
       .kind = FaultKind::kDelay,
       .outcome = kUnreachable,
       .cause = Cause::kUntrusted},
      {.name = "DiskFull",
       .what = "the state directory's disk is full",
       .at = At::kEach,
       .kind = FaultKind::kDelay,
       .outcome = kNoStore,
       .cause = Cause::kDiskFull},
      {.name = "NoncesAhead",
       .what = "the nonces are two days ahead of the clock",
       .at = At::kEach,
       .kind = FaultKind::kDelay,
       .outcome = kTooFarAhead,
       .except = OnlyIcash(kNever),
       .cause = Cause::kAhead},
      {.name = "NoncesUsedUp",
       .what = "the nonces are at their maximum",
       .at = At::kEach,
       .kind = FaultKind::kDelay,
       .outcome = kExhausted,
       .except = OnlyIcash(kNever),
       .cause = Cause::kUsedUp},
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
  if (outcome == kNever) return "– | – | –";
  const std::string code = outcome.code == grpc::UNAVAILABLE ? "UNAVAILABLE"
                           : outcome.code == grpc::INTERNAL  ? "INTERNAL"
                                                             : "FAILED_PRECONDITION";
  const std::string delay = outcome.retry_pushback;
  return absl::StrCat("`", code, "` | `", outcome.reason, "` | ",
                      delay == "-1" ? "no" : absl::StrCat("after ", delay, " ms"));
}

// "abms, corebos: a session; icash: –".
std::string ExceptionsInWords(const Row& row) {
  std::map<std::string, std::vector<std::string>> providers;
  for (const auto& [provider, outcome] : row.except) {
    const std::string words = outcome == kSession ? "a session"
                              : outcome == kNever ? "–"
                                                  : absl::StrCat("`", outcome.reason, "`");
    providers[words].push_back(provider);
  }
  std::vector<std::string> all;
  for (const auto& [words, names] : providers) {
    all.push_back(absl::StrCat(absl::StrJoin(names, ", "), ": ", words));
  }
  return absl::StrJoin(all, "; ");
}

class ProviderFailureTest : public EndToEndTest, public ::testing::WithParamInterface<Row> {
 protected:
  ProviderFailureTest() {
    for (const char* provider : kProviders) {
      if (ExpectedOf(GetParam(), provider) == kNever) continue;
      config_.accounts.push_back(DemoAccount(provider));
    }
    config_.more = absl::StrCat("outbound: {", GetParam().timeouts, "}\n");
    config_.allowed.clear();
    config_.more += "rules: [{callers: [loopback], accounts: [\"*/*\"], allow: [get, operate]}]\n";
  }

  // Before the broker starts.
  void Break() {
    switch (GetParam().cause) {
      case Cause::kFault:
        for (const AccountConfig& account : config_.accounts) AddFaultOf(account.provider);
        break;
      case Cause::kRefused:
        for (AccountConfig& account : config_.accounts) {
          SB_ASSERT_OK_AND_ASSIGN(account.base_url, simulator().dedicated_url(account.provider));
          ASSERT_THAT(simulator().SetPortMode(account.provider, simulator::PortMode::kRefuse),
                      testing::IsOk());
        }
        break;
      case Cause::kUntrusted:
        ServeHttps();
        break;
      case Cause::kWrongEcho:
        EchoWrongNonces(true);
        break;
      case Cause::kDiskFull:
        config_.log_level = "error";
        break;
      case Cause::kAhead:
        PutNonces(absl::ToUnixSeconds(base::SystemClock().WallNow() + absl::Hours(48)));
        break;
      case Cause::kUsedUp:
        PutNonces(2147483647);
        break;
    }
  }

  // The provider, or what was wrong on our side, is well again; a broker that must start anew for
  // that does so. False: nothing makes it well.
  bool Mend() {
    switch (GetParam().cause) {
      case Cause::kFault:
        simulator().ClearFaults();
        return true;
      case Cause::kRefused:
        for (const AccountConfig& account : config_.accounts) {
          EXPECT_THAT(simulator().SetPortMode(account.provider, simulator::PortMode::kOpen),
                      testing::IsOk());
        }
        return true;
      case Cause::kUntrusted:
        broker_.reset();
        absl::StrReplaceAll({{"outbound: {", "outbound: {ca_file: server.pem, "}}, &config_.more);
        broker_ = StartBroker(config_);
        return broker_ != nullptr;
      case Cause::kWrongEcho:
        EchoWrongNonces(false);
        return true;
      case Cause::kDiskFull:
        broker_->SetDiskFull(false);
        return true;
      case Cause::kAhead:
        RaiseNonces(put_ + 1);
        return true;
      case Cause::kUsedUp:
        return false;
    }
    return false;
  }

  BrokerConfig config_;
  std::unique_ptr<BrokerProcess> broker_;

 private:
  void AddFaultOf(const std::string& provider) {
    const Row& row = GetParam();
    ASSERT_THAT(simulator().AddFault({.kind = row.kind,
                                      .family = provider,
                                      .operation = OperationAt(row.at, provider),
                                      .count = row.count,
                                      .latency = row.latency,
                                      .status = row.status,
                                      .body = row.body}),
                testing::IsOk());
  }

  void ServeHttps() {
    SB_ASSERT_OK_AND_ASSIGN(const auto certificate, simulator::MakeSelfSignedCertificate());
    simulator::Simulator::Options options;
    options.certificate_pem = certificate.certificate_pem;
    options.private_key_pem = certificate.private_key_pem;
    SB_ASSERT_OK_AND_ASSIGN(secure_, simulator::Simulator::Start(options));
    directory().Write("server.pem", certificate.certificate_pem);
    for (AccountConfig& account : config_.accounts) {
      account.base_url = secure_->https_url(account.provider);
    }
  }

  void EchoWrongNonces(bool wrong) {
    simulator::Settings settings = *simulator().settings("icash");
    settings.echo_wrong_nonce = wrong;
    ASSERT_THAT(simulator().Configure("icash", settings), testing::IsOk());
  }

  std::string Origin() { return absl::StrCat("http://127.0.0.1:", simulator().port()); }
  std::string Key() { return config_.accounts[0].parameters.at("api_key"); }

  // As a broker has left them.
  void PutNonces(int64_t reserved) {
    put_ = reserved;
    const nonces::SequenceId id = {Origin(), Key()};
    SB_ASSERT_OK_AND_ASSIGN(const std::string key, nonces::StoreKeyOf(id));
    const std::string state = directory().File("state");
    ASSERT_EQ(mkdir(state.c_str(), 0700), 0);
    SB_ASSERT_OK_AND_ASSIGN(
        const auto database,
        storage::SqliteDatabase::Open(state + "/durable.db", storage::kDurableState));
    ASSERT_THAT(database->Begin(), testing::IsOk());
    const std::string record = nonces::Encode({.id = id,
                                               .reserved = reserved,
                                               .floor = -1,
                                               .unit = nonces::SequenceSpec::Unit::kSeconds,
                                               .max = 2147483647,
                                               .update_time = absl::UnixEpoch()});
    ASSERT_THAT(database->Apply({.conditions = {}, .writes = {{key, record}}}), testing::IsOk());
    ASSERT_THAT(database->End(), testing::IsOk());
  }

  void RaiseNonces(int64_t value) {
    admin::v1::RaiseSequenceRequest request;
    request.set_origin(Origin());
    request.set_key(Key());
    request.set_value(value);
    admin::v1::RaiseSequenceResponse response;
    grpc::ClientContext context;
    const auto channel =
        grpc::CreateChannel(broker_->listeners()[0], grpc::InsecureChannelCredentials());
    const grpc::Status status =
        admin::v1::AdminBroker::NewStub(channel)->RaiseSequence(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }

  int64_t put_ = 0;
  std::unique_ptr<simulator::Simulator> secure_;
};

std::vector<Row> RowsThatCanHappen() {
  std::vector<Row> rows = Rows();
  std::erase_if(rows, [](const Row& row) { return row.outcome == kNever; });
  return rows;
}

INSTANTIATE_TEST_SUITE_P(Faults, ProviderFailureTest, ::testing::ValuesIn(RowsThatCanHappen()),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_P(ProviderFailureTest, IsToldAsCodeReasonAndDelay) {
  ASSERT_NO_FATAL_FAILURE(Break());
  broker_ = StartBroker(config_);
  ASSERT_NE(broker_, nullptr);
  if (GetParam().cause == Cause::kDiskFull) broker_->SetDiskFull(true);
  const auto stub = broker_->Stub();
  std::map<std::string, PendingGetSession> calls;
  for (const AccountConfig& account : config_.accounts) {
    calls.emplace(std::piecewise_construct, std::forward_as_tuple(account.provider),
                  std::forward_as_tuple(stub.get(), account.provider, "main"));
  }
  for (auto& [provider, call] : calls) {
    const Outcome expected = ExpectedOf(GetParam(), provider);
    const Answer answer = call.Wait();
    EXPECT_EQ(answer.status.error_code(), expected.code) << provider << " " << answer;
    EXPECT_EQ(answer.reason, expected.reason) << provider << " " << answer;
    EXPECT_EQ(answer.retry_pushback, expected.retry_pushback) << provider << " " << answer;
  }

  if (!Mend()) return;
  const auto stub_then = broker_->Stub();
  for (const AccountConfig& account : config_.accounts) {
    broker_->Unlatch(account.provider, "main");
    const Answer later = GetSession(stub_then.get(), account.provider, "main");
    EXPECT_TRUE(later.ok()) << account.provider << " " << later;
  }
}

TEST(FailureTableTest, IsWhatTheDocumentationHas) {
  std::string table =
      "| what goes wrong | code | reason | retry | except |\n|---|---|---|---|---|\n";
  for (const Row& row : Rows()) {
    const std::string exceptions = ExceptionsInWords(row);
    absl::StrAppend(&table, "| ", row.what, " | ", InWords(row.outcome), " |",
                    exceptions.empty() ? "" : absl::StrCat(" ", exceptions, " "), "|\n");
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
  config.operated = {"corebos/main"};
  const auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  const auto stub = broker->Stub();
  const Answer answer = GetSession(stub.get(), "corebos", "main");
  EXPECT_EQ(answer.reason, "PROVIDER_UNREACHABLE") << answer;
  EXPECT_THAT(answer.status.error_message(), Not(HasSubstr("not active")));
  settings.maintenance = false;
  ASSERT_THAT(simulator().Configure("corebos", settings), testing::IsOk());
  EXPECT_EQ(broker->Unlatch("corebos", "main"), "RESULT_WAS_BACKING_OFF");
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
