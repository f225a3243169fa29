#include "service/access/guarded_watches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "tests/sessions/manager_harness.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/test_oversight.h"

namespace sessionbroker::access {
namespace {

using ::sessionbroker::sessions::AccountNamed;
using ::sessionbroker::sessions::ManagerHarness;
using ::sessionbroker::testing::HasReason;
using ::sessionbroker::testing::IsOk;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Policy Watching(std::vector<std::string> accounts) {
  return Policy::Create({{{"loopback"}, std::move(accounts), {Action::kWatch}}}).value();
}

class GuardedWatchesTest : public ::testing::Test {
 protected:
  // Takes whatever there is whenever it is woken.
  struct Reader {
    void Read() {
      while (auto taken = watch->Take()) {
        if (!taken->ok()) {
          end = taken->status();
          return;
        }
        messages.push_back(***taken);
      }
    }

    std::shared_ptr<GuardedWatch> watch;
    std::vector<std::string> messages;
    absl::Status end;
  };

  std::unique_ptr<Reader> Watch(base::AccountIdView id) {
    auto reader = std::make_unique<Reader>();
    auto watch = watches_.Open(call_, id, [reader = reader.get()] { reader->Read(); });
    EXPECT_THAT(watch, IsOk());
    reader->watch = *std::move(watch);
    reader->Read();
    harness_.scheduler.RunReady();
    return reader;
  }

  // As a reload does.
  void SetRules(std::vector<std::string> accounts) {
    policy_.Set(Watching(std::move(accounts)));
    watches_.Recheck();
    harness_.scheduler.RunReady();
  }

  void ReplaceSessionOf(base::AccountIdView id) {
    const auto session = harness_.manager->TryGet(id, absl::ZeroDuration());
    ASSERT_NE(session, nullptr);
    harness_.manager->Report("caller", id, session->version, [](const auto&) {});
    harness_.scheduler.RunReady();
  }

  Call call_;
  const base::AccountId crm_{"vtiger", "crm"};
  const base::AccountId shop_{"vtiger", "shop"};
  ManagerHarness harness_{{AccountNamed("vtiger", "crm"), AccountNamed("vtiger", "shop")}};
  PolicyHolder policy_{Watching({"vtiger/*"})};
  testing::TestOversight oversight_{{.streams = 2}};
  GuardedWatches watches_{&policy_, harness_.manager.get(), &harness_.clock, &harness_.scheduler,
                          oversight_.Get()};
};

TEST_F(GuardedWatchesTest, WhatARuleAllowsIsShownInTheBytesThatAllShare) {
  const auto one = Watch(crm_);
  const auto other = Watch(crm_);
  const auto session = harness_.manager->TryGet(crm_, absl::ZeroDuration());
  ASSERT_NE(session, nullptr);
  ASSERT_THAT(one->messages, SizeIs(1));
  EXPECT_EQ(one->messages[0], session->encoded);
  EXPECT_EQ(other->messages, one->messages);
}

TEST_F(GuardedWatchesTest, WhatNoRuleAllowsCausesNothingWhetherItExistsOrNot) {
  policy_.Set(Watching({"abms/*"}));
  for (const char* account : {"crm", "none"}) {
    const auto refused = watches_.Open(call_, {"vtiger", account}, [] {});
    EXPECT_THAT(refused, HasReason(base::Reason::kNotAllowed));
    EXPECT_EQ(refused.status().message(),
              absl::StrCat("no rule allows loopback to watch vtiger/", account));
  }
  harness_.scheduler.RunReady();
  EXPECT_EQ(harness_.authenticator.logins(), 0u);
}

TEST_F(GuardedWatchesTest, TheRightToGetIsNotTheRightToWatch) {
  policy_.Set(Policy::Create({{{"loopback"}, {"vtiger/*"}, {Action::kGet}}}).value());
  EXPECT_THAT(watches_.Open(call_, crm_, [] {}), HasReason(base::Reason::kNotAllowed));
}

TEST_F(GuardedWatchesTest, WithRightsAnUnknownAccountIsTheEnd) {
  EXPECT_THAT(Watch({"vtiger", "none"})->end, HasReason(base::Reason::kAccountUnknown));
}

TEST_F(GuardedWatchesTest, OtherRulesEndTheWatchesThatTheyDoNotAllow) {
  const auto crm = Watch(crm_);
  const auto shop = Watch(shop_);
  SetRules({"vtiger/shop"});
  EXPECT_THAT(crm->end, HasReason(base::Reason::kNotAllowed));
  EXPECT_THAT(shop->end, IsOk());
  ReplaceSessionOf(crm_);
  ReplaceSessionOf(shop_);
  EXPECT_THAT(crm->messages, SizeIs(1));
  EXPECT_THAT(shop->messages, SizeIs(2));
}

TEST_F(GuardedWatchesTest, NothingIsHandedOutByOldRulesThoughTheWatchesWereNotGoneThroughYet) {
  const auto crm = Watch(crm_);
  policy_.Set(Watching({"vtiger/shop"}));
  ReplaceSessionOf(crm_);
  EXPECT_THAT(crm->messages, SizeIs(1));
  EXPECT_THAT(crm->end, HasReason(base::Reason::kNotAllowed));
}

TEST_F(GuardedWatchesTest, OneThatOpensAmidAChangeOfRulesGoesByTheNewOnes) {
  const auto watch = watches_.Open(call_, crm_, [] {});
  ASSERT_THAT(watch, IsOk());
  policy_.Set(Watching({"vtiger/shop"}));
  const auto taken = (*watch)->Take();
  ASSERT_TRUE(taken.has_value());
  EXPECT_THAT(*taken, HasReason(base::Reason::kNotAllowed));
}

TEST_F(GuardedWatchesTest, ItEndsWhenWhatTheCallerHasShownExpires) {
  call_.valid_until = harness_.clock.WallNow() + absl::Seconds(60);
  const auto reader = Watch(crm_);
  harness_.scheduler.Advance(absl::Seconds(60) - absl::Nanoseconds(1));
  EXPECT_THAT(reader->end, IsOk());
  harness_.scheduler.Advance(absl::Nanoseconds(1));
  EXPECT_THAT(reader->end, HasReason(base::Reason::kUnauthenticated));
  EXPECT_EQ(oversight_.audit.records().back().error, base::Reason::kUnauthenticated);
}

TEST_F(GuardedWatchesTest, NothingIsHandedOutToWhoHasExpiredThoughTheTimerIsLate) {
  call_.valid_until = harness_.clock.WallNow() + absl::Seconds(60);
  const auto watch = watches_.Open(call_, crm_, [] {});
  ASSERT_THAT(watch, IsOk());
  harness_.clock.Advance(absl::Seconds(60));
  const auto taken = (*watch)->Take();
  ASSERT_TRUE(taken.has_value());
  EXPECT_THAT(*taken, HasReason(base::Reason::kUnauthenticated));
}

TEST_F(GuardedWatchesTest, EachSessionThatGoesToACallerLeavesALine) {
  const auto reader = Watch(crm_);
  ReplaceSessionOf(crm_);
  const std::vector<AuditRecord> records = oversight_.audit.records();
  ASSERT_THAT(records, SizeIs(2));
  for (const AuditRecord& record : records) {
    EXPECT_EQ(record.action, AuditAction::kWatch);
    EXPECT_EQ(record.account, "crm");
    EXPECT_EQ(record.error, std::nullopt);
  }
  EXPECT_LT(records[0].version, records[1].version);
}

TEST_F(GuardedWatchesTest, ASessionThatWouldLeaveNoLineIsNotHandedOut) {
  const auto reader = Watch(crm_);
  oversight_.audit.SetAvailable(false);
  ReplaceSessionOf(crm_);
  EXPECT_THAT(reader->messages, SizeIs(1));
  EXPECT_THAT(reader->end, HasReason(base::Reason::kAuditUnavailable));
  EXPECT_THAT(watches_.Open(call_, crm_, [] {}), HasReason(base::Reason::kAuditUnavailable));
}

TEST_F(GuardedWatchesTest, ACallerHasSoManyStreamsAndAPlaceIsFreeAgainOnceOneCloses) {
  auto one = Watch(crm_);
  const auto other = Watch(crm_);
  EXPECT_THAT(watches_.Open(call_, crm_, [] {}), HasReason(base::Reason::kCallerQuota));
  one = nullptr;
  EXPECT_THAT(watches_.Open(call_, crm_, [] {}), IsOk());
}

TEST_F(GuardedWatchesTest, ClosedOnesAreForgotten) {
  auto reader = Watch(crm_);
  reader = nullptr;
  SetRules({"vtiger/shop"});
  EXPECT_EQ(harness_.authenticator.logins(), 1u);
}

}  // namespace
}  // namespace sessionbroker::access
