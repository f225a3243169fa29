// The audit log of the real broker: what is in it, and what happens without it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/e2e/end_to_end_test.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::e2e {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

std::vector<nlohmann::json> LinesIn(const std::string& text) {
  std::vector<nlohmann::json> lines;
  for (const std::string& line :
       std::vector<std::string>(absl::StrSplit(text, '\n', absl::SkipEmpty()))) {
    lines.push_back(nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false));
    EXPECT_TRUE(lines.back().is_object()) << line;
  }
  return lines;
}

// "action outcome reason provider/account", and how often it came again.
std::string Brief(const nlohmann::json& line) {
  std::string brief = absl::StrCat(line.value("action", ""), " ", line.value("outcome", ""));
  for (const char* field : {"reason", "detail"}) {
    if (line.contains(field)) absl::StrAppend(&brief, " ", line.value(field, ""));
  }
  absl::StrAppend(&brief, " ", line.value("provider", ""), "/", line.value("account", ""));
  if (line.contains("repeats")) absl::StrAppend(&brief, " +", line.value("repeats", 0));
  return brief;
}

class AuditTest : public EndToEndTest {
 protected:
  // A GetSession until it gets that reason ("" for a session). The broker looks after its audit log
  // by the clock of the machine.
  static void AwaitAnswer(v1::SessionBroker::Stub* stub, const std::string& reason) {
    const absl::Time deadline = absl::Now() + absl::Seconds(30);
    std::string last;
    while (absl::Now() < deadline) {
      last = GetSession(stub, "vtiger", "main").reason;
      if (last == reason) return;
    }
    ADD_FAILURE() << "30 s later: " << last;
  }
};

TEST_F(AuditTest, HasALineForEachThingThatWasDoneOrRefused) {
  BrokerConfig config = DemoConfig();
  config.allowed = {"vtiger/*", "corebos/*"};
  config.accounts[1].secrets["access_key"] = "not the key";
  const auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  const auto stub = broker->Stub();
  const Answer good = GetSession(stub.get(), "vtiger", "main");
  ASSERT_TRUE(good.ok()) << good;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(GetSession(stub.get(), "vtiger", "main").ok());
  EXPECT_EQ(GetSession(stub.get(), "corebos", "main").reason, "CREDENTIALS_REJECTED");
  EXPECT_EQ(GetSession(stub.get(), "abms", "main").reason, "NOT_ALLOWED");
  EXPECT_EQ(GetSession(stub.get(), "abms", "main").reason, "NOT_ALLOWED");
  v1::InvalidateSessionRequest request;
  request.set_provider("vtiger");
  request.set_account("main");
  request.set_version(good.session.version() - 1);
  grpc::ClientContext context;
  context.AddMetadata("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  v1::InvalidateSessionResponse response;
  ASSERT_TRUE(stub->InvalidateSession(&context, request, &response).ok());
  EXPECT_THAT(broker->Unlatch("corebos", "main"), HasSubstr("no rule allows"));
  ASSERT_THAT(broker->Stop(), testing::IsOk());

  const std::vector<nlohmann::json> lines = LinesIn(broker->process().Stdout());
  std::vector<std::string> brief;
  for (const nlohmann::json& line : lines) brief.push_back(Brief(line));
  // What repeats comes at the end, in no order.
  ASSERT_EQ(brief.size(), 10u) << ::testing::PrintToString(brief);
  std::sort(brief.begin() + 8, brief.end());
  EXPECT_THAT(brief, ElementsAre("login ok vtiger/main", "get ok vtiger/main",
                                 "login failed CREDENTIALS_REJECTED corebos/main",
                                 "latch failed CREDENTIALS_REJECTED corebos/main",
                                 "get failed CREDENTIALS_REJECTED corebos/main",
                                 "get refused NOT_ALLOWED abms/main",
                                 "invalidate ok stale version vtiger/main",
                                 "unlatch refused NOT_ALLOWED corebos/main",
                                 "get ok vtiger/main +3", "get refused NOT_ALLOWED abms/main +1"));
  const nlohmann::json& login = lines[0];
  const nlohmann::json& get = lines[1];
  EXPECT_EQ(get.value("version", int64_t{0}), good.session.version());
  EXPECT_EQ(login.value("version", int64_t{0}), good.session.version());
  EXPECT_EQ(get.value("session", ""), login.value("session", "none"));
  EXPECT_EQ(get.value("session", "").size(), 32u);
  EXPECT_EQ(get.value("caller", ""), "loopback");
  EXPECT_THAT(get.value("peer", ""), HasSubstr("127.0.0.1:"));
  EXPECT_EQ(lines[6].value("trace_id", ""), "0af7651916cd43dd8448eb211c80319c");
}

TEST_F(AuditTest, WithoutItNothingIsHandedOutUntilItWorksAgain) {
  BrokerConfig config;
  config.accounts = {DemoAccount("vtiger")};
  config.more = "audit: {file: audit.jsonl}\n";
  const auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  const auto stub = broker->Stub();
  ASSERT_TRUE(GetSession(stub.get(), "vtiger", "main").ok());
  EXPECT_NE(broker->Admin("/healthz"), "");
  // A directory stands where the file should.
  const std::string file = directory().File("audit.jsonl");
  while (testing::ReadFile(file).find("\"get\"") == std::string::npos) {
  }
  std::filesystem::rename(file, directory().File("audit.1"));
  std::filesystem::create_directory(file);
  EXPECT_EQ(GetSession(stub.get(), "vtiger", "none").reason, "ACCOUNT_UNKNOWN");
  AwaitAnswer(stub.get(), "AUDIT_UNAVAILABLE");
  while (broker->Admin("/healthz") != "") {
  }
  std::filesystem::remove(file);
  AwaitAnswer(stub.get(), "");
  while (broker->Admin("/healthz") == "") {
  }
  ASSERT_THAT(broker->Stop(), testing::IsOk());

  std::vector<std::string> brief;
  for (const nlohmann::json& line : LinesIn(testing::ReadFile(file))) brief.push_back(Brief(line));
  ASSERT_GE(brief.size(), 3u);
  EXPECT_EQ(brief[0], "get failed ACCOUNT_UNKNOWN vtiger/none") << "what waited is not lost";
  EXPECT_EQ(brief[1], "get refused AUDIT_UNAVAILABLE vtiger/main");
  EXPECT_THAT(broker->process().Stderr(), AllOf(HasSubstr("the audit log cannot be written"),
                                                HasSubstr("the audit log is written again")));
}

TEST_F(AuditTest, ACallerThatRunsWildMeetsItsLimit) {
  BrokerConfig config;
  config.accounts = {DemoAccount("vtiger")};
  config.more = "limits: {calls_per_second: 5}\n";
  const auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  const auto stub = broker->Stub();
  std::vector<std::string> reasons;
  Answer refused;
  for (int i = 0; i < 30; ++i) {
    const Answer answer = GetSession(stub.get(), "vtiger", "main");
    reasons.push_back(answer.reason);
    if (!answer.ok()) refused = answer;
  }
  EXPECT_THAT(reasons, IsSupersetOf({"", "", "", "", "", "CALLER_QUOTA"}));
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_NE(refused.retry_pushback, "-1");
}

}  // namespace
}  // namespace sessionbroker::e2e
