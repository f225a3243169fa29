// What every store must do, run on each of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <latch>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "service/base/event_loop.h"
#include "service/storage/memory_store.h"
#include "service/storage/sqlite_store.h"
#include "service/storage/store.h"
#include "tests/storage/blocking_store.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_directory.h"

namespace sessionbroker::storage {
namespace {

using ::sessionbroker::testing::BlockingStore;
using ::sessionbroker::testing::IsOk;
using ::sessionbroker::testing::StatusIs;
using ::sessionbroker::testing::TempDirectory;
using ::testing::_;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;

// Where an implementation keeps its things while a test runs.
struct Surroundings {
  TempDirectory directory;
  std::unique_ptr<base::EventLoop> loop;
};

struct Implementation {
  const char* name;
  std::function<std::unique_ptr<Store>(const Surroundings&)> make;
};

Implementation Sqlite(const char* name, const DatabaseKind& kind) {
  return {name, [kind](const Surroundings& around) -> std::unique_ptr<Store> {
            auto store =
                SqliteStore::Open(around.directory.File("a.db"), kind, around.loop.get(), nullptr);
            EXPECT_THAT(store, IsOk());
            return store.ok() ? *std::move(store) : nullptr;
          }};
}

class StoreConformance : public ::testing::TestWithParam<Implementation> {
 protected:
  StoreConformance() {
    auto loop = base::EventLoop::Create();
    EXPECT_THAT(loop, IsOk());
    around_.loop = *std::move(loop);
    EXPECT_THAT(around_.loop->Start(), IsOk());
    store_ = GetParam().make(around_);
    blocking_ = std::make_unique<BlockingStore>(store_.get());
  }
  ~StoreConformance() override { around_.loop->Stop(); }

  int64_t Put(const std::string& key, const std::string& value) {
    const auto result = blocking_->Commit({.conditions = {}, .writes = {{key, value}}});
    EXPECT_THAT(result, IsOk());
    EXPECT_TRUE(result->committed);
    return result->revision;
  }

  Surroundings around_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<BlockingStore> blocking_;
};

INSTANTIATE_TEST_SUITE_P(All, StoreConformance,
                         ::testing::Values(Implementation{"Memory",
                                                          [](const Surroundings& around) {
                                                            return std::make_unique<MemoryStore>(
                                                                around.loop.get());
                                                          }},
                                           Sqlite("SqliteThatOutlastsTheMachine", kDurableState),
                                           Sqlite("SqliteThatOutlastsTheProcess", kSessionState)),
                         [](const auto& test) { return test.param.name; });

TEST_P(StoreConformance, KeyThatIsNotThereHasNoEntry) {
  EXPECT_THAT(*blocking_->Get("a"), Eq(std::nullopt));
  EXPECT_THAT(*blocking_->List({""}), IsEmpty());
}

TEST_P(StoreConformance, WhatWasPutIsReadWithItsRevision) {
  const int64_t revision = Put("a", "1");
  EXPECT_GE(revision, 1);
  EXPECT_THAT(*blocking_->Get("a"), Optional(Entry{"a", "1", revision}));
}

TEST_P(StoreConformance, KeysAndValuesAreBytes) {
  const std::string key("k\0\xff'\"", 5);
  const std::string value("\0v\xc3\x28", 4);
  const int64_t revision = Put(key, value);
  const int64_t empty = Put("empty", "");
  EXPECT_THAT(*blocking_->Get(key), Optional(Entry{key, value, revision}));
  EXPECT_THAT(*blocking_->Get("empty"), Optional(Entry{"empty", "", empty}));
  EXPECT_THAT(*blocking_->Get("k"), Eq(std::nullopt));
}

TEST_P(StoreConformance, RevisionsRiseOverAllKeysAndAfterARemoval) {
  const int64_t first = Put("a", "1");
  const int64_t other = Put("b", "1");
  EXPECT_GT(other, first);
  ASSERT_TRUE(blocking_->Commit({.conditions = {}, .writes = {{"a", std::nullopt}}})->committed);
  EXPECT_GT(Put("a", "1"), other);
}

TEST_P(StoreConformance, RemovedKeyIsGone) {
  Put("a", "1");
  ASSERT_TRUE(blocking_->Commit({.conditions = {}, .writes = {{"a", std::nullopt}}})->committed);
  EXPECT_THAT(*blocking_->Get("a"), Eq(std::nullopt));
  // Again: nothing to do is no error.
  EXPECT_TRUE(blocking_->Commit({.conditions = {}, .writes = {{"a", std::nullopt}}})->committed);
}

TEST_P(StoreConformance, ListsThePrefixInTheOrderOfBytes) {
  for (const char* key : {"n/b", "n/a", "n", "n/", "n0", "m", "n/\xff", "n/\xff\xff"}) Put(key, "");
  const auto keys = [this](const std::string& prefix) {
    std::vector<std::string> found;
    const auto entries = blocking_->List({prefix});
    for (const Entry& entry : *entries) found.push_back(entry.key);
    return found;
  };
  EXPECT_THAT(keys("n/"), ElementsAre("n/", "n/a", "n/b", "n/\xff", "n/\xff\xff"));
  EXPECT_THAT(keys("n/\xff"), ElementsAre("n/\xff", "n/\xff\xff"));
  EXPECT_THAT(keys("\xff"), IsEmpty());
  EXPECT_EQ(keys("").size(), 8u);
}

TEST_P(StoreConformance, ListsPageByPage) {
  for (const char* key : {"m", "n/a", "n/a!", "n/b", "n/c", "o"}) Put(key, "");
  const struct {
    const char* what;
    Range range;
    std::vector<std::string> keys;
  } kCases[] = {
      {"from the first", {"n/", "", 2}, {"n/a", "n/a!"}},
      {"after one that is there", {"n/", "n/a", 2}, {"n/a!", "n/b"}},
      {"after one that is not", {"n/", "n/a0", 2}, {"n/b", "n/c"}},
      {"the last, fewer than asked for", {"n/", "n/b", 2}, {"n/c"}},
      {"after the last", {"n/", "n/c", 2}, {}},
      {"after all with the prefix", {"n/", "o", 2}, {}},
      {"after what comes before the prefix", {"n/", "m", 2}, {"n/a", "n/a!"}},
      {"of all", {"", "n/c", 9}, {"o"}},
      {"none", {"n/", "", 0}, {}},
  };
  for (const auto& c : kCases) {
    std::vector<std::string> found;
    const auto entries = blocking_->List(c.range);
    ASSERT_THAT(entries, IsOk()) << c.what;
    for (const Entry& entry : *entries) found.push_back(entry.key);
    EXPECT_EQ(found, c.keys) << c.what;
  }
}

TEST_P(StoreConformance, WritesNothingUnlessEveryConditionHolds) {
  const int64_t a = Put("a", "1");
  const int64_t b = Put("b", "1");
  const struct {
    const char* what;
    std::vector<Condition> conditions;
    bool committed;
  } kCases[] = {
      {"wrong revision", {{"a", a + 1}}, false},
      {"revision of a key that is not there", {{"c", 1}}, false},
      {"absence of a key that is there", {{"a", 0}}, false},
      {"one of two", {{"a", a}, {"b", 0}}, false},
      {"both, and one that is not there", {{"a", a}, {"b", b}, {"c", 0}}, true},
      {"a revision that has passed now", {{"a", a}}, false},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.what);
    const auto before = *blocking_->List({""});
    const auto result =
        blocking_->Commit({.conditions = c.conditions, .writes = {{"a", "2"}, {"d", "2"}}});
    ASSERT_THAT(result, IsOk());
    EXPECT_EQ(result->committed, c.committed);
    if (c.committed) {
      EXPECT_THAT(*blocking_->Get("a"), Optional(Entry{"a", "2", result->revision}));
      EXPECT_THAT(*blocking_->Get("d"), Optional(Entry{"d", "2", result->revision}));
    } else {
      EXPECT_EQ(*blocking_->List({""}), before);
    }
  }
}

TEST_P(StoreConformance, RefusesWhatNoStoreTakes) {
  std::vector<Write> many;
  for (std::size_t i = 0; i <= kMaxTransactionKeys; ++i) many.push_back({std::to_string(i), "1"});
  const struct {
    Transaction transaction;
    const char* complaint;
  } kCases[] = {
      {{.conditions = {{"a", 0}}, .writes = {}}, "at least one write"},
      {{.conditions = {}, .writes = {{"", "1"}}}, "a key has 1 to 1024 bytes, got 0"},
      {{.conditions = {{std::string(1025, 'k'), 0}}, .writes = {{"a", "1"}}}, "got 1025"},
      {{.conditions = {}, .writes = {{"a", "1"}, {"a", "2"}}}, "stands twice"},
      {{.conditions = {{"a", 0}, {"a", 1}}, .writes = {{"a", "1"}}}, "stands twice"},
      {{.conditions = {}, .writes = many}, "at most 128 writes, got 129"},
      {{.conditions = {}, .writes = {{"a", std::string(kMaxValueBytes + 1, 'v')}}}, "a value has"},
  };
  for (const auto& c : kCases) {
    EXPECT_THAT(blocking_->Commit(c.transaction),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.complaint)));
  }
  EXPECT_THAT(*blocking_->List({""}), IsEmpty());
}

TEST_P(StoreConformance, TakesWhatIsJustWithinTheLimits) {
  const std::string key(kMaxKeyBytes, 'k');
  const std::string value(kMaxValueBytes, 'v');
  Transaction transaction{.conditions = {}, .writes = {{key, value}}};
  for (std::size_t i = 1; i < kMaxTransactionKeys; ++i) {
    transaction.writes.push_back({std::to_string(i), "1"});
    transaction.conditions.push_back({std::to_string(i), 0});
  }
  ASSERT_THAT(blocking_->Commit(transaction), IsOk());
  EXPECT_EQ((*blocking_->Get(key))->value, value);
}

TEST_P(StoreConformance, CallbacksRunOnTheSchedulerInTheOrderOfTheCalls) {
  std::vector<int> order;
  std::latch done(1);
  std::promise<bool> on_loop;
  store_->Commit({.conditions = {}, .writes = {{"a", "1"}}}, [&](const auto&) {
    order.push_back(1);
    on_loop.set_value(around_.loop->IsLoopThread());
  });
  store_->Get("a", [&](const absl::StatusOr<std::optional<Entry>>& entry) {
    order.push_back(2);
    EXPECT_THAT(*entry, Optional(_)) << "a call sees the commits before it";
  });
  store_->List({""}, [&](const auto&) { order.push_back(3); });
  store_->Commit({.conditions = {}, .writes = {}}, [&](const auto& refused) {
    order.push_back(4);
    EXPECT_FALSE(refused.ok());
    done.count_down();
  });
  done.wait();
  EXPECT_TRUE(on_loop.get_future().get());
  EXPECT_THAT(order, ElementsAre(1, 2, 3, 4));
}

TEST_P(StoreConformance, OfManyWhoCompareAndPutEachRoundHasOneWinner) {
  constexpr int kThreads = 4;
  constexpr int kRoundsEach = 50;
  std::vector<std::thread> threads;
  std::vector<std::vector<int64_t>> won(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this, &won, t] {
      BlockingStore store(store_.get());
      while (won[t].size() < kRoundsEach) {
        const auto entry = store.Get("counter");
        ASSERT_THAT(entry, IsOk());
        const int64_t value = entry->has_value() ? std::stoll((*entry)->value) : 0;
        const int64_t revision = entry->has_value() ? (*entry)->revision : 0;
        const auto result = store.Commit({.conditions = {{"counter", revision}},
                                          .writes = {{"counter", std::to_string(value + 1)}}});
        ASSERT_THAT(result, IsOk());
        if (result->committed) won[t].push_back(value + 1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<int64_t> values;
  for (const auto& mine : won) values.insert(mine.begin(), mine.end());
  EXPECT_EQ(values.size(), static_cast<std::size_t>(kThreads * kRoundsEach));
  EXPECT_EQ((*blocking_->Get("counter"))->value, std::to_string(kThreads * kRoundsEach));
}

}  // namespace
}  // namespace sessionbroker::storage
