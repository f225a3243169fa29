// What EventLoop does beyond base::Scheduler (scheduler_test.cc): life cycle, threads, descriptors.

#include "service/base/event_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "service/base/file_descriptor.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::base {
namespace {

using ::sessionbroker::testing::IsOk;
using ::sessionbroker::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Two connected stream sockets.
struct SocketPair {
  SocketPair() {
    int fds[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    near = FileDescriptor(fds[0]);
    far = FileDescriptor(fds[1]);
  }
  FileDescriptor near;
  FileDescriptor far;
};

void WriteTo(const FileDescriptor& fd, const std::string& bytes) {
  ASSERT_EQ(write(fd.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
}

std::string ReadFrom(const FileDescriptor& fd) {
  char bytes[64];
  const ssize_t count = read(fd.get(), bytes, sizeof(bytes));
  return count > 0 ? std::string(bytes, count) : "";
}

class EventLoopTest : public ::testing::Test {
 protected:
  // Runs `task` on the loop and waits for it.
  template <typename Task>
  void RunOnLoop(Task task) {
    std::promise<void> done;
    loop_->Post([&] {
      task();
      done.set_value();
    });
    done.get_future().wait();
  }

  const std::unique_ptr<EventLoop> loop_ = EventLoop::Create().value();
};

TEST_F(EventLoopTest, TasksRunOnTheLoopsThreadWithSignalsBlocked) {
  EXPECT_FALSE(loop_->IsLoopThread());
  ASSERT_THAT(loop_->Start(), IsOk());
  RunOnLoop([&] {
    EXPECT_TRUE(loop_->IsLoopThread());
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    EXPECT_TRUE(sigismember(&blocked, SIGTERM));
    EXPECT_TRUE(sigismember(&blocked, SIGPIPE));
  });
  sigset_t here;
  pthread_sigmask(SIG_SETMASK, nullptr, &here);
  EXPECT_FALSE(sigismember(&here, SIGTERM));
}

TEST_F(EventLoopTest, SecondStartIsRefused) {
  ASSERT_THAT(loop_->Start(), IsOk());
  EXPECT_THAT(loop_->Start(),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("started before")));
  loop_->Stop();
  EXPECT_THAT(loop_->Start(), StatusIs(absl::StatusCode::kFailedPrecondition, ::testing::_));
}

TEST_F(EventLoopTest, TasksOfOneThreadStayInOrderAndNoneIsLost) {
  constexpr int kThreads = 4;
  constexpr int kTasks = 2'000;
  ASSERT_THAT(loop_->Start(), IsOk());
  std::vector<std::vector<int>> seen(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kTasks; ++i) loop_->Post([&seen, t, i] { seen[t].push_back(i); });
    });
  }
  for (std::thread& thread : threads) thread.join();
  RunOnLoop([] {});
  for (const std::vector<int>& of_one : seen) {
    ASSERT_EQ(of_one.size(), kTasks);
    EXPECT_TRUE(std::is_sorted(of_one.begin(), of_one.end()));
  }
}

TEST_F(EventLoopTest, TimersOfOtherThreadsRunOrAreCancelled) {
  constexpr int kThreads = 4;
  constexpr int kTimers = 500;
  ASSERT_THAT(loop_->Start(), IsOk());
  std::atomic<int> ran{0};
  std::atomic<int> left{kThreads * kTimers};
  std::promise<void> all_ran;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kTimers; ++i) {
        loop_->Cancel(loop_->RunAfter(absl::Hours(1), [&] { ++ran; }));
        loop_->RunAfter(absl::Microseconds(i), [&] {
          if (--left == 0) all_ran.set_value();
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  all_ran.get_future().wait();
  EXPECT_EQ(ran, 0);
}

TEST_F(EventLoopTest, TimerWakesASleepingLoopNotBeforeItsTime) {
  ASSERT_THAT(loop_->Start(), IsOk());
  const SystemClock clock;
  std::promise<BootTime> ran;
  // A later timer is set first: the loop must not sleep until that one.
  loop_->RunAfter(absl::Hours(1), [] {});
  RunOnLoop([] {});
  const BootTime begin = clock.BootNow();
  loop_->RunAfter(absl::Milliseconds(20), [&] { ran.set_value(clock.BootNow()); });
  EXPECT_GE(ran.get_future().get() - begin, absl::Milliseconds(20));
}

// Work without end: each run posts and schedules the next. Its destructor uses the loop, which it
// may because no lock is held.
class Endless {
 public:
  struct Counts {
    std::atomic<int> made{0};
    std::atomic<int> ran{0};
    std::atomic<int> destroyed{0};
  };

  Endless(EventLoop* loop, Counts* counts) : loop_(loop), counts_(counts) { ++counts_->made; }
  ~Endless() {
    loop_->Cancel(loop_->RunAfter(absl::Hours(1), [] {}));
    ++counts_->destroyed;
  }

  void Run() {
    ++counts_->ran;
    auto posted = std::make_unique<Endless>(loop_, counts_);
    loop_->Post([next = std::move(posted)] { next->Run(); });
    if (counts_->ran % 2 == 0) return;
    auto timed = std::make_unique<Endless>(loop_, counts_);
    loop_->RunAfter(absl::ZeroDuration(), [next = std::move(timed)] { next->Run(); });
  }

 private:
  EventLoop* const loop_;
  Counts* const counts_;
};

TEST_F(EventLoopTest, StopDropsWhatIsLeftAndRunsNothingAfter) {
  Endless::Counts counts;
  ASSERT_THAT(loop_->Start(), IsOk());
  std::promise<void> busy;
  loop_->Post([&] { Endless(loop_.get(), &counts).Run(); });
  loop_->RunAfter(absl::Milliseconds(5), [&] { busy.set_value(); });
  busy.get_future().wait();

  loop_->Stop();

  const int ran = counts.ran;
  EXPECT_GT(ran, 0);
  EXPECT_EQ(counts.destroyed, counts.made);
  EXPECT_LT(ran, counts.made);
  auto late = std::make_unique<Endless>(loop_.get(), &counts);
  loop_->Post([next = std::move(late)] { next->Run(); });
  EXPECT_EQ(counts.destroyed, counts.made);
  EXPECT_EQ(counts.ran, ran);
}

TEST_F(EventLoopTest, StopWithoutStartDropsWhatWasPosted) {
  auto owned = std::make_shared<int>(1);
  loop_->Post([owned] { ADD_FAILURE(); });
  loop_->RunAfter(absl::ZeroDuration(), [owned] { ADD_FAILURE(); });
  loop_->Stop();
  loop_->Stop();
  EXPECT_EQ(owned.use_count(), 1);
}

TEST_F(EventLoopTest, HandlerIsToldWhatIsReady) {
  ASSERT_THAT(loop_->Start(), IsOk());
  SocketPair pair;
  std::promise<std::string> received;
  RunOnLoop([&] {
    EXPECT_THAT(loop_->WatchFd(pair.near.get(), EPOLLIN,
                               [&](uint32_t events) {
                                 EXPECT_TRUE(events & EPOLLIN);
                                 loop_->UnwatchFd(pair.near.get());
                                 received.set_value(ReadFrom(pair.near));
                               }),
                IsOk());
  });
  WriteTo(pair.far, "hello");
  EXPECT_EQ(received.get_future().get(), "hello");
}

TEST_F(EventLoopTest, ChangedInterestCounts) {
  ASSERT_THAT(loop_->Start(), IsOk());
  SocketPair pair;
  std::vector<std::string> seen;
  std::promise<void> done;
  RunOnLoop([&] {
    ASSERT_THAT(loop_->WatchFd(pair.near.get(), EPOLLIN,
                               [&](uint32_t events) {
                                 if (events & EPOLLOUT) {
                                   seen.push_back("writable");
                                   ASSERT_THAT(loop_->ChangeFd(pair.near.get(), EPOLLIN), IsOk());
                                   WriteTo(pair.far, "x");
                                 } else {
                                   seen.push_back(ReadFrom(pair.near));
                                   loop_->UnwatchFd(pair.near.get());
                                   done.set_value();
                                 }
                               }),
                IsOk());
    ASSERT_THAT(loop_->ChangeFd(pair.near.get(), EPOLLOUT), IsOk());
  });
  done.get_future().wait();
  EXPECT_THAT(seen, ElementsAre("writable", "x"));
}

TEST_F(EventLoopTest, HandlerUnwatchedByAnotherInTheSameTurnIsNotCalled) {
  SocketPair first;
  SocketPair second;
  int calls = 0;
  std::promise<void> called;
  const auto handler = [&](uint32_t) {
    ++calls;
    loop_->UnwatchFd(first.near.get());
    loop_->UnwatchFd(second.near.get());
    // A new watch of the same descriptor number must not get the old one's event.
    ASSERT_THAT(loop_->WatchFd(first.near.get(), EPOLLPRI, [](uint32_t) { ADD_FAILURE(); }),
                IsOk());
    ASSERT_THAT(loop_->WatchFd(second.near.get(), EPOLLPRI, [](uint32_t) { ADD_FAILURE(); }),
                IsOk());
    loop_->RunAfter(absl::Milliseconds(5), [&] { called.set_value(); });
  };
  ASSERT_THAT(loop_->WatchFd(first.near.get(), EPOLLIN, handler), IsOk());
  ASSERT_THAT(loop_->WatchFd(second.near.get(), EPOLLIN, handler), IsOk());
  WriteTo(first.far, "x");
  WriteTo(second.far, "x");
  ASSERT_THAT(loop_->Start(), IsOk());
  called.get_future().wait();
  loop_->Stop();
  EXPECT_EQ(calls, 1);
}

TEST_F(EventLoopTest, HangUpIsReported) {
  ASSERT_THAT(loop_->Start(), IsOk());
  SocketPair pair;
  std::promise<uint32_t> events_seen;
  RunOnLoop([&] {
    ASSERT_THAT(loop_->WatchFd(pair.near.get(), 0,
                               [&](uint32_t events) {
                                 loop_->UnwatchFd(pair.near.get());
                                 events_seen.set_value(events);
                               }),
                IsOk());
  });
  pair.far = FileDescriptor();
  EXPECT_TRUE(events_seen.get_future().get() & EPOLLHUP);
}

TEST_F(EventLoopTest, WrongUseOfDescriptorsIsRefused) {
  SocketPair pair;
  const auto ignore = [](uint32_t) {};
  EXPECT_THAT(loop_->ChangeFd(pair.near.get(), EPOLLIN),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("not watched")));
  ASSERT_THAT(loop_->WatchFd(pair.near.get(), EPOLLIN, ignore), IsOk());
  EXPECT_THAT(loop_->WatchFd(pair.near.get(), EPOLLIN, ignore),
              StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("is watched")));
  EXPECT_FALSE(loop_->WatchFd(-1, EPOLLIN, ignore).ok());
  loop_->UnwatchFd(pair.near.get());
  loop_->UnwatchFd(pair.near.get());
  EXPECT_THAT(loop_->WatchFd(pair.near.get(), EPOLLIN, ignore), IsOk());
}

TEST_F(EventLoopTest, StopDestroysHandlers) {
  SocketPair pair;
  auto owned = std::make_shared<int>(1);
  ASSERT_THAT(loop_->WatchFd(pair.near.get(), EPOLLIN, [owned](uint32_t) {}), IsOk());
  ASSERT_THAT(loop_->Start(), IsOk());
  loop_->Stop();
  EXPECT_EQ(owned.use_count(), 1);
}

}  // namespace
}  // namespace sessionbroker::base
