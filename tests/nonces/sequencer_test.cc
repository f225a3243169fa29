#include "service/nonces/sequencer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <latch>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "service/base/event_loop.h"
#include "service/base/system_clock.h"
#include "service/storage/memory_store.h"
#include "service/storage/sqlite_store.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/fake_scheduler.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_directory.h"

namespace sessionbroker::nonces {
namespace {

using ::sessionbroker::testing::FakeClock;
using ::sessionbroker::testing::FakeScheduler;
using ::sessionbroker::testing::HasReason;
using ::sessionbroker::testing::IsOk;
using ::sessionbroker::testing::TempDirectory;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int64_t kStart = 1795219200;  // FakeClock's.

const SequenceId kId = {"https://v5.icash.bg", "k1"};

SequenceSpec ByTheSecond() {
  return {.unit = SequenceSpec::Unit::kSeconds, .start = 0, .max = 2147483647};
}
SequenceSpec OneByOne() { return {.unit = SequenceSpec::Unit::kCount, .start = 1}; }

// A store that can fail and counts.
class FaultyStore final : public storage::Store {
 public:
  FaultyStore(storage::Store* store, base::Scheduler* scheduler)
      : store_(store), scheduler_(scheduler) {}

  void Get(const std::string& key, GetCallback done) override {
    if (!FailNow(&done)) store_->Get(key, std::move(done));
  }
  void List(storage::Range range, ListCallback done) override {
    if (!FailNow(&done)) store_->List(std::move(range), std::move(done));
  }
  void Commit(storage::Transaction transaction, CommitCallback done) override {
    ++commits;
    if (lose_answers) {
      store_->Commit(std::move(transaction), [](const auto&) {});
      EXPECT_TRUE(FailNow(&done, true));
      return;
    }
    if (!FailNow(&done)) store_->Commit(std::move(transaction), std::move(done));
  }

  bool failing = false;
  // Commits are carried out, but nobody hears of it.
  bool lose_answers = false;
  int commits = 0;

 private:
  template <typename Callback>
  bool FailNow(Callback* done, bool fail = false) {
    if (!fail && !failing) return false;
    scheduler_->Post([done = std::move(*done)]() mutable {
      done(base::MakeError(base::Reason::kStoreUnavailable, "the disk is full"));
    });
    return true;
  }

  storage::Store* const store_;
  base::Scheduler* const scheduler_;
};

class SequencerTest : public ::testing::Test {
 protected:
  SequencerTest() { Restart(); }

  // The process ends and another one begins with the same store.
  void Restart() {
    sequencer_ = std::make_unique<Sequencer>(&store_, &scheduler_, &clock_,
                                             Sequencer::Options{.max_waiters = 200});
  }

  void Ask(std::vector<absl::StatusOr<int64_t>>* results, const SequenceSpec& spec = ByTheSecond(),
           const SequenceId& id = kId, std::optional<int64_t> above = std::nullopt) {
    sequencer_->Reserve(id, spec, above, [results](absl::StatusOr<int64_t> value) {
      results->push_back(std::move(value));
    });
  }

  absl::StatusOr<int64_t> Take(const SequenceSpec& spec = ByTheSecond(), const SequenceId& id = kId,
                               std::optional<int64_t> above = std::nullopt) {
    std::vector<absl::StatusOr<int64_t>> results;
    Ask(&results, spec, id, above);
    EXPECT_THAT(results, IsEmpty()) << "never inside the call";
    scheduler_.RunReady();
    EXPECT_THAT(results, SizeIs(1));
    return results.empty() ? absl::UnknownError("not called") : results[0];
  }

  absl::StatusOr<Raised> Raise(int64_t value, const SequenceId& id = kId,
                               const SequenceSpec& spec = OneByOne()) {
    absl::StatusOr<Raised> result = absl::UnknownError("not called");
    sequencer_->Raise(id, {spec}, value, [&](absl::StatusOr<Raised> raised) { result = raised; });
    scheduler_.RunReady();
    return result;
  }

  std::vector<Record> List() {
    absl::StatusOr<std::vector<Record>> result = absl::UnknownError("not called");
    sequencer_->List([&](absl::StatusOr<std::vector<Record>> all) { result = std::move(all); });
    scheduler_.RunReady();
    EXPECT_THAT(result, IsOk());
    return result.ok() ? *result : std::vector<Record>();
  }

  FakeClock clock_;
  FakeScheduler scheduler_{&clock_};
  storage::MemoryStore memory_{&scheduler_};
  FaultyStore store_{&memory_, &scheduler_};
  std::unique_ptr<Sequencer> sequencer_;
};

TEST_F(SequencerTest, ValuesAreDurableBeforeTheyAreGivenOut) {
  for (int i = 0; i < 200; ++i) {
    SB_ASSERT_OK_AND_ASSIGN(const int64_t value, Take());
    ASSERT_THAT(List(), SizeIs(1));
    EXPECT_GE(List()[0].reserved, value);
    EXPECT_LT(List()[0].reserved - value, kMaxBlock);
  }
}

TEST_F(SequencerTest, AccountsThatShareAKeyShareItsSequenceAndOthersDoNot) {
  EXPECT_EQ(*Take(OneByOne(), {"https://a", "k"}), 1);
  EXPECT_EQ(*Take(OneByOne(), {"https://a", "k"}), 2);
  EXPECT_EQ(*Take(OneByOne(), {"https://a", "other"}), 1);
  EXPECT_EQ(*Take(OneByOne(), {"https://b", "k"}), 1);
  EXPECT_EQ(*Take(OneByOne(), {"https://a", "k"}), 3);
}

TEST_F(SequencerTest, CallersOfOneSequenceGetTheirValuesInTheirOrderFromOneBlock) {
  std::vector<absl::StatusOr<int64_t>> results;
  for (int i = 0; i < 50; ++i) Ask(&results);
  scheduler_.RunReady();
  ASSERT_THAT(results, SizeIs(50));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(*results[i], kStart + i);
  EXPECT_LE(store_.commits, 6);
}

TEST_F(SequencerTest, RestartSkipsTheRestOfTheBlockAndNeverRepeats) {
  std::vector<absl::StatusOr<int64_t>> results;
  int64_t last = 0;
  for (int run = 0; run < 20; ++run) {
    for (int i = 0; i < 7; ++i) {
      SB_ASSERT_OK_AND_ASSIGN(const int64_t value, Take());
      EXPECT_GT(value, last);
      last = value;
    }
    Restart();
  }
  EXPECT_LT(last, kStart + 20 * (7 + kMaxBlock));
}

TEST_F(SequencerTest, CrashBetweenReserveAndUseLosesTheBlockOnly) {
  std::vector<absl::StatusOr<int64_t>> lost;
  Ask(&lost);
  scheduler_.RunReady();
  store_.lose_answers = true;
  Ask(&lost);
  Ask(&lost);
  scheduler_.RunReady();
  store_.lose_answers = false;
  Restart();
  const int64_t reserved = List()[0].reserved;
  EXPECT_GT(reserved, kStart);
  EXPECT_EQ(*Take(), reserved + 1);
}

TEST_F(SequencerTest, StoreThatFailsFailsThoseWhoWaitAndIsAskedAgainLater) {
  const int64_t before = *Take(OneByOne());
  store_.failing = true;
  std::vector<absl::StatusOr<int64_t>> results;
  for (int i = 0; i < 5; ++i) Ask(&results, OneByOne());
  scheduler_.RunReady();
  ASSERT_THAT(results, SizeIs(5));
  for (const auto& result : results) {
    EXPECT_THAT(result, HasReason(base::Reason::kStoreUnavailable));
  }
  store_.failing = false;
  EXPECT_EQ(*Take(OneByOne()), before + 1);
}

TEST_F(SequencerTest, CommitOfWhichNothingWasHeardIsTakenForMade) {
  EXPECT_EQ(*Take(OneByOne()), 1);
  store_.lose_answers = true;
  EXPECT_THAT(Take(OneByOne()), HasReason(base::Reason::kStoreUnavailable));
  store_.lose_answers = false;
  const int64_t reserved = List()[0].reserved;
  EXPECT_GT(reserved, 1);
  EXPECT_EQ(*Take(OneByOne()), reserved + 1);
}

TEST_F(SequencerTest, ProcessesThatShareAStoreNeverGetTheSameValue) {
  Sequencer other(&store_, &scheduler_, &clock_);
  std::vector<int64_t> values;
  const auto keep = [&](absl::StatusOr<int64_t> value) {
    ASSERT_THAT(value, IsOk());
    values.push_back(*value);
  };
  for (int i = 0; i < 300; ++i) {
    sequencer_->Reserve(kId, OneByOne(), std::nullopt, keep);
    other.Reserve(kId, OneByOne(), std::nullopt, keep);
    if (i % 7 == 0) scheduler_.RunReady();
  }
  scheduler_.RunReady();
  EXPECT_THAT(values, SizeIs(600));
  EXPECT_EQ(std::set<int64_t>(values.begin(), values.end()).size(), 600u);
}

TEST_F(SequencerTest, StoreThatWasSetBackDoesNotSetTheProcessBack) {
  EXPECT_EQ(*Take(OneByOne()), 1);
  EXPECT_EQ(*Take(OneByOne()), 2);
  memory_.Commit({.conditions = {}, .writes = {{"nonces/https://v5.icash.bg k1", std::nullopt}}},
                 [](const auto&) {});
  EXPECT_EQ(*Take(OneByOne()), 3);
  EXPECT_EQ(*Take(OneByOne()), 4);
  EXPECT_GE(List()[0].reserved, 4);
}

TEST_F(SequencerTest, DayForwardAndBackCostsNothing) {
  int64_t last = *Take();
  const auto next = [&] {
    const auto value = Take();
    ASSERT_THAT(value, IsOk());
    EXPECT_GT(*value, last);
    last = *value;
  };
  clock_.StepWall(absl::Hours(24));
  for (int i = 0; i < 10; ++i) next();
  clock_.StepWall(-absl::Hours(24));
  for (int i = 0; i < 10; ++i) next();
  EXPECT_LT(last, kStart + 100);
}

TEST_F(SequencerTest, HourBackCostsAtMostTheSecondsThatValuesWereAhead) {
  int64_t last = 0;
  for (int i = 0; i < 10; ++i) last = *Take();
  clock_.StepWall(-absl::Hours(1));
  const auto refused = Take();
  EXPECT_THAT(refused, HasReason(base::Reason::kSequenceAhead));
  const auto wait = base::DetailsOf(refused.status()).retry_after;
  ASSERT_TRUE(wait.has_value());
  EXPECT_LE(*wait, absl::Seconds(10));
  clock_.Advance(*wait);
  EXPECT_EQ(*Take(), last + 1);
}

TEST_F(SequencerTest, RestartWhileTheClockIsADayAheadCanBeMendedByAnOperator) {
  ASSERT_THAT(Take(), IsOk());
  clock_.StepWall(absl::Hours(24));
  Restart();
  SB_ASSERT_OK_AND_ASSIGN(const int64_t ahead, Take());
  EXPECT_EQ(ahead, kStart + 86400);
  clock_.StepWall(-absl::Hours(24));
  EXPECT_THAT(Take(), HasReason(base::Reason::kSequenceAhead));
  ASSERT_THAT(Raise(ahead + 1, kId, ByTheSecond()), IsOk());
  EXPECT_EQ(*Take(), ahead + 2);
  Restart();
  EXPECT_EQ(*Take(), ahead + 3) << "a raise outlasts the process";
}

TEST_F(SequencerTest, RaiseTakesEffectBetweenTheCallsAroundIt) {
  std::vector<absl::StatusOr<int64_t>> results;
  Ask(&results, OneByOne());
  absl::StatusOr<Raised> raised = absl::UnknownError("not called");
  sequencer_->Raise(kId, {OneByOne()}, 1000,
                    [&](absl::StatusOr<Raised> result) { raised = result; });
  Ask(&results, OneByOne());
  scheduler_.RunReady();
  ASSERT_THAT(raised, IsOk());
  EXPECT_EQ(raised->record.reserved, 1000);
  EXPECT_EQ(raised->previous, 3) << "the block that was as long as there were calls";
  ASSERT_THAT(results, SizeIs(2));
  EXPECT_EQ(*results[0], 1);
  EXPECT_EQ(*results[1], 1001);
}

TEST_F(SequencerTest, RaiseToWhatHasPassedIsRefusedAndNamesTheCurrentValue) {
  SB_ASSERT_OK_AND_ASSIGN(const Raised raised, Raise(1000));
  EXPECT_EQ(raised.previous, -1);
  EXPECT_EQ(*Take(OneByOne()), 1001);
  const auto refused = Raise(1001);
  EXPECT_THAT(refused, HasReason(base::Reason::kSequencePassed));
  EXPECT_EQ(base::DetailsOf(refused.status()).metadata.at("current"), "1001");
}

TEST_F(SequencerTest, RaiseIsHeldToTheClockBeforeTheFirstUseToo) {
  const auto refused = Raise(kStart * 1000, kId, {.unit = SequenceSpec::Unit::kSeconds});
  EXPECT_THAT(refused, HasReason(base::Reason::kInvalidArgument));
  EXPECT_EQ(base::DetailsOf(refused.status()).metadata.at("limit"), std::to_string(kStart + 3600));
  EXPECT_THAT(List(), IsEmpty());
  EXPECT_EQ(*Take(), kStart);
}

TEST_F(SequencerTest, RaiseDoesNotBelieveAClockThatHasJustJumpedEither) {
  ASSERT_THAT(Take(), IsOk());
  clock_.StepWall(absl::Hours(24));
  EXPECT_THAT(Raise(kStart + 86400, kId, ByTheSecond()), HasReason(base::Reason::kInvalidArgument));
  EXPECT_THAT(Raise(kStart + 3600, kId, ByTheSecond()), IsOk());
}

TEST_F(SequencerTest, ListTellsWhatEachSequenceIs) {
  Take(ByTheSecond(), {"https://b", "k"}).IgnoreError();
  Take(OneByOne(), {"https://a", "k"}).IgnoreError();
  ASSERT_THAT(Raise(9, {"https://a", "raised"}), IsOk());
  const std::vector<Record> all = List();
  ASSERT_THAT(all, SizeIs(3));
  EXPECT_EQ(all[0].id, (SequenceId{"https://a", "k"}));
  EXPECT_EQ(all[0].unit, SequenceSpec::Unit::kCount);
  EXPECT_EQ(all[0].floor, -1);
  EXPECT_EQ(all[1].id, (SequenceId{"https://a", "raised"}));
  EXPECT_EQ(all[1].unit, std::nullopt);
  EXPECT_EQ(all[1].floor, 9);
  EXPECT_EQ(all[2].id, (SequenceId{"https://b", "k"}));
  EXPECT_EQ(all[2].reserved, kStart);
  EXPECT_EQ(all[2].max, 2147483647);
  EXPECT_EQ(all[2].update_time, clock_.WallNow());
}

TEST_F(SequencerTest, RecordThatCannotBeReadIsAnErrorAndStaysAsItIs) {
  const std::string key = "nonces/https://v5.icash.bg k1";
  memory_.Commit({.conditions = {}, .writes = {{key, "\xff\xff"}}}, [](const auto&) {});
  EXPECT_THAT(Take(), HasReason(base::Reason::kStoreUnavailable));
  EXPECT_THAT(Raise(5000000000), HasReason(base::Reason::kStoreUnavailable));
  EXPECT_EQ(store_.commits, 0);
}

TEST_F(SequencerTest, CallThatMakesNoSenseIsRefused) {
  EXPECT_THAT(Take({.start = -1}), HasReason(base::Reason::kInvalidArgument));
  EXPECT_THAT(Take(OneByOne(), {"", "k"}), HasReason(base::Reason::kInvalidArgument));
  EXPECT_THAT(Raise(5, {"https://a", ""}), HasReason(base::Reason::kInvalidArgument));
}

TEST_F(SequencerTest, MoreWaitersThanAllowedAreTurnedAway) {
  std::vector<absl::StatusOr<int64_t>> results;
  for (int i = 0; i < 201; ++i) Ask(&results);
  scheduler_.RunReady();
  ASSERT_THAT(results, SizeIs(201));
  EXPECT_THAT(results[0], HasReason(base::Reason::kQueueFull)) << "at once, before the others";
  EXPECT_EQ(std::count_if(results.begin(), results.end(), [](const auto& r) { return r.ok(); }),
            200);
}

TEST(SequencerOnThreads, ValuesThatManyThreadsGetRiseInTheOrderOfEachAndAreUnique) {
  TempDirectory directory;
  const base::SystemClock clock;
  SB_ASSERT_OK_AND_ASSIGN(const auto loop, base::EventLoop::Create());
  SB_ASSERT_OK_AND_ASSIGN(const auto store,
                          storage::SqliteStore::Open(directory.File("durable.db"),
                                                     storage::kDurableState, loop.get(), {}));
  Sequencer sequencer(store.get(), loop.get(), &clock);
  ASSERT_THAT(loop->Start(), IsOk());
  constexpr int kThreads = 4;
  constexpr int kEach = 500;
  std::vector<std::vector<int64_t>> values(kThreads);
  std::latch done(kThreads * kEach);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        sequencer.Reserve(kId, OneByOne(), std::nullopt, [&, t](absl::StatusOr<int64_t> value) {
          EXPECT_THAT(value, IsOk());
          values[t].push_back(value.ok() ? *value : 0);
          done.count_down();
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  done.wait();
  loop->Stop();
  std::set<int64_t> all;
  for (const auto& mine : values) {
    EXPECT_TRUE(std::is_sorted(mine.begin(), mine.end()));
    all.insert(mine.begin(), mine.end());
  }
  EXPECT_EQ(all.size(), static_cast<std::size_t>(kThreads * kEach));
}

}  // namespace
}  // namespace sessionbroker::nonces
