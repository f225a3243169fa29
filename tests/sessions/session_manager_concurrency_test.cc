#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <latch>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/sessions/session_manager.h"
#include "tests/sessions/manager_harness.h"

namespace sessionbroker::sessions {
namespace {

constexpr int kThreads = 8;

const base::AccountId kCrm{.provider = "vtiger", .account = "crm"};
const base::AccountId kShop{.provider = "vtiger", .account = "shop"};

// Runs the harness's scheduler on a thread of its own until destroyed.
class SchedulerThread {
 public:
  explicit SchedulerThread(ManagerHarness* harness)
      : thread_([this, harness] {
          while (!stop_) {
            harness->scheduler.RunReady();
            std::this_thread::yield();
          }
          harness->scheduler.RunReady();
        }) {}
  ~SchedulerThread() {
    stop_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

// Runs `body` on kThreads threads that begin together; returns once all have ended.
void RunTogether(const std::function<void(int)>& body) {
  std::latch begin(kThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      begin.arrive_and_wait();
      body(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(SessionManagerConcurrencyTest, CallersOfManyThreadsOnAColdAccountShareOneLogin) {
  constexpr int kCallsPerThread = 125;
  ManagerHarness harness({AccountNamed("vtiger", "crm")});
  harness.authenticator.Hold();
  std::atomic<int> answered = 0;
  std::atomic<int64_t> version = 0;
  std::atomic<int> differing = 0;
  RunTogether([&](int) {
    for (int call = 0; call < kCallsPerThread; ++call) {
      harness.manager->Get(kCrm, absl::ZeroDuration(), [&](absl::StatusOr<SessionPtr> result) {
        int64_t first = 0;
        if (!result.ok() || (!version.compare_exchange_strong(first, (*result)->version) &&
                             first != (*result)->version)) {
          ++differing;
        }
        ++answered;
      });
    }
  });
  harness.scheduler.RunReady();
  EXPECT_EQ(answered, 0);
  harness.authenticator.Release();
  harness.scheduler.RunReady();
  EXPECT_EQ(answered, kThreads * kCallsPerThread);
  EXPECT_EQ(differing, 0);
  EXPECT_EQ(harness.authenticator.logins(), 1u);
}

TEST(SessionManagerConcurrencyTest, EveryCallerHasOneAnswerOrGaveUpWhileSessionsComeAndGo) {
  constexpr int kCallsPerThread = 400;
  ManagerHarness harness({AccountNamed("vtiger", "crm"), AccountNamed("vtiger", "shop")});
  std::atomic<int> answered = 0;
  std::atomic<int> gave_up = 0;
  std::atomic<int> asked = 0;
  std::atomic<int> expired = 0;
  std::atomic<int> failed = 0;
  {
    SchedulerThread scheduler(&harness);
    RunTogether([&](int thread) {
      for (int call = 0; call < kCallsPerThread; ++call) {
        const base::AccountId& id = (thread + call) % 2 == 0 ? kCrm : kShop;
        const base::BootTime before = harness.clock.BootNow();
        if (const SessionPtr session = harness.manager->TryGet(id, absl::ZeroDuration())) {
          if (session->expires_at <= before) ++expired;
        } else {
          ++asked;
          SessionManager::PendingGet pending = harness.manager->Get(
              id, absl::ZeroDuration(), [&](absl::StatusOr<SessionPtr> result) {
                if (!result.ok()) ++failed;
                ++answered;
              });
          if (call % 3 == 0 && pending.GiveUp()) ++gave_up;
        }
        if (call % 16 == thread) harness.clock.Advance(absl::Seconds(500));
        if (call % 32 == thread) {
          harness.manager->List({.provider = "", .after = std::nullopt, .limit = 10},
                                [](base::AccountIdView) { return true; });
        }
      }
    });
  }
  EXPECT_GT(asked, 0);
  EXPECT_EQ(answered + gave_up, asked);
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(expired, 0);
  EXPECT_EQ(harness.authenticator.overlaps(), 0u);
}

TEST(SessionManagerConcurrencyTest, NoLoginBeginsOnceIdleIsToldWhileDraining) {
  for (int round = 0; round < 50; ++round) {
    ManagerHarness harness({AccountNamed("vtiger", "crm"), AccountNamed("vtiger", "shop")});
    std::atomic<bool> idle = false;
    std::atomic<std::size_t> logins_when_idle = 0;
    {
      SchedulerThread scheduler(&harness);
      RunTogether([&](int thread) {
        if (thread == 0) {
          harness.manager->Drain();
          harness.manager->WhenIdle([&] {
            logins_when_idle = harness.authenticator.logins();
            idle = true;
          });
        } else {
          harness.manager->Get(thread % 2 == 0 ? kCrm : kShop, absl::ZeroDuration(),
                               [](absl::StatusOr<SessionPtr>) {});
        }
      });
    }
    EXPECT_TRUE(idle);
    EXPECT_EQ(harness.authenticator.logins(), logins_when_idle);
  }
}

}  // namespace
}  // namespace sessionbroker::sessions
