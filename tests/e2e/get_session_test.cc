// What callers come for: sessions that work, one login for all of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/e2e/end_to_end_test.h"
#include "tests/e2e/session_user.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::e2e {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

class GetSessionTest : public EndToEndTest, public ::testing::WithParamInterface<const char*> {
 protected:
  std::string family() const { return GetParam(); }
};

INSTANTIATE_TEST_SUITE_P(Families, GetSessionTest, ::testing::ValuesIn(kFamilies),
                         [](const auto& row) { return std::string(row.param); });

TEST_P(GetSessionTest, SessionWorksFromTheReplyAlone) {
  const auto broker = StartBroker(DemoConfig());
  ASSERT_NE(broker, nullptr);
  const Answer answer = GetSession(broker->Stub().get(), family(), "main");
  ASSERT_TRUE(answer.ok()) << answer;
  EXPECT_EQ(answer.session.provider(), family());
  EXPECT_EQ(answer.session.account(), "main");
  EXPECT_EQ(answer.session.base_url(), simulator().url(family()));
  EXPECT_GT(answer.session.version(), 0);
  EXPECT_GT(answer.session.expire_time().seconds(), answer.session.issue_time().seconds());
  EXPECT_THAT(answer.session.attributes(), Not(IsEmpty()));

  for (const char* method : {"GET", "POST"}) {
    SB_ASSERT_OK_AND_ASSIGN(const nlohmann::json types, Call(answer.session, method, kWebservice,
                                                             {{"operation", "listtypes"}}));
    EXPECT_TRUE(types.value("success", false)) << method << " " << types.dump();
  }
}

TEST_P(GetSessionTest, SecondCallCostsNoLogin) {
  const auto broker = StartBroker(DemoConfig());
  ASSERT_NE(broker, nullptr);
  const auto stub = broker->Stub();
  const Answer first = GetSession(stub.get(), family(), "main");
  ASSERT_TRUE(first.ok()) << first;
  const Answer second = GetSession(stub.get(), family(), "main");
  ASSERT_TRUE(second.ok()) << second;
  EXPECT_TRUE(first.session.id() == second.session.id());
  EXPECT_EQ(first.session.version(), second.session.version());
  EXPECT_EQ(simulator().counters().Count(family(), "getchallenge"), 1);
  EXPECT_EQ(simulator().counters().Count(family(), "login"), 1);
}

TEST_P(GetSessionTest, ThousandCallersOnAColdAccountCauseOneLogin) {
  ASSERT_THAT(simulator().AddFault({.kind = simulator::FaultKind::kDelay,
                                    .family = family(),
                                    .operation = "login",
                                    .latency = absl::Milliseconds(300)}),
              testing::IsOk());
  const auto broker = StartBroker(DemoConfig());
  ASSERT_NE(broker, nullptr);
  constexpr int kConnections = 10;
  constexpr int kCallers = 1000;
  std::vector<std::unique_ptr<v1::SessionBroker::Stub>> stubs;
  for (int i = 0; i < kConnections; ++i) stubs.push_back(broker->Stub());
  std::vector<std::unique_ptr<PendingGetSession>> calls;
  for (int i = 0; i < kCallers; ++i) {
    calls.push_back(
        std::make_unique<PendingGetSession>(stubs[i % kConnections].get(), family(), "main"));
  }
  std::set<std::string> ids;
  for (const auto& call : calls) {
    const Answer answer = call->Wait();
    ASSERT_TRUE(answer.ok()) << answer;
    ids.insert(answer.session.id());
  }
  EXPECT_EQ(ids.size(), 1u);
  EXPECT_EQ(simulator().counters().Count(family(), "getchallenge"), 1);
  EXPECT_EQ(simulator().counters().Count(family(), "login"), 1);
}

TEST_P(GetSessionTest, CallerThatGivesUpLeavesTheLoginToTheOthers) {
  ASSERT_THAT(simulator().AddFault({.kind = simulator::FaultKind::kDelay,
                                    .family = family(),
                                    .operation = "login",
                                    .latency = absl::Milliseconds(300)}),
              testing::IsOk());
  const auto broker = StartBroker(DemoConfig());
  ASSERT_NE(broker, nullptr);
  const auto stub = broker->Stub();
  auto gives_up = std::make_unique<PendingGetSession>(stub.get(), family(), "main");
  PendingGetSession stays(stub.get(), family(), "main");
  gives_up.reset();
  const Answer answer = stays.Wait();
  EXPECT_TRUE(answer.ok()) << answer;
  EXPECT_EQ(simulator().counters().Count(family(), "login"), 1);
}

using ListAccountsTest = EndToEndTest;

TEST_F(ListAccountsTest, TellsWhichAccountsHaveASession) {
  const auto broker = StartBroker(DemoConfig());
  ASSERT_NE(broker, nullptr);
  const auto stub = broker->Stub();
  ASSERT_TRUE(GetSession(stub.get(), "corebos", "main").ok());
  EXPECT_THAT(
      ListAccounts(stub.get()),
      ElementsAre("abms/main STATE_ABSENT", "corebos/main STATE_LIVE", "vtiger/main STATE_ABSENT"));
}

}  // namespace
}  // namespace sessionbroker::e2e
