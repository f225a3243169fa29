#include "service/base/mutex.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace sessionbroker::base {
namespace {

class Counter {
 public:
  void Add() {
    MutexLock lock(&mutex_);
    ++value_;
  }
  int value() {
    MutexLock lock(&mutex_);
    return value_;
  }

 private:
  Mutex mutex_;
  int value_ ABSL_GUARDED_BY(mutex_) = 0;
};

TEST(MutexTest, ThreadsDoNotLoseEachOthersWrites) {
  constexpr int kThreads = 4;
  constexpr int kAdds = 10'000;
  Counter counter;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < kAdds; ++j) counter.Add();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter.value(), kThreads * kAdds);
}

}  // namespace
}  // namespace sessionbroker::base
