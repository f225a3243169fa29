#include "service/base/event_loop.h"

#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace sessionbroker::base {
namespace {

constexpr int kMaxEventsPerTurn = 256;

// epoll's user data: the descriptor below, its watch's generation above. The loop's own descriptors
// have generation 0.
uint64_t DataOf(int fd, uint32_t generation) {
  return static_cast<uint64_t>(generation) << 32 | static_cast<uint32_t>(fd);
}
int FdOf(uint64_t data) { return static_cast<int>(data & 0xffffffff); }
uint32_t GenerationOf(uint64_t data) { return static_cast<uint32_t>(data >> 32); }

absl::Status Control(int epoll, int operation, int fd, uint32_t events, uint32_t generation) {
  epoll_event event = {};
  event.events = events;
  event.data.u64 = DataOf(fd, generation);
  if (epoll_ctl(epoll, operation, fd, &event) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, absl::StrCat("epoll_ctl(", fd, ")"));
}

// Empties an eventfd or timerfd.
void Drain(int fd) {
  uint64_t count;
  [[maybe_unused]] const ssize_t ignored = read(fd, &count, sizeof(count));
}

// Blocks all signals for the calling thread, and so for those it starts, until the scope ends.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<EventLoop>> EventLoop::Create(const std::string& thread_name) {
  FileDescriptor epoll(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) return absl::ErrnoToStatus(errno, "epoll_create1");
  FileDescriptor wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.valid()) return absl::ErrnoToStatus(errno, "eventfd");
  FileDescriptor timer(timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!timer.valid()) return absl::ErrnoToStatus(errno, "timerfd_create");
  for (const int fd : {wake.get(), timer.get()}) {
    absl::Status added = Control(epoll.get(), EPOLL_CTL_ADD, fd, EPOLLIN, 0);
    if (!added.ok()) return added;
  }
  return std::unique_ptr<EventLoop>(
      new EventLoop(thread_name, std::move(epoll), std::move(wake), std::move(timer)));
}

EventLoop::EventLoop(std::string thread_name, FileDescriptor epoll, FileDescriptor wake,
                     FileDescriptor timer)
    : thread_name_(std::move(thread_name)),
      epoll_(std::move(epoll)),
      wake_(std::move(wake)),
      timer_(std::move(timer)) {}

EventLoop::~EventLoop() { Stop(); }

absl::Status EventLoop::Start() {
  MutexLock lock(&thread_mutex_);
  if (started_ || stopping_) return absl::FailedPreconditionError("event loop: started before");
  const SignalsBlocked blocked;
  try {
    thread_ = std::thread([this] { Run(); });
  } catch (const std::system_error& error) {
    return absl::ResourceExhaustedError(absl::StrCat("event loop: no thread: ", error.what()));
  }
  started_ = true;
  return absl::OkStatus();
}

void EventLoop::Stop() {
  stopping_ = true;
  Wake();
  {
    MutexLock lock(&thread_mutex_);
    if (thread_.joinable()) thread_.join();
  }
  // Destroyed after the lock is released: they may own things that post or cancel.
  std::vector<Task> posted;
  std::map<TimerKey, Task> timers;
  {
    MutexLock lock(&queue_mutex_);
    closed_ = true;
    posted.swap(posted_);
    timers.swap(timers_);
    due_by_id_.clear();
  }
  absl::flat_hash_map<int, std::shared_ptr<Watch>> watches;
  watches.swap(watches_);
}

void EventLoop::Post(Task task) {
  bool wake = false;
  {
    MutexLock lock(&queue_mutex_);
    if (closed_) return;
    posted_.push_back(std::move(task));
    wake = TakeWakeDuty();
  }
  if (wake) Wake();
}

Scheduler::TimerId EventLoop::RunAfter(absl::Duration delay, Task task) {
  const BootTime due = clock_.BootNow() + std::max(delay, absl::ZeroDuration());
  bool wake = false;
  TimerId id = 0;
  {
    MutexLock lock(&queue_mutex_);
    id = ++last_timer_id_;
    if (closed_) return id;
    const auto it = timers_.emplace(TimerKey(due, id), std::move(task)).first;
    due_by_id_.emplace(id, due);
    wake = it == timers_.begin() && TakeWakeDuty();
  }
  if (wake) Wake();
  return id;
}

void EventLoop::Cancel(TimerId id) {
  Task dropped;  // Destroyed after the lock is released.
  MutexLock lock(&queue_mutex_);
  const auto due = due_by_id_.find(id);
  if (due == due_by_id_.end()) return;
  const auto timer = timers_.find(TimerKey(due->second, id));
  dropped = std::move(timer->second);
  timers_.erase(timer);
  due_by_id_.erase(due);
}

absl::Status EventLoop::WatchFd(int fd, uint32_t events, FdHandler handler) {
  if (watches_.contains(fd)) {
    return absl::AlreadyExistsError(absl::StrCat("event loop: descriptor ", fd, " is watched"));
  }
  if (++last_generation_ == 0) ++last_generation_;
  absl::Status added = Control(epoll_.get(), EPOLL_CTL_ADD, fd, events, last_generation_);
  if (!added.ok()) return added;
  watches_.emplace(fd, std::make_shared<Watch>(Watch{last_generation_, std::move(handler)}));
  return absl::OkStatus();
}

absl::Status EventLoop::ChangeFd(int fd, uint32_t events) {
  const auto it = watches_.find(fd);
  if (it == watches_.end()) {
    return absl::NotFoundError(absl::StrCat("event loop: descriptor ", fd, " is not watched"));
  }
  return Control(epoll_.get(), EPOLL_CTL_MOD, fd, events, it->second->generation);
}

void EventLoop::UnwatchFd(int fd) {
  const auto it = watches_.find(fd);
  if (it == watches_.end()) return;
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  // A running handler is kept by RunFds until it returns.
  const std::shared_ptr<Watch> dropped = std::move(it->second);
  watches_.erase(it);
}

bool EventLoop::IsLoopThread() const { return loop_thread_.load() == std::this_thread::get_id(); }

void EventLoop::Run() {
  loop_thread_ = std::this_thread::get_id();
  pthread_setname_np(pthread_self(), thread_name_.c_str());
  while (!stopping_) {
    const BootTime now = clock_.BootNow();
    bool may_sleep = false;
    RunTasks(BeginTurn(now, &may_sleep));
    RunDueTimers(now);
    if (!stopping_) RunFds(may_sleep);
  }
}

std::vector<Scheduler::Task> EventLoop::BeginTurn(BootTime now, bool* may_sleep) {
  std::vector<Task> tasks;
  MutexLock lock(&queue_mutex_);
  tasks.swap(posted_);
  const BootTime due = timers_.empty() ? BootTime::InfiniteFuture() : timers_.begin()->first.first;
  *may_sleep = tasks.empty() && due > now;
  sleeping_ = *may_sleep;
  if (sleeping_) ArmTimer(due);
  return tasks;
}

void EventLoop::RunTasks(std::vector<Task> tasks) {
  for (Task& task : tasks) {
    if (stopping_) return;
    task();
    task = nullptr;
  }
}

void EventLoop::RunDueTimers(BootTime now) {
  while (!stopping_) {
    Task task;
    {
      MutexLock lock(&queue_mutex_);
      if (timers_.empty() || timers_.begin()->first.first > now) return;
      due_by_id_.erase(timers_.begin()->first.second);
      task = std::move(timers_.begin()->second);
      timers_.erase(timers_.begin());
    }
    task();
  }
}

void EventLoop::RunFds(bool may_sleep) {
  epoll_event events[kMaxEventsPerTurn];
  const int count = epoll_wait(epoll_.get(), events, kMaxEventsPerTurn, may_sleep ? -1 : 0);
  if (may_sleep) {
    MutexLock lock(&queue_mutex_);
    sleeping_ = false;
  }
  for (int i = 0; i < count && !stopping_; ++i) {
    const int fd = FdOf(events[i].data.u64);
    const uint32_t generation = GenerationOf(events[i].data.u64);
    if (generation == 0) {
      Drain(fd);
      if (fd == timer_.get()) {
        MutexLock lock(&queue_mutex_);
        armed_.reset();
      }
      continue;
    }
    const auto it = watches_.find(fd);
    if (it == watches_.end() || it->second->generation != generation) continue;
    const std::shared_ptr<Watch> watch = it->second;
    watch->handler(events[i].events);
  }
}

void EventLoop::ArmTimer(BootTime due) {
  // An earlier setting stays: it costs one idle turn, less than a system call at each turn.
  if (due == BootTime::InfiniteFuture() || (armed_.has_value() && *armed_ <= due)) return;
  itimerspec setting = {};
  setting.it_value = absl::ToTimespec(due.since_boot());
  timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &setting, nullptr);
  armed_ = due;
}

bool EventLoop::TakeWakeDuty() { return std::exchange(sleeping_, false); }

void EventLoop::Wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t ignored = write(wake_.get(), &one, sizeof(one));
}

}  // namespace sessionbroker::base
