#ifndef SESSIONBROKER_TESTS_TESTING_FAKE_SCHEDULER_H_
#define SESSIONBROKER_TESTS_TESTING_FAKE_SCHEDULER_H_

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <utility>

#include "service/base/mutex.h"
#include "service/base/scheduler.h"
#include "tests/testing/fake_clock.h"

namespace sessionbroker::testing {

// A scheduler that runs on the test's thread when told, by a FakeClock. Post and RunAfter are
// thread-safe; RunReady and Advance belong to the test's thread.
class FakeScheduler final : public base::Scheduler {
 public:
  explicit FakeScheduler(FakeClock* clock) : clock_(clock) {}

  void Post(Task task) override {
    base::MutexLock lock(&mutex_);
    ready_.push_back(std::move(task));
  }

  TimerId RunAfter(absl::Duration delay, Task task) override {
    const base::BootTime due = clock_->BootNow() + delay;
    base::MutexLock lock(&mutex_);
    const TimerId id = ++last_id_;
    timers_.emplace(std::make_pair(due, id), std::move(task));
    return id;
  }

  void Cancel(TimerId id) override {
    Task dropped;  // Destroyed after the lock is released: it may own things that call back.
    base::MutexLock lock(&mutex_);
    for (auto it = timers_.begin(); it != timers_.end(); ++it) {
      if (it->first.second != id) continue;
      dropped = std::move(it->second);
      timers_.erase(it);
      return;
    }
  }

  // Runs what is posted and due, and what that posts, until nothing is left.
  void RunReady() {
    while (RunOne()) {
    }
  }

  // The first of it; false: nothing is posted or due.
  bool RunOne() {
    Task task = Next();
    if (!task) return false;
    std::move(task)();
    return true;
  }

  // Moves the clock to each timer that falls due within `duration` in turn, running it, then to the
  // end.
  void Advance(absl::Duration duration) {
    RunReady();
    const base::BootTime end = clock_->BootNow() + duration;
    while (const auto due = NextDue(end)) {
      clock_->Advance(std::max(absl::ZeroDuration(), *due - clock_->BootNow()));
      RunReady();
    }
    clock_->Advance(end - clock_->BootNow());
    RunReady();
  }

 private:
  Task Next() {
    const base::BootTime now = clock_->BootNow();
    base::MutexLock lock(&mutex_);
    Task task;
    if (!ready_.empty()) {
      task = std::move(ready_.front());
      ready_.pop_front();
    } else if (!timers_.empty() && timers_.begin()->first.first <= now) {
      task = std::move(timers_.begin()->second);
      timers_.erase(timers_.begin());
    }
    return task;
  }

  std::optional<base::BootTime> NextDue(base::BootTime end) {
    base::MutexLock lock(&mutex_);
    if (timers_.empty() || timers_.begin()->first.first > end) return std::nullopt;
    return timers_.begin()->first.first;
  }

  FakeClock* const clock_;
  base::Mutex mutex_;
  TimerId last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<Task> ready_ ABSL_GUARDED_BY(mutex_);
  std::map<std::pair<base::BootTime, TimerId>, Task> timers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sessionbroker::testing

#endif  // SESSIONBROKER_TESTS_TESTING_FAKE_SCHEDULER_H_
