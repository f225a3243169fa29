#include "service/sessions/login_budget.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "absl/time/time.h"
#include "tests/sessions/moments.h"

namespace sessionbroker::sessions {
namespace {

constexpr LoginKind kFirst = LoginKind::kFirst;
constexpr LoginKind kRenewal = LoginKind::kRenewal;

// A budget of which so many of each kind were spent at `at`.
LoginBudget Spent(int first, int renewals, base::BootTime at = kNow) {
  LoginBudget budget;
  for (int i = 0; i < first; ++i) EXPECT_TRUE(budget.TrySpend(kFirst, at, {}));
  for (int i = 0; i < renewals; ++i) EXPECT_TRUE(budget.TrySpend(kRenewal, at, {}));
  return budget;
}

TEST(LoginBudgetTest, TenOfThirtyAreKeptForRenewals) {
  const struct {
    int first;
    int renewals;
    bool first_allowed;
    bool renewal_allowed;
  } kCases[] = {
      {0, 0, true, true},   {19, 0, true, true},    {20, 0, false, true},   {19, 10, true, true},
      {20, 9, false, true}, {20, 10, false, false}, {10, 19, true, true},   {10, 20, false, false},
      {0, 29, true, true},  {0, 30, false, false},  {19, 11, false, false},
  };
  for (const auto& c : kCases) {
    LoginBudget budget = Spent(c.first, c.renewals);
    EXPECT_EQ(budget.NextAllowed(kFirst, kNow, {}) == kNow, c.first_allowed)
        << c.first << " and " << c.renewals;
    EXPECT_EQ(budget.NextAllowed(kRenewal, kNow, {}) == kNow, c.renewal_allowed)
        << c.first << " and " << c.renewals;
    EXPECT_EQ(LoginBudget(budget).TrySpend(kFirst, kNow, {}), c.first_allowed);
    EXPECT_EQ(LoginBudget(budget).TrySpend(kRenewal, kNow, {}), c.renewal_allowed);
  }
}

TEST(LoginBudgetTest, ALoginCountsUntilExactlyAnHourLater) {
  LoginBudget budget = Spent(20, 10);
  const base::BootTime freed = kNow + absl::Hours(1);
  EXPECT_EQ(budget.NextAllowed(kFirst, kNow, {}), freed);
  EXPECT_EQ(budget.NextAllowed(kRenewal, kNow + absl::Minutes(30), {}), freed);
  EXPECT_FALSE(budget.TrySpend(kFirst, freed - kTick, {}));
  EXPECT_TRUE(budget.TrySpend(kFirst, freed, {}));
}

TEST(LoginBudgetTest, TheNextTimeIsWhenEnoughHaveLeftTheWindow) {
  LoginBudget budget = Spent(20, 0, kNow);
  const base::BootTime later = kNow + absl::Minutes(10);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(budget.TrySpend(kRenewal, later, {}));
  EXPECT_EQ(budget.NextAllowed(kFirst, later, {}), kNow + absl::Hours(1));
  // With a limit of 10 the renewals have to go too.
  const LoginBudgetPolicy small = {.limit = 10, .for_renewals = 0};
  EXPECT_EQ(budget.NextAllowed(kFirst, later, small), later + absl::Hours(1));
}

TEST(LoginBudgetTest, ARefusedLoginIsNotCounted) {
  LoginBudget budget = Spent(20, 10);
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(budget.TrySpend(kRenewal, kNow + absl::Minutes(59), {}));
  }
  EXPECT_TRUE(budget.TrySpend(kRenewal, kNow + absl::Hours(1), {}));
}

TEST(LoginBudgetTest, APolicyWithoutRoomNeverAllows) {
  const struct {
    const char* name;
    LoginBudgetPolicy policy;
    LoginKind kind;
  } kCases[] = {
      {"no logins", {.limit = 0, .for_renewals = 0}, kRenewal},
      {"all for renewals", {.limit = 5, .for_renewals = 5}, kFirst},
      {"more than all for renewals", {.limit = 5, .for_renewals = 6}, kFirst},
  };
  for (const auto& c : kCases) {
    LoginBudget budget;
    EXPECT_EQ(budget.NextAllowed(c.kind, kNow, c.policy), base::BootTime::InfiniteFuture())
        << c.name;
    EXPECT_FALSE(budget.TrySpend(c.kind, kNow, c.policy)) << c.name;
  }
}

TEST(LoginBudgetTest, NoWindowEverHoldsMoreThanTheBudgetAndTheNextTimeIsKept) {
  constexpr LoginBudgetPolicy kPolicy = {
      .limit = 6, .for_renewals = 2, .window = absl::Seconds(60)};
  std::mt19937 random(20261122);
  LoginBudget budget;
  std::vector<base::BootTime> all;
  std::vector<base::BootTime> first;
  base::BootTime now = kNow;
  for (int i = 0; i < 5000; ++i) {
    now = now + absl::Seconds(random() % 12);
    const LoginKind kind = random() % 3 == 0 ? kRenewal : kFirst;
    const base::BootTime next = budget.NextAllowed(kind, now, kPolicy);
    const bool spent = budget.TrySpend(kind, now, kPolicy);
    ASSERT_EQ(spent, next == now);
    if (!spent) {
      ASSERT_FALSE(LoginBudget(budget).TrySpend(kind, next - kTick, kPolicy));
      ASSERT_TRUE(LoginBudget(budget).TrySpend(kind, next, kPolicy));
      continue;
    }
    all.push_back(now);
    if (kind == kFirst) first.push_back(now);
    if (all.size() > 6) {
      ASSERT_GE(now - all[all.size() - 7], kPolicy.window);
    }
    if (first.size() > 4) {
      ASSERT_GE(now - first[first.size() - 5], kPolicy.window);
    }
  }
  EXPECT_GT(all.size(), 500u);
}

TEST(LoginBudgetTest, CountsOnAsItWasKeptInWhateverOrder) {
  constexpr LoginBudgetPolicy kTwo = {.limit = 2, .for_renewals = 0, .window = absl::Seconds(60)};
  LoginBudget kept({{kNow, kRenewal}, {kNow - absl::Seconds(20), kFirst}});
  EXPECT_EQ(kept.NextAllowed(kFirst, kNow, kTwo), kNow + absl::Seconds(40));
  EXPECT_EQ(kept.spent().front().kind, kFirst);
  EXPECT_TRUE(kept.TrySpend(kFirst, kNow + absl::Seconds(40), kTwo));
  EXPECT_EQ(LoginBudget(kept.spent()).NextAllowed(kFirst, kNow + absl::Seconds(40), kTwo),
            kNow + absl::Seconds(60));
}

TEST(LoginBudgetTest, ForgetsExactlyWhatDoesNotCountAnyMore) {
  LoginBudget budget = Spent(2, 1);
  budget.Forget(kNow + absl::Hours(1) - kTick, {});
  EXPECT_EQ(budget.spent().size(), 3u);
  budget.Forget(kNow + absl::Hours(1), {});
  EXPECT_TRUE(budget.spent().empty());
}

}  // namespace
}  // namespace sessionbroker::sessions
