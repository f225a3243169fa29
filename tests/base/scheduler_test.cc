// What base::Scheduler promises, of each implementation and of the fake.

#include "service/base/scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "service/base/event_loop.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/fake_scheduler.h"

namespace sessionbroker::base {
namespace {

using ::testing::ElementsAre;

class Harness {
 public:
  virtual ~Harness() = default;
  virtual Scheduler& scheduler() = 0;
  // Runs what is scheduled for the next minute, or until `done` is ready.
  virtual void RunUntil(std::future<void> done) = 0;
};

class EventLoopHarness final : public Harness {
 public:
  Scheduler& scheduler() override { return *loop_; }
  void RunUntil(std::future<void> done) override {
    ASSERT_TRUE(loop_->Start().ok());
    done.wait();
    loop_->Stop();
  }

 private:
  std::unique_ptr<EventLoop> loop_ = EventLoop::Create().value();
};

class FakeSchedulerHarness final : public Harness {
 public:
  Scheduler& scheduler() override { return scheduler_; }
  void RunUntil(std::future<void> done) override {
    scheduler_.Advance(absl::Minutes(1));
    ASSERT_EQ(done.wait_for(std::chrono::seconds(0)), std::future_status::ready);
  }

 private:
  testing::FakeClock clock_;
  testing::FakeScheduler scheduler_{&clock_};
};

struct Implementation {
  std::string name;
  std::unique_ptr<Harness> (*create)();
};

class SchedulerTest : public ::testing::TestWithParam<Implementation> {
 protected:
  Scheduler& scheduler() { return harness_->scheduler(); }
  void Finish() { done_.set_value(); }
  void Run() { harness_->RunUntil(done_.get_future()); }

 private:
  std::promise<void> done_;
  std::unique_ptr<Harness> harness_ = GetParam().create();
};

TEST_P(SchedulerTest, TasksRunInTheOrderOfPosting) {
  std::vector<int> order;
  scheduler().Post([&] {
    order.push_back(1);
    scheduler().Post([&] {
      order.push_back(3);
      Finish();
    });
  });
  scheduler().Post([&] { order.push_back(2); });
  EXPECT_THAT(order, ElementsAre());
  Run();
  EXPECT_THAT(order, ElementsAre(1, 2, 3));
}

TEST_P(SchedulerTest, TimersRunWhenDueWhateverTheOrderOfTheirMaking) {
  std::vector<int> order;
  scheduler().Post([&] {
    scheduler().RunAfter(absl::Milliseconds(30), [&] {
      order.push_back(3);
      Finish();
    });
    scheduler().RunAfter(absl::Milliseconds(10), [&] { order.push_back(1); });
    scheduler().RunAfter(absl::Milliseconds(20), [&] { order.push_back(2); });
    scheduler().RunAfter(absl::InfiniteDuration(), [&] { order.push_back(9); });
  });
  Run();
  EXPECT_THAT(order, ElementsAre(1, 2, 3));
}

TEST_P(SchedulerTest, TimerWithoutDelayRunsAfterItsCallHasReturned) {
  std::vector<int> order;
  scheduler().Post([&] {
    scheduler().RunAfter(absl::ZeroDuration(), [&] { order.push_back(2); });
    scheduler().RunAfter(-absl::Seconds(1), [&] { order.push_back(3); });
    scheduler().RunAfter(absl::Milliseconds(5), [&] { Finish(); });
    order.push_back(1);
  });
  Run();
  ASSERT_EQ(order.size(), 3);
  EXPECT_EQ(order.front(), 1);
}

TEST_P(SchedulerTest, CancelledTimerDoesNotRunEvenWhenItWasDue) {
  std::vector<int> order;
  Scheduler::TimerId second = 0;
  scheduler().Post([&] {
    scheduler().RunAfter(absl::Milliseconds(1), [&] {
      order.push_back(1);
      scheduler().Cancel(second);
    });
    second = scheduler().RunAfter(absl::Milliseconds(1), [&] { order.push_back(2); });
    scheduler().RunAfter(absl::Milliseconds(20), [&] { Finish(); });
  });
  Run();
  EXPECT_THAT(order, ElementsAre(1));
}

TEST_P(SchedulerTest, CancelOfNothingIsHarmless) {
  scheduler().Post([&] {
    scheduler().Cancel(0);
    scheduler().Cancel(12345);
    const Scheduler::TimerId id = scheduler().RunAfter(absl::ZeroDuration(), [] {});
    scheduler().RunAfter(absl::Milliseconds(5), [&, id] {
      scheduler().Cancel(id);
      Finish();
    });
  });
  Run();
}

TEST_P(SchedulerTest, TimerIdsAreNeverZeroNorReused) {
  const Scheduler::TimerId first = scheduler().RunAfter(absl::Seconds(1), [] {});
  scheduler().Cancel(first);
  const Scheduler::TimerId second = scheduler().RunAfter(absl::Seconds(1), [] {});
  EXPECT_NE(first, 0);
  EXPECT_NE(second, 0);
  EXPECT_NE(first, second);
}

TEST_P(SchedulerTest, TaskThatOwnsACallerOfTheSchedulerMayBeCancelled) {
  struct PostsWhenDestroyed {
    ~PostsWhenDestroyed() {
      scheduler->Post([flag = ran] { *flag = true; });
    }
    Scheduler* scheduler;
    std::shared_ptr<bool> ran;
  };
  const auto ran = std::make_shared<bool>(false);
  scheduler().Post([&] {
    auto owned = std::make_shared<PostsWhenDestroyed>();
    owned->scheduler = &scheduler();
    owned->ran = ran;
    const Scheduler::TimerId id = scheduler().RunAfter(absl::Hours(1), [o = std::move(owned)] {});
    scheduler().Cancel(id);
    scheduler().RunAfter(absl::Milliseconds(5), [&] { Finish(); });
  });
  Run();
  EXPECT_TRUE(*ran);
}

template <typename T>
std::unique_ptr<Harness> Make() {
  return std::make_unique<T>();
}

INSTANTIATE_TEST_SUITE_P(Implementations, SchedulerTest,
                         ::testing::Values(Implementation{"EventLoop", Make<EventLoopHarness>},
                                           Implementation{"Fake", Make<FakeSchedulerHarness>}),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace sessionbroker::base
