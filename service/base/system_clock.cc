#include "service/base/system_clock.h"

#include <ctime>
#include <fstream>

#include "absl/time/clock.h"

namespace sessionbroker::base {

absl::Time SystemClock::WallNow() const { return absl::Now(); }

BootTime SystemClock::BootNow() const {
  timespec now = {};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return BootTime(absl::DurationFromTimespec(now));
}

// random(4)
std::string BootId() {
  std::string id;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> id;
  return id;
}

}  // namespace sessionbroker::base
