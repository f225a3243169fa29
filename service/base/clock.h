#ifndef SESSIONBROKER_SERVICE_BASE_CLOCK_H_
#define SESSIONBROKER_SERVICE_BASE_CLOCK_H_

#include <compare>

#include "absl/time/time.h"

namespace sessionbroker::base {

// A point on CLOCK_BOOTTIME: never steps, counts while the machine is suspended, means nothing
// outside this boot. Life inside the process is measured on it.
class BootTime {
 public:
  constexpr BootTime() = default;
  constexpr explicit BootTime(absl::Duration since_boot) : since_boot_(since_boot) {}

  static constexpr BootTime InfiniteFuture() { return BootTime(absl::InfiniteDuration()); }

  constexpr absl::Duration since_boot() const { return since_boot_; }

  friend BootTime operator+(BootTime t, absl::Duration d) { return BootTime(t.since_boot_ + d); }
  friend BootTime operator-(BootTime t, absl::Duration d) { return BootTime(t.since_boot_ - d); }
  friend absl::Duration operator-(BootTime a, BootTime b) { return a.since_boot_ - b.since_boot_; }
  friend bool operator==(BootTime a, BootTime b) { return a.since_boot_ == b.since_boot_; }
  friend bool operator<(BootTime a, BootTime b) { return a.since_boot_ < b.since_boot_; }
  friend bool operator<=(BootTime a, BootTime b) { return a.since_boot_ <= b.since_boot_; }
  friend bool operator>(BootTime a, BootTime b) { return a.since_boot_ > b.since_boot_; }
  friend bool operator>=(BootTime a, BootTime b) { return a.since_boot_ >= b.since_boot_; }

 private:
  absl::Duration since_boot_;
};

// Where code gets the time that it waits by. Pure code takes a time as an argument instead.
// Implementations are thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  // Wall time, for the API, for records and for values that providers see. May step.
  virtual absl::Time WallNow() const = 0;

  // For measuring how long something has lived.
  virtual BootTime BootNow() const = 0;
};

}  // namespace sessionbroker::base

#endif  // SESSIONBROKER_SERVICE_BASE_CLOCK_H_
