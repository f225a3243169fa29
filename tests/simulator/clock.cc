#include "tests/simulator/clock.h"

#include <time.h>

namespace sessionbroker::simulator {
namespace {

absl::Time WallClock() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return absl::TimeFromTimespec(now);
}

}  // namespace

Clock::Clock(std::optional<absl::Time> frozen) : first_(frozen), frozen_(frozen) {}

absl::Time Clock::Now() const {
  MutexLock lock(mutex_);
  return frozen_ ? *frozen_ : WallClock() + offset_;
}

void Clock::Advance(absl::Duration step) {
  MutexLock lock(mutex_);
  if (frozen_) {
    *frozen_ += step;
  } else {
    offset_ += step;
  }
}

void Clock::Freeze(absl::Time time) {
  MutexLock lock(mutex_);
  frozen_ = time;
}

void Clock::Reset() {
  MutexLock lock(mutex_);
  frozen_ = first_;
  offset_ = absl::ZeroDuration();
}

}  // namespace sessionbroker::simulator
