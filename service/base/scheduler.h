#ifndef SESSIONBROKER_SERVICE_BASE_SCHEDULER_H_
#define SESSIONBROKER_SERVICE_BASE_SCHEDULER_H_

#include <cstdint>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"

namespace sessionbroker::base {

// One thread's queue of tasks and timers. Thread-safe; tasks run one after another on the
// scheduler's thread, never inside a call of Post or RunAfter. A task must not block.
class Scheduler {
 public:
  using Task = absl::AnyInvocable<void()>;
  // Names a timer; never reused. 0 names none.
  using TimerId = uint64_t;

  virtual ~Scheduler() = default;

  // Runs `task` soon, after those posted before it.
  virtual void Post(Task task) = 0;

  // Runs `task` once `delay` has passed on the clock that the implementation waits by.
  virtual TimerId RunAfter(absl::Duration delay, Task task) = 0;

  // The timer's task will not run, unless it has begun. No effect on one that is over. Called on
  // the scheduler's own thread it is exact: afterwards the task does not run.
  virtual void Cancel(TimerId id) = 0;
};

}  // namespace sessionbroker::base

#endif  // SESSIONBROKER_SERVICE_BASE_SCHEDULER_H_
