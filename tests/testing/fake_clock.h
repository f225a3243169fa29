#ifndef SESSIONBROKER_TESTS_TESTING_FAKE_CLOCK_H_
#define SESSIONBROKER_TESTS_TESTING_FAKE_CLOCK_H_

#include "service/base/clock.h"
#include "service/base/mutex.h"

namespace sessionbroker::testing {

// A clock that moves only when told. Starts at 2026-11-21T00:00:00Z, one hour after boot.
// Thread-safe.
class FakeClock final : public base::Clock {
 public:
  absl::Time WallNow() const override {
    base::MutexLock lock(&mutex_);
    return wall_;
  }
  base::BootTime BootNow() const override {
    base::MutexLock lock(&mutex_);
    return boot_;
  }

  // Both clocks go on by `duration`.
  void Advance(absl::Duration duration) {
    base::MutexLock lock(&mutex_);
    wall_ += duration;
    boot_ = boot_ + duration;
  }

  // The wall clock is set; life goes on unchanged.
  void StepWall(absl::Duration by) {
    base::MutexLock lock(&mutex_);
    wall_ += by;
  }

  // The machine has started anew, `uptime` ago; the wall clock is as it was.
  void Reboot(absl::Duration uptime) {
    base::MutexLock lock(&mutex_);
    boot_ = base::BootTime(uptime);
  }

 private:
  mutable base::Mutex mutex_;
  absl::Time wall_ ABSL_GUARDED_BY(mutex_) = absl::FromUnixSeconds(1795219200);
  base::BootTime boot_ ABSL_GUARDED_BY(mutex_) = base::BootTime(absl::Hours(1));
};

}  // namespace sessionbroker::testing

#endif  // SESSIONBROKER_TESTS_TESTING_FAKE_CLOCK_H_
