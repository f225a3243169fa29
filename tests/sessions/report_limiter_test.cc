#include "service/sessions/report_limiter.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "tests/sessions/moments.h"

namespace sessionbroker::sessions {
namespace {

const base::AccountId kMain{.provider = "vtiger", .account = "main"};
const base::AccountId kOther{.provider = "vtiger", .account = "other"};

TEST(ReportLimiterTest, FivePassAtOnceThenOneEachTenSeconds) {
  ReportLimiter limiter{ReportPolicy()};
  const struct {
    absl::Duration at;
    absl::Duration wait;
  } kCases[] = {
      {absl::ZeroDuration(), absl::ZeroDuration()}, {absl::ZeroDuration(), absl::ZeroDuration()},
      {absl::ZeroDuration(), absl::ZeroDuration()}, {absl::ZeroDuration(), absl::ZeroDuration()},
      {absl::ZeroDuration(), absl::ZeroDuration()}, {absl::ZeroDuration(), absl::Seconds(10)},
      {absl::Seconds(4), absl::Seconds(6)},         {absl::Seconds(10) - kTick, kTick},
      {absl::Seconds(10), absl::ZeroDuration()},    {absl::Seconds(10), absl::Seconds(10)},
      {absl::Seconds(30), absl::ZeroDuration()},    {absl::Seconds(30), absl::ZeroDuration()},
      {absl::Seconds(30), absl::Seconds(10)},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(limiter.Take("crm-sync", kMain, kNow + c.at), c.wait) << c.at;
  }
}

TEST(ReportLimiterTest, ALongSilenceGivesBackOneBurstAndNoMore) {
  ReportLimiter limiter{ReportPolicy()};
  for (const base::BootTime now : {kNow, kNow + absl::Hours(24)}) {
    for (int i = 0; i < 5; ++i) {
      EXPECT_EQ(limiter.Take("crm-sync", kMain, now), absl::ZeroDuration());
    }
    EXPECT_EQ(limiter.Take("crm-sync", kMain, now), absl::Seconds(10));
  }
}

TEST(ReportLimiterTest, EachPairOfCallerAndAccountHasItsOwn) {
  ReportLimiter limiter({.burst = 1});
  EXPECT_EQ(limiter.Take("one", kMain, kNow), absl::ZeroDuration());
  EXPECT_EQ(limiter.Take("one", kMain, kNow), absl::Seconds(10));
  EXPECT_EQ(limiter.Take("one", kOther, kNow), absl::ZeroDuration());
  EXPECT_EQ(limiter.Take("two", kMain, kNow), absl::ZeroDuration());
}

TEST(ReportLimiterTest, PairsThatHaveTheirBurstBackAreForgotten) {
  ReportLimiter limiter{ReportPolicy()};
  for (int i = 0; i < 100; ++i) limiter.Take(absl::StrCat("caller-", i), kMain, kNow);
  EXPECT_EQ(limiter.size(), 100u);
  limiter.Take("late", kMain, kNow + absl::Seconds(50));
  EXPECT_EQ(limiter.size(), 1u);
}

TEST(ReportLimiterTest, APairWhoseBurstIsSpentIsNotForgotten) {
  ReportLimiter limiter{ReportPolicy()};
  limiter.Take("early", kOther, kNow);
  for (int i = 0; i < 5; ++i) limiter.Take("crm-sync", kMain, kNow + absl::Seconds(49));
  EXPECT_EQ(limiter.Take("crm-sync", kMain, kNow + absl::Seconds(50)), absl::Seconds(9));
}

TEST(ReportLimiterTest, AFloodOfNewCallersIsBoundedAndPassesOnceOthersAreForgotten) {
  ReportLimiter limiter({.burst = 2, .every = absl::Seconds(10), .max_pairs = 3});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(limiter.Take(absl::StrCat("caller-", i), kMain, kNow), absl::ZeroDuration());
  }
  EXPECT_EQ(limiter.Take("new", kMain, kNow + absl::Seconds(5)), absl::Seconds(15));
  EXPECT_EQ(limiter.size(), 3u);
  // Those who are known are not affected.
  EXPECT_EQ(limiter.Take("caller-0", kMain, kNow + absl::Seconds(5)), absl::ZeroDuration());
  EXPECT_EQ(limiter.Take("new", kMain, kNow + absl::Seconds(20)), absl::ZeroDuration());
}

}  // namespace
}  // namespace sessionbroker::sessions
