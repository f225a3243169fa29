#include "service/base/clock.h"

#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "service/base/system_clock.h"
#include "tests/testing/fake_clock.h"

namespace sessionbroker::base {
namespace {

TEST(BootTimeTest, ArithmeticIsThatOfDurations) {
  const BootTime hour(absl::Hours(1));
  EXPECT_EQ(hour + absl::Minutes(1), BootTime(absl::Minutes(61)));
  EXPECT_EQ(hour - absl::Minutes(1), BootTime(absl::Minutes(59)));
  EXPECT_EQ((hour + absl::Seconds(5)) - hour, absl::Seconds(5));
  EXPECT_LT(hour, hour + absl::Nanoseconds(1));
  EXPECT_LE(hour, hour);
  EXPECT_GT(BootTime::InfiniteFuture(), hour + absl::Hours(1'000'000));
}

TEST(SystemClockTest, WallTimeIsTheMachines) {
  const SystemClock clock;
  const absl::Time before = absl::Now();
  const absl::Time now = clock.WallNow();
  EXPECT_GE(now, before);
  EXPECT_LE(now, absl::Now());
}

TEST(SystemClockTest, BootIsNamedByOneWordThatStays) {
  EXPECT_EQ(BootId().size(), 36u) << "a UUID";
  EXPECT_EQ(BootId(), BootId());
}

TEST(SystemClockTest, BootTimeNeverGoesBack) {
  const SystemClock clock;
  BootTime last = clock.BootNow();
  EXPECT_GT(last.since_boot(), absl::ZeroDuration());
  for (int i = 0; i < 1000; ++i) {
    const BootTime now = clock.BootNow();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(FakeClockTest, AdvanceMovesBothClocksAndAStepOnlyTheWall) {
  testing::FakeClock clock;
  const absl::Time wall = clock.WallNow();
  const BootTime boot = clock.BootNow();
  clock.Advance(absl::Minutes(2));
  clock.StepWall(-absl::Hours(1));
  EXPECT_EQ(clock.WallNow() - wall, absl::Minutes(2) - absl::Hours(1));
  EXPECT_EQ(clock.BootNow() - boot, absl::Minutes(2));
}

}  // namespace
}  // namespace sessionbroker::base
