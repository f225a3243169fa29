#include "service/sessions/backoff.h"

#include <gtest/gtest.h>

#include <optional>

#include "absl/time/time.h"
#include "service/base/error.h"
#include "tests/sessions/moments.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::sessions {
namespace {

using ::sessionbroker::testing::HasReason;

constexpr BackoffPolicy kBackoff = {.first = absl::Seconds(1), .cap = absl::Seconds(60)};

absl::Status Unreachable() {
  return base::MakeError(base::Reason::kProviderUnreachable, "no answer");
}

BackingOff After(int failures) {
  return {.failures = failures, .until = kNow, .cause = absl::UnavailableError("an earlier one")};
}

TEST(LongestRestTest, DoublesWithEachFailureUpToTheCap) {
  const struct {
    int failures;
    BackoffPolicy policy;
    absl::Duration expected;
  } kCases[] = {
      {1, kBackoff, absl::Seconds(1)},
      {2, kBackoff, absl::Seconds(2)},
      {3, kBackoff, absl::Seconds(4)},
      {6, kBackoff, absl::Seconds(32)},
      {7, kBackoff, absl::Seconds(60)},
      {1000000000, kBackoff, absl::Seconds(60)},
      {1, {.first = absl::Seconds(90), .cap = absl::Seconds(60)}, absl::Seconds(60)},
      {1000000000, {.first = absl::ZeroDuration(), .cap = absl::Seconds(60)}, absl::ZeroDuration()},
      {1, BackoffPolicy(), absl::Seconds(1)},
      {1000000000, BackoffPolicy(), absl::Minutes(5)},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(LongestRest(c.failures, c.policy), c.expected) << c.failures;
  }
}

TEST(BackOffTest, RestsForARandomShareOfTheLongestRest) {
  const struct {
    const char* name;
    std::optional<BackingOff> before;
    double random;
    int failures;
    absl::Duration rest;
  } kCases[] = {
      {"first, none of it", std::nullopt, 0.0, 1, absl::ZeroDuration()},
      {"first, half", std::nullopt, 0.5, 1, absl::Milliseconds(500)},
      {"first, nearly all", std::nullopt, 0.875, 1, absl::Milliseconds(875)},
      {"second, half", After(1), 0.5, 2, absl::Seconds(1)},
      {"third, half", After(2), 0.5, 3, absl::Seconds(2)},
      {"capped, half", After(50), 0.5, 51, absl::Seconds(30)},
  };
  for (const auto& c : kCases) {
    const BackingOff after = BackOff(
        c.before, {.cause = Unreachable(), .told_to_wait = std::nullopt}, c.random, kNow, kBackoff);
    EXPECT_EQ(after.failures, c.failures) << c.name;
    EXPECT_EQ(after.until - kNow, c.rest) << c.name;
  }
}

TEST(BackOffTest, WhatTheProviderSaysComesBeforeThePolicy) {
  const struct {
    const char* name;
    absl::Duration told;
    absl::Duration rest;
  } kCases[] = {
      {"shorter than the policy's", absl::Milliseconds(1), absl::Milliseconds(1)},
      {"longer than the cap", absl::Hours(24), absl::Hours(24)},
      {"not at all", absl::ZeroDuration(), absl::ZeroDuration()},
      {"into the past", -absl::Seconds(5), absl::ZeroDuration()},
  };
  for (const auto& c : kCases) {
    const BackingOff after =
        BackOff(After(4), {.cause = Unreachable(), .told_to_wait = c.told}, 0.5, kNow, kBackoff);
    EXPECT_EQ(after.until - kNow, c.rest) << c.name;
    EXPECT_EQ(after.failures, 5) << c.name;
  }
}

TEST(BackOffTest, TheLastCauseIsKept) {
  const BackingOff after = BackOff(After(4), {.cause = Unreachable(), .told_to_wait = std::nullopt},
                                   0.5, kNow, kBackoff);
  EXPECT_EQ(after.cause, Unreachable());
}

TEST(BackOffTest, IsOverExactlyAtItsEnd) {
  const BackingOff backing_off = After(1);
  EXPECT_FALSE(IsOver(backing_off, kNow - kTick));
  EXPECT_TRUE(IsOver(backing_off, kNow));
}

TEST(FailFastErrorTest, IsTheCauseWithTheTimeThatIsLeft) {
  const absl::Status cause = base::MakeError({.reason = base::Reason::kProviderLockedOut,
                                              .retry_after = absl::Seconds(1),
                                              .metadata = {{"limit", "5"}}},
                                             "locked out");
  const struct {
    base::BootTime retry_at;
    absl::Duration expected;
  } kCases[] = {
      {kNow + absl::Seconds(7), absl::Seconds(7)},
      {kNow + kTick, kTick},
      {kNow, absl::ZeroDuration()},
      {kNow - absl::Seconds(7), absl::ZeroDuration()},
  };
  for (const auto& c : kCases) {
    const absl::Status error = FailFastError(cause, c.retry_at, kNow);
    EXPECT_THAT(error, HasReason(base::Reason::kProviderLockedOut));
    EXPECT_EQ(error.message(), "locked out");
    EXPECT_EQ(base::DetailsOf(error).metadata.at("limit"), "5");
    EXPECT_EQ(base::DetailsOf(error).retry_after, c.expected);
  }
}

TEST(FailFastErrorTest, AnyOtherCauseIsTheReasonOfARest) {
  const absl::Status cause =
      base::MakeError(base::Reason::kProviderProtocolError, "an answer that no rule knows");
  const absl::Status error = FailFastError(cause, kNow + absl::Seconds(7), kNow);
  EXPECT_THAT(error, HasReason(base::Reason::kBackingOff));
  EXPECT_EQ(error.message(), "no login for a while; the last one: an answer that no rule knows");
  EXPECT_EQ(base::DetailsOf(error).metadata.at("cause"), "PROVIDER_PROTOCOL_ERROR");
  EXPECT_EQ(base::DetailsOf(error).retry_after, absl::Seconds(7));
}

}  // namespace
}  // namespace sessionbroker::sessions
