#include "service/nonces/sequence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "service/base/error.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::nonces {
namespace {

using ::sessionbroker::testing::HasReason;
using ::sessionbroker::testing::IsOk;
using ::sessionbroker::testing::StatusIs;
using ::testing::HasSubstr;

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
constexpr int64_t kEnd32 = 2147483647;
// 2026-11-21T00:00:00Z.
constexpr int64_t kNow = 1795219200;

absl::Time At(int64_t seconds) { return absl::FromUnixSeconds(seconds); }

SequenceSpec Seconds(int64_t max = kEnd32) {
  return {.unit = SequenceSpec::Unit::kSeconds, .start = 0, .max = max};
}
SequenceSpec Counter(int64_t start, int64_t max = kMost) {
  return {.unit = SequenceSpec::Unit::kCount, .start = start, .max = max};
}

// Takes the next value, making blocks durable as they are needed.
absl::StatusOr<int64_t> Take(const SequenceSpec& spec, SequenceState* state, absl::Time now,
                             std::optional<int64_t> above = std::nullopt) {
  while (true) {
    const Decision decision = Next(spec, *state, above, 1, now);
    if (const auto* issue = std::get_if<Issue>(&decision)) {
      *state = Issued(*state, issue->value);
      return issue->value;
    }
    if (const auto* status = std::get_if<absl::Status>(&decision)) return *status;
    *state = Reserved(*state, std::get<ReserveBlock>(decision));
  }
}

TEST(Sequence, FirstValueIsTheTimeOrTheStart) {
  const struct {
    const char* what;
    SequenceSpec spec;
    int64_t expected;
  } kCases[] = {
      {"seconds", Seconds(), kNow},
      {"milliseconds", {.unit = SequenceSpec::Unit::kMilliseconds}, kNow * 1000},
      {"a start that time has passed", {.start = 5}, kNow},
      {"a start that is to come", {.start = kNow + 5000000}, kNow + 5000000},
      {"a counter", Counter(0), 0},
      {"a counter from 1000", Counter(1000), 1000},
  };
  for (const auto& c : kCases) {
    SequenceState state;
    const auto value = Take(c.spec, &state, At(kNow));
    ASSERT_THAT(value, IsOk()) << c.what;
    EXPECT_EQ(*value, c.expected) << c.what;
  }
}

TEST(Sequence, ValueIsNotGivenOutBeforeItIsReserved) {
  const Decision decision = Next(Seconds(), SequenceState{}, std::nullopt, 1, At(kNow));
  ASSERT_TRUE(std::holds_alternative<ReserveBlock>(decision));
  EXPECT_EQ(std::get<ReserveBlock>(decision).first, kNow);
  EXPECT_EQ(std::get<ReserveBlock>(decision).reserved, kNow);
}

TEST(Sequence, SecondsAreRaisedFurtherWhereMoreThanOneFallsIntoASecond) {
  SequenceState state;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(*Take(Seconds(), &state, At(kNow)), kNow + i);
  EXPECT_EQ(*Take(Seconds(), &state, At(kNow + 5)), kNow + 10);
  EXPECT_EQ(*Take(Seconds(), &state, At(kNow + 100)), kNow + 100);
}

TEST(Sequence, CounterDoesNotFollowTheTime) {
  SequenceState state;
  for (int i = 0; i < 100; ++i) EXPECT_EQ(*Take(Counter(7), &state, At(kNow + i * 1000)), 7 + i);
}

TEST(Sequence, ValueIsHigherThanTheOneTheCallerHasSeenRefused) {
  SequenceState state;
  EXPECT_EQ(*Take(Seconds(), &state, At(kNow)), kNow);
  EXPECT_EQ(*Take(Seconds(), &state, At(kNow), kNow + 60), kNow + 61);
  EXPECT_EQ(*Take(Seconds(), &state, At(kNow), kNow + 10), kNow + 62) << "passed already";
  EXPECT_THAT(Take(Seconds(), &state, At(kNow), kNow + 3600),
              HasReason(base::Reason::kSequenceAhead));
  EXPECT_EQ(*Take(Seconds(), &state, At(kNow)), kNow + 63) << "a refusal raises nothing";
}

TEST(Sequence, BlockNeverExceeds64AndGrowsWithUseOnly) {
  SequenceState state;
  std::vector<int64_t> lengths;
  for (int i = 0; i < 300; ++i) {
    const Decision decision = Next(Counter(0), state, std::nullopt, 1, At(kNow));
    if (const auto* block = std::get_if<ReserveBlock>(&decision)) {
      lengths.push_back(block->reserved - block->first + 1);
    }
    ASSERT_THAT(Take(Counter(0), &state, At(kNow)), IsOk());
  }
  EXPECT_THAT(lengths, ::testing::ElementsAre(1, 2, 4, 8, 16, 32, 64, 64, 64, 64));

  // One login a minute: nothing is reserved beyond it, so restarts skip nothing.
  state = SequenceState();
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(*Take(Seconds(), &state, At(kNow + 60 * i)), kNow + 60 * i);
    EXPECT_EQ(state.reserved, kNow + 60 * i);
  }
}

TEST(Sequence, BlockIsAsLongAsThereAreCallersUpTo64) {
  for (const auto& [wanted, length] :
       std::vector<std::pair<int64_t, int64_t>>{{1, 1}, {5, 5}, {64, 64}, {65, 64}, {10000, 64}}) {
    const Decision decision = Next(Seconds(), SequenceState{}, std::nullopt, wanted, At(kNow));
    const auto& block = std::get<ReserveBlock>(decision);
    EXPECT_EQ(block.reserved - block.first + 1, length);
  }
}

TEST(Sequence, BlockEndsAtTheMaximumAndAtTheLimitAheadOfTheClock) {
  EXPECT_EQ(std::get<ReserveBlock>(Next(Counter(0, 9), SequenceState{}, std::nullopt, 64, At(kNow)))
                .reserved,
            9);
  const SequenceState ahead = Restored(kNow + 3590, -1);
  EXPECT_EQ(std::get<ReserveBlock>(Next(Seconds(), ahead, std::nullopt, 64, At(kNow))).reserved,
            kNow + 3600);
  EXPECT_EQ(
      std::get<ReserveBlock>(Next(Counter(kMost - 1), SequenceState{}, std::nullopt, 64, At(kNow)))
          .reserved,
      kMost);
}

TEST(Sequence, RestOfABlockIsSkippedAfterARestart) {
  SequenceState state = Reserved(SequenceState{}, {.first = kNow, .reserved = kNow + 63});
  EXPECT_EQ(*Take(Seconds(), &state, At(kNow)), kNow);
  state = Restored(state.reserved, state.floor);
  EXPECT_EQ(*Take(Seconds(), &state, At(kNow)), kNow + 64);
}

TEST(Sequence, NoWrongClockMakesAValueRepeatOrStepBackOrSpoilsTheKey) {
  constexpr int64_t kHour = 3600;
  constexpr int64_t kDay = 24 * kHour;
  const struct {
    const char* what;
    std::vector<int64_t> clock;
  } kCases[] = {
      {"an hour back", {kNow, kNow + 1, kNow - kHour, kNow - kHour + 1}},
      {"a second back at a time", {kNow, kNow - 1, kNow - 2, kNow - 3}},
      {"a day forward and back", {kNow, kNow + kDay, kNow + kDay + 1, kNow, kNow + 1}},
      {"years back", {kNow, 0, 1, -5, kNow + 10}},
      {"beyond 2038 and back", {kNow, kEnd32 + 1, kEnd32 + kDay, kNow, kNow + 1}},
      {"far beyond", {kNow, 99999999999, kNow}},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.what);
    SequenceState state;
    int64_t last = -1;
    for (const int64_t clock : c.clock) {
      for (int i = 0; i < 3; ++i) {
        const auto value = Take(Seconds(), &state, At(clock));
        if (value.ok()) {
          EXPECT_GT(*value, last);
          last = *value;
        } else {
          EXPECT_THAT(value, HasReason(base::Reason::kSequenceAhead));
        }
      }
    }
    // Once the clock is where the last value is at the latest, there are values again.
    EXPECT_LT(last, kEnd32);
    EXPECT_THAT(Take(Seconds(), &state, At(std::max(last, kNow))), IsOk());
    // And an operator need not wait for that.
    state = Restored(state.reserved + 1, state.reserved + 1);
    const auto raised = Take(Seconds(), &state, At(c.clock.back()));
    ASSERT_THAT(raised, IsOk());
    EXPECT_GT(*raised, last);
  }
}

TEST(Sequence, ValueTooFarAheadTellsWhenTheClockHasCaughtUp) {
  SequenceState state = Restored(kNow + 3600 + 30, -1);
  const auto refused = Take(Seconds(), &state, At(kNow));
  EXPECT_THAT(refused, HasReason(base::Reason::kSequenceAhead));
  const base::ErrorDetails details = base::DetailsOf(refused.status());
  EXPECT_EQ(details.retry_after, absl::Seconds(31));
  EXPECT_EQ(details.metadata.at("limit"), std::to_string(kNow + 3600));
  EXPECT_EQ(details.metadata.at("actual"), std::to_string(kNow + 3631));
  EXPECT_EQ(*Take(Seconds(), &state, At(kNow) + *details.retry_after), kNow + 3631);

  state = Restored(kNow * 1000 + 3600000, -1);
  const SequenceSpec milliseconds = {.unit = SequenceSpec::Unit::kMilliseconds};
  EXPECT_EQ(base::DetailsOf(Take(milliseconds, &state, At(kNow)).status()).retry_after,
            absl::Milliseconds(1));

  state = Restored(kNow + 10 * 365 * 86400, -1);
  EXPECT_EQ(base::DetailsOf(Take(Seconds(), &state, At(kNow)).status()).retry_after,
            absl::Hours(24));
}

TEST(Sequence, In2036AndAfter2038ThereAreValuesUntilTheMaximum) {
  SequenceState state;
  const int64_t in_2036 = 2085978496;  // 2036-02-07T06:28:16Z, where NTP's era ends.
  EXPECT_EQ(*Take(Seconds(), &state, At(in_2036)), in_2036);
  EXPECT_EQ(*Take(Seconds(), &state, At(kEnd32 - 2)), kEnd32 - 2);
  EXPECT_EQ(*Take(Seconds(), &state, At(kEnd32 + 1000)), kEnd32 - 1) << "goes on by ones";
  EXPECT_EQ(*Take(Seconds(), &state, At(kEnd32 + 2000)), kEnd32);
  for (int i = 0; i < 2; ++i) {
    const auto used_up = Take(Seconds(), &state, At(kEnd32 + 3000 + i));
    EXPECT_THAT(used_up, HasReason(base::Reason::kSequenceExhausted));
    EXPECT_THAT(used_up, StatusIs(absl::StatusCode::kFailedPrecondition,
                                  HasSubstr("their maximum of 2147483647 is reached")));
    EXPECT_EQ(base::DetailsOf(used_up.status()).retry_after, std::nullopt);
  }
}

TEST(Sequence, LargestValueOfAllIsGivenOutOnceWithoutOverflow) {
  SequenceState state;
  EXPECT_EQ(*Take(Counter(kMost - 1), &state, At(kNow)), kMost - 1);
  EXPECT_EQ(*Take(Counter(kMost - 1), &state, At(kNow)), kMost);
  EXPECT_THAT(Take(Counter(kMost - 1), &state, At(kNow)),
              HasReason(base::Reason::kSequenceExhausted));
  EXPECT_THAT(Take(Counter(0), &state, At(kNow), kMost),
              HasReason(base::Reason::kSequenceExhausted));
  const SequenceSpec wide = {.unit = SequenceSpec::Unit::kMilliseconds,
                             .start = kMost - 1,
                             .max_ahead = absl::InfiniteDuration()};
  state = SequenceState();
  EXPECT_EQ(*Take(wide, &state, At(kNow)), kMost - 1);
}

TEST(Sequence, SpecThatMakesNoSenseIsRefused) {
  EXPECT_THAT(CheckSpec(Seconds()), IsOk());
  EXPECT_THAT(CheckSpec(Counter(5, 5)), IsOk());
  for (const SequenceSpec& spec :
       {Counter(-1), Counter(6, 5), SequenceSpec{.max_ahead = absl::ZeroDuration()}}) {
    EXPECT_THAT(CheckSpec(spec), HasReason(base::Reason::kInvalidArgument));
  }
}

TEST(SequenceRaise, IsAllowedUpwardsOnlyAndLeavesAValue) {
  const SequenceId id = {"https://v5.icash.bg", "k1"};
  const SequenceSpec milliseconds = {.unit = SequenceSpec::Unit::kMilliseconds};
  const SequenceSpec a_day_ahead = {.max_ahead = absl::Hours(24)};
  const SequenceSpec later = {.start = kNow + 5000};
  const struct {
    const char* what;
    // -1: it was never used.
    int64_t stands_at;
    std::vector<SequenceSpec> specs;
    int64_t value;
    std::optional<base::Reason> refusal;
    const char* text;
    // Of an argument that is refused.
    int64_t limit = 0;
  } kCases[] = {
      {"higher", kNow, {Seconds()}, kNow + 1, {}, ""},
      {"one that was never used", -1, {Seconds()}, kNow, {}, ""},
      {"the same",
       kNow,
       {Seconds()},
       kNow,
       base::Reason::kSequencePassed,
       "stand at 1795219200 and are only ever raised, got 1795219200"},
      {"lower", kNow, {Seconds()}, 5, base::Reason::kSequencePassed, "stand at 1795219200"},
      {"negative", kNow, {Seconds()}, -1, base::Reason::kInvalidArgument, "0 or more", 0},
      {"the maximum",
       kNow,
       {Seconds()},
       kEnd32,
       base::Reason::kInvalidArgument,
       "can be raised to 2147483646 at most, or none would be left",
       kEnd32 - 1},
      {"milliseconds for seconds",
       -1,
       {Seconds()},
       kNow * 1000,
       base::Reason::kInvalidArgument,
       "can be raised to 2147483646 at most",
       kEnd32 - 1},
      {"the same without a maximum",
       -1,
       {Seconds(kMost)},
       kNow * 1000,
       base::Reason::kInvalidArgument,
       "follow the time in seconds and can be raised to 1795222800 at most, 1h ahead of the "
       "broker's clock or of where they stand, got 1795219200000",
       kNow + 3600},
      {"the most", kNow, {Seconds()}, kNow + 3600, {}, ""},
      {"one more",
       kNow,
       {Seconds()},
       kNow + 3601,
       base::Reason::kInvalidArgument,
       "1795222800",
       kNow + 3600},
      {"as far as the definition allows", -1, {a_day_ahead}, kNow + 86400, {}, ""},
      {"beyond that",
       -1,
       {a_day_ahead},
       kNow + 86401,
       base::Reason::kInvalidArgument,
       "24h ahead",
       kNow + 86400},
      {"one that stands ahead", kNow + 9000, {Seconds()}, kNow + 9001, {}, ""},
      {"far beyond where it stands",
       kNow + 9000,
       {Seconds()},
       kNow + 12601,
       base::Reason::kInvalidArgument,
       "1h ahead",
       kNow + 12600},
      {"a start that is to come", -1, {later}, kNow + 8600, {}, ""},
      {"milliseconds", -1, {milliseconds}, kNow * 1000 + 3600000, {}, ""},
      {"beyond them",
       -1,
       {milliseconds},
       kNow * 1000 + 3600001,
       base::Reason::kInvalidArgument,
       "follow the time in milliseconds",
       kNow * 1000 + 3600000},
      {"two that draw from it",
       -1,
       {milliseconds, Seconds()},
       kNow * 1000,
       base::Reason::kInvalidArgument,
       "2147483646",
       kEnd32 - 1},
      {"a counter", 5, {Counter(0)}, kNow * 1000, {}, ""},
      {"a counter's last but one", 5, {Counter(0)}, kMost - 1, {}, ""},
      {"a counter's last",
       5,
       {Counter(0)},
       kMost,
       base::Reason::kInvalidArgument,
       "none would be left",
       kMost - 1},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.what);
    const absl::Status status =
        CheckRaise(id, Restored(c.stands_at, -1), c.specs, c.value, At(kNow));
    if (!c.refusal.has_value()) {
      EXPECT_THAT(status, IsOk());
      continue;
    }
    EXPECT_THAT(status, HasReason(*c.refusal));
    EXPECT_THAT(std::string(status.message()),
                ::testing::AllOf(HasSubstr("k1 at https://v5.icash.bg"), HasSubstr(c.text)));
    const auto metadata = base::DetailsOf(status).metadata;
    EXPECT_EQ(metadata.at("actual"), std::to_string(c.value));
    if (*c.refusal == base::Reason::kInvalidArgument) {
      EXPECT_EQ(metadata.at("limit"), std::to_string(c.limit));
    } else {
      EXPECT_EQ(metadata.at("current"), "1795219200");
    }
  }
}

}  // namespace
}  // namespace sessionbroker::nonces
