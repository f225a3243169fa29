#ifndef SESSIONBROKER_SERVICE_BASE_SYSTEM_CLOCK_H_
#define SESSIONBROKER_SERVICE_BASE_SYSTEM_CLOCK_H_

#include "service/base/clock.h"

namespace sessionbroker::base {

// The machine's clocks. Thread-safe, no state.
class SystemClock final : public Clock {
 public:
  absl::Time WallNow() const override;
  BootTime BootNow() const override;
};

}  // namespace sessionbroker::base

#endif  // SESSIONBROKER_SERVICE_BASE_SYSTEM_CLOCK_H_
