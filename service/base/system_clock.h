#ifndef SESSIONBROKER_SERVICE_BASE_SYSTEM_CLOCK_H_
#define SESSIONBROKER_SERVICE_BASE_SYSTEM_CLOCK_H_

#include <string>

#include "service/base/clock.h"

namespace sessionbroker::base {

// The machine's clocks. Thread-safe, no state.
class SystemClock final : public Clock {
 public:
  absl::Time WallNow() const override;
  BootTime BootNow() const override;
};

// Names the boot that BootTime counts from; empty where the system does not tell.
std::string BootId();

}  // namespace sessionbroker::base

#endif  // SESSIONBROKER_SERVICE_BASE_SYSTEM_CLOCK_H_
