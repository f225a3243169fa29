#include "service/base/system_clock.h"

#include <ctime>

#include "absl/time/clock.h"

namespace sessionbroker::base {

absl::Time SystemClock::WallNow() const { return absl::Now(); }

BootTime SystemClock::BootNow() const {
  timespec now = {};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return BootTime(absl::DurationFromTimespec(now));
}

}  // namespace sessionbroker::base
