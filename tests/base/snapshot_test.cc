#include "service/base/snapshot.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace sessionbroker::base {
namespace {

// Tells when it goes.
struct Tracked {
  explicit Tracked(int number, int* destroyed = nullptr) : value(number), gone(destroyed) {}
  Tracked(Tracked&& other) noexcept : value(other.value), gone(other.gone) { other.gone = nullptr; }
  ~Tracked() {
    if (gone != nullptr) ++*gone;
  }

  int value;
  int* gone;
};

TEST(SnapshotTest, EveryThreadSeesWhatWasSetLast) {
  Snapshot<int> snapshot(1);
  snapshot.Set(2);
  // More threads than there are stripes.
  for (int i = 0; i < 40; ++i) {
    std::thread([&] { EXPECT_EQ(*snapshot.Get(), 2); }).join();
  }
}

TEST(SnapshotTest, WhoLooksKeepsWhatItSawAndTheLastOneFreesIt) {
  int gone = 0;
  Snapshot<Tracked> snapshot(Tracked(1, &gone));
  std::shared_ptr<const Tracked> seen = snapshot.Get();
  snapshot.Set(Tracked(2));
  EXPECT_EQ(seen->value, 1);
  EXPECT_EQ(gone, 0);
  seen = nullptr;
  EXPECT_EQ(gone, 1);
  EXPECT_EQ(snapshot.Get()->value, 2);
}

TEST(SnapshotTest, ReadersWhileItIsReplacedSeeWholeValuesThatNeverGoBack) {
  struct Pair {
    int a;
    int b;
  };
  Snapshot<Pair> snapshot(Pair{0, 0});
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      int last = 0;
      while (!stop) {
        const std::shared_ptr<const Pair> seen = snapshot.Get();
        ASSERT_EQ(seen->a, seen->b);
        ASSERT_GE(seen->a, last);
        last = seen->a;
      }
    });
  }
  for (int i = 1; i <= 2000; ++i) {
    snapshot.Set(Pair{i, i});
    ASSERT_EQ(snapshot.Get()->a, i);
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace sessionbroker::base
