#ifndef SESSIONBROKER_SERVICE_NONCES_STEP_GUARD_H_
#define SESSIONBROKER_SERVICE_NONCES_STEP_GUARD_H_

#include "absl/time/time.h"
#include "service/base/clock.h"

namespace sessionbroker::nonces {

// Wall time for nonces, not taken in by a clock that jumps ahead: values that follow it could not
// come back. A wall clock that is suddenly more than an hour ahead of where CLOCK_BOOTTIME says it
// should be is not believed for an hour; if it stays there, it was corrected and is believed. A
// step back is believed at once: sequences do not step back with it. Thread-compatible.
class StepGuard {
 public:
  static constexpr absl::Duration kTolerance = absl::Hours(1);
  static constexpr absl::Duration kDistrust = absl::Hours(1);

  // The time to use, of both clocks' readings at one moment. `boot` never falls.
  absl::Time Believe(absl::Time wall, base::BootTime boot);

 private:
  bool started_ = false;
  // The reading that is believed, and when it was taken.
  absl::Time believed_;
  base::BootTime believed_at_;
  // Since when the wall clock is ahead.
  bool ahead_ = false;
  base::BootTime ahead_since_;
};

}  // namespace sessionbroker::nonces

#endif  // SESSIONBROKER_SERVICE_NONCES_STEP_GUARD_H_
