#ifndef SESSIONBROKER_SERVICE_BASE_EVENT_LOOP_H_
#define SESSIONBROKER_SERVICE_BASE_EVENT_LOOP_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/base/clock.h"
#include "service/base/file_descriptor.h"
#include "service/base/mutex.h"
#include "service/base/scheduler.h"
#include "service/base/system_clock.h"

namespace sessionbroker::base {

// A scheduler on one thread of its own, which also waits for file descriptors: epoll, an eventfd to
// be woken by, a timerfd on CLOCK_BOOTTIME. In each turn posted tasks run first, then timers that
// are due, then descriptors.
//
// Post, RunAfter, Cancel, Start and Stop are thread-safe. What is posted before Start runs after
// it.
class EventLoop final : public Scheduler {
 public:
  // Called on the loop's thread with the epoll events that are ready (EPOLLIN, EPOLLOUT, …).
  using FdHandler = absl::AnyInvocable<void(uint32_t events)>;

  // `thread_name`, at most 15 bytes, is what tools show of the thread. Fails as epoll_create1,
  // eventfd or timerfd_create do: no descriptors left.
  static absl::StatusOr<std::unique_ptr<EventLoop>> Create(
      const std::string& thread_name = "event-loop");

  // Stops.
  ~EventLoop() override;
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Starts the thread, with all signals blocked in it. FAILED_PRECONDITION where it was started
  // before, RESOURCE_EXHAUSTED where the system gives no thread.
  absl::Status Start();

  // Waits until what is running has returned; afterwards nothing runs. What is left, and what is
  // posted later, is destroyed unrun, with no lock held. A second call has no effect. Not to be
  // called on the loop's own thread.
  void Stop();

  void Post(Task task) override;
  // An infinite delay never passes; a negative one has passed.
  TimerId RunAfter(absl::Duration delay, Task task) override;
  void Cancel(TimerId id) override;

  // Calls `handler` whenever one of `events` is ready on `fd` (level-triggered); errors and
  // hang-ups are always reported. Belongs to the loop's thread, like the two below; before Start
  // and after Stop, to the thread that calls these. Fails as epoll_ctl does, and with
  // ALREADY_EXISTS where `fd` is watched.
  absl::Status WatchFd(int fd, uint32_t events, FdHandler handler);

  // Waits for other events on `fd`. NOT_FOUND where it is not watched.
  absl::Status ChangeFd(int fd, uint32_t events);

  // The handler is not called again, not even for events already fetched. Allowed in the handler,
  // and for a descriptor that is not watched. To be called before the descriptor is closed.
  void UnwatchFd(int fd);

  // The caller runs on the loop's thread.
  bool IsLoopThread() const;

 private:
  using TimerKey = std::pair<BootTime, TimerId>;

  struct Watch {
    // Tells events of an earlier watch of the same descriptor number from this one's.
    uint32_t generation;
    FdHandler handler;
  };

  EventLoop(std::string thread_name, FileDescriptor epoll, FileDescriptor wake,
            FileDescriptor timer);

  void Run();
  void RunTasks(std::vector<Task> tasks);
  void RunDueTimers(BootTime now);
  void RunFds(bool may_sleep);
  // Takes the tasks to run in this turn, or, where there is nothing to do, notes that Post must
  // wake the loop and sets the timerfd.
  std::vector<Task> BeginTurn(BootTime now, bool* may_sleep);
  void ArmTimer(BootTime due) ABSL_EXCLUSIVE_LOCKS_REQUIRED(queue_mutex_);
  // Whether the caller must call Wake() once it has released the lock.
  bool TakeWakeDuty() ABSL_EXCLUSIVE_LOCKS_REQUIRED(queue_mutex_);
  void Wake();

  const SystemClock clock_;
  const std::string thread_name_;
  const FileDescriptor epoll_;
  const FileDescriptor wake_;
  const FileDescriptor timer_;

  std::atomic<bool> stopping_{false};
  std::atomic<std::thread::id> loop_thread_{};

  mutable Mutex queue_mutex_;
  std::vector<Task> posted_ ABSL_GUARDED_BY(queue_mutex_);
  std::map<TimerKey, Task> timers_ ABSL_GUARDED_BY(queue_mutex_);
  absl::flat_hash_map<TimerId, BootTime> due_by_id_ ABSL_GUARDED_BY(queue_mutex_);
  TimerId last_timer_id_ ABSL_GUARDED_BY(queue_mutex_) = 0;
  // The loop waits, or is about to, and nobody has woken it yet.
  bool sleeping_ ABSL_GUARDED_BY(queue_mutex_) = false;
  // What the timerfd is set to; it may be earlier than the first timer.
  std::optional<BootTime> armed_ ABSL_GUARDED_BY(queue_mutex_);
  bool closed_ ABSL_GUARDED_BY(queue_mutex_) = false;

  Mutex thread_mutex_;
  std::thread thread_ ABSL_GUARDED_BY(thread_mutex_);
  bool started_ ABSL_GUARDED_BY(thread_mutex_) = false;

  // These belong to the loop's thread.
  absl::flat_hash_map<int, std::shared_ptr<Watch>> watches_;
  uint32_t last_generation_ = 0;
};

}  // namespace sessionbroker::base

#endif  // SESSIONBROKER_SERVICE_BASE_EVENT_LOOP_H_
