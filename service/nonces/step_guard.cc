#include "service/nonces/step_guard.h"

namespace sessionbroker::nonces {

absl::Time StepGuard::Believe(absl::Time wall, base::BootTime boot) {
  const absl::Time expected = believed_ + (boot - believed_at_);
  const bool jumped = started_ && wall > expected + kTolerance;
  if (jumped && !ahead_) ahead_since_ = boot;
  ahead_ = jumped;
  if (jumped && boot - ahead_since_ < kDistrust) return expected;
  started_ = true;
  ahead_ = false;
  believed_ = wall;
  believed_at_ = boot;
  return wall;
}

}  // namespace sessionbroker::nonces
