#ifndef SESSIONBROKER_TESTS_SIMULATOR_CLOCK_H_
#define SESSIONBROKER_TESTS_SIMULATOR_CLOCK_H_

#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "tests/simulator/mutex.h"

namespace sessionbroker::simulator {

// The providers' wall clock: the machine's plus an offset, or one that stands still until it is
// moved. Thread-safe.
class Clock {
 public:
  // Stands still at `frozen` where that is given.
  explicit Clock(std::optional<absl::Time> frozen = std::nullopt);

  absl::Time Now() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Moves the clock; a negative step moves it back.
  void Advance(absl::Duration step) ABSL_LOCKS_EXCLUDED(mutex_);
  void Freeze(absl::Time time) ABSL_LOCKS_EXCLUDED(mutex_);
  // Back to what it was when made.
  void Reset() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  const std::optional<absl::Time> first_;
  mutable Mutex mutex_;
  std::optional<absl::Time> frozen_ ABSL_GUARDED_BY(mutex_);
  absl::Duration offset_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sessionbroker::simulator

#endif  // SESSIONBROKER_TESTS_SIMULATOR_CLOCK_H_
