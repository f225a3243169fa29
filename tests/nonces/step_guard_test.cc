#include "service/nonces/step_guard.h"

#include <gtest/gtest.h>

#include "tests/testing/fake_clock.h"

namespace sessionbroker::nonces {
namespace {

class StepGuardTest : public ::testing::Test {
 protected:
  absl::Duration Error() {
    return guard_.Believe(clock_.WallNow(), clock_.BootNow()) - clock_.WallNow();
  }

  testing::FakeClock clock_;
  StepGuard guard_;
};

TEST_F(StepGuardTest, ClockThatGoesIsBelieved) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(Error(), absl::ZeroDuration());
    clock_.Advance(absl::Hours(30));
  }
}

TEST_F(StepGuardTest, SmallStepAndEveryStepBackAreBelieved) {
  for (const absl::Duration step :
       {absl::Hours(1), -absl::Seconds(1), -absl::Hours(1), -absl::Hours(24), absl::Minutes(59)}) {
    EXPECT_EQ(Error(), absl::ZeroDuration());
    clock_.StepWall(step);
    EXPECT_EQ(Error(), absl::ZeroDuration()) << step;
  }
}

TEST_F(StepGuardTest, JumpAheadIsNotBelievedAndForgottenOnceItIsTakenBack) {
  Error();
  clock_.StepWall(absl::Hours(24));
  EXPECT_EQ(Error(), -absl::Hours(24));
  clock_.Advance(absl::Minutes(59));
  EXPECT_EQ(Error(), -absl::Hours(24));
  clock_.StepWall(-absl::Hours(24));
  EXPECT_EQ(Error(), absl::ZeroDuration());
  // The hour begins anew with the next jump.
  clock_.StepWall(absl::Hours(24));
  EXPECT_EQ(Error(), -absl::Hours(24));
  clock_.Advance(absl::Minutes(59));
  EXPECT_EQ(Error(), -absl::Hours(24));
}

TEST_F(StepGuardTest, JumpThatStaysIsACorrection) {
  Error();
  clock_.StepWall(absl::Hours(24 * 365 * 50));
  EXPECT_LT(Error(), absl::ZeroDuration());
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(Error(), absl::ZeroDuration());
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Error(), absl::ZeroDuration());
}

}  // namespace
}  // namespace sessionbroker::nonces
