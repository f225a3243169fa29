#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
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

// Watches `id` as a stream does: takes and, where there is nothing, waits to be woken, on whatever
// thread that happens.
class Stream {
 public:
  Stream(SessionManager* manager, base::AccountIdView id)
      : watch_(manager->Watch(id, [this] { Read(); })) {
    Read();
  }

  void End() { watch_->End(absl::CancelledError("enough")); }
  bool ended() const { return ended_; }
  int64_t version() const { return version_; }
  // Versions that went back, states after the end, and two reads at once.
  int faults() const { return faults_; }

 private:
  void Read() {
    while (auto taken = watch_->Take()) {
      if (busy_.exchange(true)) ++faults_;
      if (ended_) ++faults_;
      ended_ = !taken->ok();
      if (ended_) return;
      const int64_t version = std::get<SessionPtr>((**taken)->view)->version;
      if (version < version_) ++faults_;
      version_ = version;
      busy_ = false;
    }
  }

  std::atomic<bool> busy_ = false;
  std::atomic<bool> ended_ = false;
  std::atomic<int64_t> version_ = 0;
  std::atomic<int> faults_ = 0;
  const std::shared_ptr<SessionManager::OpenWatch> watch_;
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

TEST(SessionManagerConcurrencyTest, WatchersComeAndGoWhileSessionsAreReplacedAndTheRestSeeTheLast) {
  constexpr int kStreamsPerThread = 60;
  ManagerHarness harness({AccountNamed("vtiger", "crm")});
  std::vector<std::unique_ptr<Stream>> streams[kThreads];
  {
    SchedulerThread scheduler(&harness);
    RunTogether([&](int thread) {
      for (int i = 0; i < kStreamsPerThread; ++i) {
        streams[thread].push_back(std::make_unique<Stream>(harness.manager.get(), kCrm));
        if (i % 3 == 0) streams[thread][static_cast<std::size_t>(i) / 2]->End();
        if (const SessionPtr session = harness.manager->TryGet(kCrm, absl::ZeroDuration())) {
          harness.manager->Report(absl::StrCat(thread, "-", i), kCrm, session->version,
                                  [](const absl::StatusOr<SessionKeeper::Reported>&) {});
        }
      }
    });
  }
  // Watchers are told in turns; the last ones may be left.
  harness.scheduler.RunReady();
  const SessionPtr last = harness.manager->TryGet(kCrm, absl::ZeroDuration());
  ASSERT_NE(last, nullptr);
  int going_on = 0;
  for (const auto& some : streams) {
    for (const auto& stream : some) {
      EXPECT_EQ(stream->faults(), 0);
      if (stream->ended()) continue;
      ++going_on;
      EXPECT_EQ(stream->version(), last->version);
    }
  }
  EXPECT_GE(going_on, kThreads * kStreamsPerThread * 2 / 3);
  harness.manager->Drain();
  harness.scheduler.RunReady();
  for (const auto& some : streams) {
    for (const auto& stream : some) EXPECT_TRUE(stream->ended());
  }
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
