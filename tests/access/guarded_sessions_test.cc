#include "service/access/guarded_sessions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "service/base/error.h"
#include "tests/sessions/manager_harness.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/test_oversight.h"

namespace sessionbroker::access {
namespace {

using ::sessionbroker::sessions::AccountNamed;
using ::sessionbroker::sessions::ManagerHarness;
using ::sessionbroker::sessions::SessionPtr;
using ::sessionbroker::testing::HasReason;
using ::sessionbroker::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr absl::Duration kAny = absl::ZeroDuration();

Policy PolicyOf(std::vector<std::string> may_get, std::vector<std::string> may_list) {
  std::vector<Rule> rules;
  if (!may_get.empty()) rules.push_back({{"loopback"}, std::move(may_get), {Action::kGet}});
  if (!may_list.empty()) rules.push_back({{"loopback"}, std::move(may_list), {Action::kList}});
  absl::StatusOr<Policy> policy = Policy::Create(rules);
  EXPECT_TRUE(policy.ok()) << policy.status();
  return *std::move(policy);
}

using Accounts = std::vector<std::shared_ptr<const login::Account>>;

class GuardedSessionsTest : public ::testing::Test {
 protected:
  absl::StatusOr<SessionPtr> Get(base::AccountIdView id) {
    absl::StatusOr<SessionPtr> answer = absl::UnknownError("no answer");
    guarded_.Get(call_, id, kAny,
                 [&](absl::StatusOr<SessionPtr> result) { answer = std::move(result); });
    harness_.scheduler.RunReady();
    return answer;
  }

  const Call call_{};
  ManagerHarness harness_{{AccountNamed("vtiger", "crm"), AccountNamed("abms", "main")}};
  PolicyHolder policy_{PolicyOf({"vtiger/*"}, {})};
  testing::TestOversight oversight_;
  GuardedSessions guarded_{&policy_, harness_.manager.get(), oversight_.Get()};
};

TEST_F(GuardedSessionsTest, WhatARuleAllowsIsServed) {
  EXPECT_EQ(guarded_.TryGet(call_, {"vtiger", "crm"}, kAny).value(), nullptr);
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr session, Get({"vtiger", "crm"}));
  EXPECT_EQ(guarded_.TryGet(call_, {"vtiger", "crm"}, kAny).value(), session);
}

TEST_F(GuardedSessionsTest, WhatNoRuleAllowsIsNotServedThoughASessionIsAlive) {
  ASSERT_THAT(harness_.Get({"abms", "main"}), IsOk());
  ASSERT_NE(harness_.manager->TryGet({"abms", "main"}, kAny), nullptr);
  EXPECT_THAT(guarded_.TryGet(call_, {"abms", "main"}, kAny), HasReason(base::Reason::kNotAllowed));
  EXPECT_THAT(Get({"abms", "main"}), HasReason(base::Reason::kNotAllowed));
}

TEST_F(GuardedSessionsTest, OtherRulesHoldFromTheNextCallOn) {
  ASSERT_THAT(Get({"vtiger", "crm"}), IsOk());
  policy_.Set(PolicyOf({"abms/*"}, {}));
  EXPECT_THAT(guarded_.TryGet(call_, {"vtiger", "crm"}, kAny),
              HasReason(base::Reason::kNotAllowed));
  EXPECT_THAT(Get({"vtiger", "crm"}), HasReason(base::Reason::kNotAllowed));
  EXPECT_THAT(Get({"abms", "main"}), IsOk());
}

TEST_F(GuardedSessionsTest, WithoutRightsAnUnknownAccountLooksLikeAForbiddenOne) {
  const absl::Status forbidden = Get({"abms", "main"}).status();
  const absl::Status unknown = Get({"abms", "none"}).status();
  EXPECT_EQ(forbidden.code(), unknown.code());
  EXPECT_EQ(absl::StrReplaceAll(forbidden.message(), {{"abms/main", "ID"}}),
            absl::StrReplaceAll(unknown.message(), {{"abms/none", "ID"}}));
  EXPECT_EQ(base::DetailsOf(forbidden).reason, base::DetailsOf(unknown).reason);
  EXPECT_EQ(base::DetailsOf(forbidden).retry_after, base::DetailsOf(unknown).retry_after);
  EXPECT_EQ(base::DetailsOf(forbidden).metadata, base::DetailsOf(unknown).metadata);
  EXPECT_EQ(harness_.authenticator.logins(), 0u);
}

// Same work, so same time: with no accounts to look at, and none looked for, there is nothing that
// could differ between one that exists and one that does not.
TEST(DenialTest, NobodyLooksForAnAccountThatACallerHasNoRightTo) {
  const PolicyHolder policy(PolicyOf({"vtiger/*"}, {"vtiger/*"}));
  testing::TestOversight oversight;
  GuardedSessions guarded(&policy, /*manager=*/nullptr, oversight.Get());
  const Call call;
  const base::AccountIdView id("abms", "main");
  std::vector<absl::Status> answers;
  answers.push_back(guarded.TryGet(call, id, kAny).status());
  guarded.Get(call, id, kAny,
              [&](absl::StatusOr<SessionPtr> session) { answers.push_back(session.status()); });
  guarded.Report(call, id, 7, [&](absl::StatusOr<sessions::SessionKeeper::Reported> reported) {
    answers.push_back(reported.status());
  });
  guarded.Unlatch(call, id, [&](absl::StatusOr<sessions::Unlatched> unlatched) {
    answers.push_back(unlatched.status());
  });
  EXPECT_EQ(answers.size(), 4u);
  for (const absl::Status& answer : answers) {
    EXPECT_THAT(answer, HasReason(base::Reason::kNotAllowed));
  }
  SB_ASSERT_OK_AND_ASSIGN(
      const ListPage page,
      guarded.List(call, {.provider = "abms", .page_size = 0, .page_token = ""}));
  EXPECT_THAT(page.accounts, IsEmpty());
}

TEST_F(GuardedSessionsTest, WithRightsAnUnknownAccountIsSaidToBeUnknown) {
  EXPECT_THAT(Get({"vtiger", "none"}), HasReason(base::Reason::kAccountUnknown));
}

TEST_F(GuardedSessionsTest, ACallerThatWaitsCanGiveUp) {
  int calls = 0;
  GuardedSessions::PendingGet pending =
      guarded_.Get(call_, {"vtiger", "crm"}, kAny, [&](absl::StatusOr<SessionPtr>) { ++calls; });
  EXPECT_TRUE(pending.GiveUp());
  harness_.scheduler.RunReady();
  EXPECT_EQ(calls, 0);
}

TEST_F(GuardedSessionsTest, TheRightToGetIsNotTheRightToList) {
  SB_ASSERT_OK_AND_ASSIGN(const ListPage page, guarded_.List(call_, {}));
  EXPECT_THAT(page.accounts, IsEmpty());
  EXPECT_EQ(page.next_page_token, "");
}

// The last thing that the audit log was told.
AuditRecord LastOf(const testing::TestOversight& oversight) {
  const std::vector<AuditRecord> records = oversight.audit.records();
  EXPECT_THAT(records, Not(IsEmpty()));
  return records.empty() ? AuditRecord() : records.back();
}

TEST_F(GuardedSessionsTest, EachHandOutLeavesALine) {
  const Call call{.peer = "ipv4:127.0.0.1:5123", .trace_id = "0af7651916cd43dd8448eb211c80319c"};
  absl::StatusOr<SessionPtr> session = absl::UnknownError("no answer");
  guarded_.Get(call, {"vtiger", "crm"}, kAny,
               [&](absl::StatusOr<SessionPtr> result) { session = std::move(result); });
  harness_.scheduler.RunReady();
  ASSERT_THAT(session, IsOk());
  const AuditRecord waited = LastOf(oversight_);
  EXPECT_EQ(waited.action, AuditAction::kGet);
  EXPECT_EQ(waited.error, std::nullopt);
  EXPECT_EQ(waited.caller, "loopback");
  EXPECT_EQ(waited.peer, "ipv4:127.0.0.1:5123");
  EXPECT_EQ(waited.trace_id, "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(waited.provider, "vtiger");
  EXPECT_EQ(waited.account, "crm");
  EXPECT_EQ(waited.version, (*session)->version);
  ASSERT_THAT(guarded_.TryGet(call, {"vtiger", "crm"}, kAny), IsOk());
  EXPECT_EQ(oversight_.audit.records().size(), 2u);
}

TEST_F(GuardedSessionsTest, EachRefusalLeavesALine) {
  guarded_.TryGet(call_, {"abms", "main"}, kAny).IgnoreError();
  EXPECT_EQ(LastOf(oversight_).account, "main");
  EXPECT_EQ(LastOf(oversight_).error, base::Reason::kNotAllowed);
  EXPECT_THAT(Get({"vtiger", "none"}), HasReason(base::Reason::kAccountUnknown));
  EXPECT_EQ(LastOf(oversight_).error, base::Reason::kAccountUnknown);
  guarded_.Report(call_, {"vtiger", "crm"}, 7, [](const auto&) {});
  EXPECT_EQ(LastOf(oversight_).action, AuditAction::kInvalidate);
  EXPECT_EQ(LastOf(oversight_).version, 7);
  EXPECT_EQ(LastOf(oversight_).error, base::Reason::kNotAllowed);
  guarded_.Unlatch(call_, {"vtiger", "crm"}, [](const auto&) {});
  EXPECT_EQ(LastOf(oversight_).action, AuditAction::kUnlatch);
  EXPECT_EQ(LastOf(oversight_).error, base::Reason::kNotAllowed);
}

TEST_F(GuardedSessionsTest, WithoutTheAuditLogNothingIsHandedOutAndNoLoginBegins) {
  ASSERT_THAT(Get({"vtiger", "crm"}), IsOk());
  oversight_.audit.SetAvailable(false);
  EXPECT_THAT(guarded_.TryGet(call_, {"vtiger", "crm"}, kAny),
              HasReason(base::Reason::kAuditUnavailable));
  EXPECT_THAT(Get({"vtiger", "crm"}), HasReason(base::Reason::kAuditUnavailable));
  EXPECT_THAT(Get({"vtiger", "none"}), HasReason(base::Reason::kAuditUnavailable));
  EXPECT_EQ(harness_.authenticator.logins(), 1u);
  oversight_.audit.SetAvailable(true);
  EXPECT_THAT(Get({"vtiger", "crm"}), IsOk());
}

TEST_F(GuardedSessionsTest, ASessionThatCameTooLateForTheAuditLogIsNotHandedOut) {
  absl::StatusOr<SessionPtr> answer = absl::UnknownError("no answer");
  guarded_.Get(call_, {"vtiger", "crm"}, kAny,
               [&](absl::StatusOr<SessionPtr> result) { answer = std::move(result); });
  oversight_.audit.SetAvailable(false);
  harness_.scheduler.RunReady();
  EXPECT_THAT(answer, HasReason(base::Reason::kAuditUnavailable));
}

TEST_F(GuardedSessionsTest, WhatChangesSomethingLeavesALineThatSaysWhat) {
  policy_.Set(Policy::Create(
                  {{{"loopback"}, {"*/*"}, {Action::kGet, Action::kInvalidate, Action::kOperate}}})
                  .value());
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr session, Get({"vtiger", "crm"}));
  for (const char* detail : {"invalidated", "stale version"}) {
    guarded_.Report(call_, {"vtiger", "crm"}, session->version, [](const auto&) {});
    harness_.scheduler.RunReady();
    EXPECT_EQ(LastOf(oversight_).action, AuditAction::kInvalidate);
    EXPECT_EQ(LastOf(oversight_).version, session->version);
    EXPECT_EQ(LastOf(oversight_).detail, detail);
  }
  guarded_.Unlatch(call_, {"vtiger", "crm"}, [](const auto&) {});
  harness_.scheduler.RunReady();
  EXPECT_EQ(LastOf(oversight_).action, AuditAction::kUnlatch);
  EXPECT_EQ(LastOf(oversight_).detail, "was neither");
}

// A caller's calls against limits that are soon reached.
class QuotaTest : public ::testing::Test {
 protected:
  void Make(const CallerLimits& limits) {
    oversight_ = std::make_unique<testing::TestOversight>(limits);
    guarded_ =
        std::make_unique<GuardedSessions>(&policy_, harness_.manager.get(), oversight_->Get());
  }

  GuardedSessions::PendingGet Ask(const char* account, absl::StatusOr<SessionPtr>* answer) {
    return guarded_->Get(
        call_, {"vtiger", account}, kAny,
        [answer](absl::StatusOr<SessionPtr> result) { *answer = std::move(result); });
  }

  const Call call_{};
  ManagerHarness harness_{
      {AccountNamed("vtiger", "a"), AccountNamed("vtiger", "b"), AccountNamed("vtiger", "c")}};
  PolicyHolder policy_{
      Policy::Create({{{"loopback"}, {"*/*"}, {Action::kGet, Action::kInvalidate}}}).value()};
  std::unique_ptr<testing::TestOversight> oversight_;
  std::unique_ptr<GuardedSessions> guarded_;
};

TEST_F(QuotaTest, CallsThatAreForbiddenCountAsWell) {
  Make({.calls_per_second = 2});
  guarded_->TryGet(call_, {"vtiger", "a"}, kAny).IgnoreError();
  policy_.Set(PolicyOf({}, {}));
  EXPECT_THAT(guarded_->TryGet(call_, {"vtiger", "a"}, kAny), HasReason(base::Reason::kNotAllowed));
  EXPECT_THAT(guarded_->TryGet(call_, {"vtiger", "a"}, kAny),
              HasReason(base::Reason::kCallerQuota));
  EXPECT_EQ(LastOf(*oversight_).error, base::Reason::kCallerQuota);
  EXPECT_THAT(guarded_->List(call_, {}), HasReason(base::Reason::kCallerQuota));
}

TEST_F(QuotaTest, ACallThatWaitsHasAPlaceUntilItIsAnsweredOrGivesUp) {
  Make({.calls_in_flight = 1});
  absl::StatusOr<SessionPtr> first = absl::UnknownError("no answer");
  absl::StatusOr<SessionPtr> second = first;
  GuardedSessions::PendingGet pending = Ask("a", &first);
  Ask("b", &second);
  EXPECT_THAT(second, HasReason(base::Reason::kCallerQuota));
  EXPECT_TRUE(pending.GiveUp());
  harness_.scheduler.RunReady();
  Ask("b", &second);
  harness_.scheduler.RunReady();
  EXPECT_THAT(second, IsOk());
  Ask("a", &first);
  harness_.scheduler.RunReady();
  EXPECT_THAT(first, IsOk());
}

TEST_F(QuotaTest, OnlyWhoCausesALoginUsesUpLogins) {
  Make({.logins_per_hour = 1});
  std::vector<absl::StatusOr<SessionPtr>> answers(3, absl::UnknownError("no answer"));
  Ask("a", &answers[0]);
  Ask("a", &answers[1]);
  harness_.scheduler.RunReady();
  EXPECT_THAT(answers[0], IsOk());
  EXPECT_THAT(answers[1], IsOk()) << "it joins the login of the first";
  Ask("b", &answers[2]);
  harness_.scheduler.RunReady();
  EXPECT_THAT(answers[2], HasReason(base::Reason::kCallerQuota));
  EXPECT_EQ(harness_.authenticator.logins(), 1u);
  Ask("a", &answers[2]);
  EXPECT_THAT(answers[2], IsOk()) << "a session in hand costs nothing";
  absl::StatusOr<sessions::SessionKeeper::Reported> reported = absl::UnknownError("no answer");
  guarded_->Report(call_, {"vtiger", "a"}, (*answers[0])->version,
                   [&](absl::StatusOr<sessions::SessionKeeper::Reported> result) {
                     reported = std::move(result);
                   });
  harness_.scheduler.RunReady();
  EXPECT_THAT(reported, HasReason(base::Reason::kCallerQuota)) << "a report makes logins, too";
  oversight_->clock.Advance(absl::Hours(1));
  Ask("b", &answers[2]);
  harness_.scheduler.RunReady();
  EXPECT_THAT(answers[2], IsOk());
}

TEST_F(QuotaTest, ARenewalIsNobodysLogin) {
  Make({.logins_per_hour = 1});
  absl::StatusOr<SessionPtr> answer = absl::UnknownError("no answer");
  Ask("a", &answer);
  harness_.scheduler.RunReady();
  ASSERT_THAT(answer, IsOk());
  harness_.clock.Advance(absl::Seconds(950));  // The last 60 s of 970.
  Ask("a", &answer);
  harness_.scheduler.RunReady();
  EXPECT_THAT(answer, IsOk());
  EXPECT_EQ(harness_.authenticator.logins(), 2u);
}

std::vector<std::string> Names(const ListPage& page) {
  std::vector<std::string> names;
  for (const auto& account : page.accounts) names.push_back(account.id.ToString());
  return names;
}

// vtiger/0000, vtiger/0001, …
Accounts NumberedAccounts(int count) {
  Accounts accounts;
  for (int i = 0; i < count; ++i) {
    accounts.push_back(AccountNamed("vtiger", absl::StrFormat("%04d", i)));
  }
  return accounts;
}

struct Broker {
  Broker(Accounts accounts, std::vector<std::string> may_list)
      : harness(std::move(accounts)), policy(PolicyOf({}, std::move(may_list))) {}

  absl::StatusOr<ListPage> List(std::string provider, int32_t page_size,
                                std::string page_token = "") {
    return guarded.List(Call(), {.provider = std::move(provider),
                                 .page_size = page_size,
                                 .page_token = std::move(page_token)});
  }

  ManagerHarness harness;
  PolicyHolder policy;
  testing::TestOversight oversight;
  GuardedSessions guarded{&policy, harness.manager.get(), oversight.Get()};
};

TEST(ListTest, ShowsWhatTheCallerMaySeeAndNothingElse) {
  Broker broker({AccountNamed("vtiger", "crm"), AccountNamed("abms", "main"),
                 AccountNamed("vtiger", "shop"), AccountNamed("tipmoto", "crm")},
                {"vtiger/*", "*/main"});
  SB_ASSERT_OK_AND_ASSIGN(const ListPage all, broker.List("", 0));
  EXPECT_THAT(Names(all), ElementsAre("abms/main", "vtiger/crm", "vtiger/shop"));
  SB_ASSERT_OK_AND_ASSIGN(const ListPage vtiger, broker.List("vtiger", 0));
  EXPECT_THAT(Names(vtiger), ElementsAre("vtiger/crm", "vtiger/shop"));
  SB_ASSERT_OK_AND_ASSIGN(const ListPage tipmoto, broker.List("tipmoto", 0));
  EXPECT_THAT(Names(tipmoto), IsEmpty());
}

TEST(ListTest, PageSizesAreDefaultedCappedAndChecked) {
  Broker broker(NumberedAccounts(1002), {"*/*"});
  const struct {
    int32_t page_size;
    std::size_t expected;
  } kCases[] = {{0, 100}, {1, 1}, {100, 100}, {1000, 1000}, {1001, 1000}, {2147483647, 1000}};
  for (const auto& c : kCases) {
    SB_ASSERT_OK_AND_ASSIGN(const ListPage page, broker.List("", c.page_size));
    EXPECT_EQ(page.accounts.size(), c.expected) << c.page_size;
    EXPECT_NE(page.next_page_token, "") << c.page_size;
  }
  EXPECT_THAT(broker.List("", -1), HasReason(base::Reason::kInvalidArgument));
}

TEST(ListTest, PagesShowEachAccountOnceAndEndWithoutAToken) {
  for (const int count : {0, 1, 2, 3, 4, 5, 6, 7}) {
    Broker broker(NumberedAccounts(count), {"*/*"});
    std::vector<std::string> seen;
    std::string page_token;
    int pages = 0;
    do {
      SB_ASSERT_OK_AND_ASSIGN(const ListPage page, broker.List("", 3, page_token));
      for (const std::string& name : Names(page)) seen.push_back(name);
      page_token = page.next_page_token;
      ++pages;
    } while (!page_token.empty());
    std::vector<std::string> expected;
    for (int i = 0; i < count; ++i) expected.push_back(absl::StrFormat("vtiger/%04d", i));
    EXPECT_EQ(seen, expected);
    EXPECT_EQ(pages, std::max(1, (count + 2) / 3)) << count;
  }
}

TEST(ListTest, FullPagesThoughMostAccountsAreHidden) {
  Broker broker(NumberedAccounts(40), {"vtiger/*0"});
  SB_ASSERT_OK_AND_ASSIGN(const ListPage page, broker.List("", 3));
  EXPECT_THAT(Names(page), ElementsAre("vtiger/0000", "vtiger/0010", "vtiger/0020"));
  SB_ASSERT_OK_AND_ASSIGN(const ListPage last, broker.List("", 3, page.next_page_token));
  EXPECT_THAT(Names(last), ElementsAre("vtiger/0030"));
  EXPECT_EQ(last.next_page_token, "");
}

TEST(ListTest, GoesOnRightlyThoughAccountsCameAndWent) {
  Broker before(
      {AccountNamed("vtiger", "b"), AccountNamed("vtiger", "d"), AccountNamed("vtiger", "f")},
      {"*/*"});
  SB_ASSERT_OK_AND_ASSIGN(const ListPage first, before.List("", 2));
  ASSERT_THAT(Names(first), ElementsAre("vtiger/b", "vtiger/d"));
  // "d", where the page ended, has gone; "a", "c", "e" have come.
  Broker after(
      {AccountNamed("vtiger", "a"), AccountNamed("vtiger", "b"), AccountNamed("vtiger", "c"),
       AccountNamed("vtiger", "e"), AccountNamed("vtiger", "f")},
      {"*/*"});
  SB_ASSERT_OK_AND_ASSIGN(const ListPage second, after.List("", 0, first.next_page_token));
  EXPECT_THAT(Names(second), ElementsAre("vtiger/e", "vtiger/f"));
}

TEST(ListTest, RightsAreCheckedAnewForEveryPage) {
  Broker open(NumberedAccounts(5), {"*/*"});
  SB_ASSERT_OK_AND_ASSIGN(const ListPage first, open.List("", 2));
  Broker closed(NumberedAccounts(5), {"vtiger/0004"});
  SB_ASSERT_OK_AND_ASSIGN(const ListPage second, closed.List("", 0, first.next_page_token));
  EXPECT_THAT(Names(second), ElementsAre("vtiger/0004"));
}

TEST(ListTest, ATokenOfAnotherListIsRefused) {
  Broker broker(NumberedAccounts(5), {"*/*"});
  SB_ASSERT_OK_AND_ASSIGN(const ListPage page, broker.List("", 2));
  EXPECT_THAT(broker.List("vtiger", 0, page.next_page_token),
              HasReason(base::Reason::kInvalidArgument));
  EXPECT_THAT(broker.List("", 0, "garbage"), HasReason(base::Reason::kInvalidArgument));
}

}  // namespace
}  // namespace sessionbroker::access
