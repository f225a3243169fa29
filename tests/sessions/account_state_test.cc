#include "service/sessions/account_state.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/base/error.h"
#include "service/sessions/lifetime.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::sessions {
namespace {

using ::sessionbroker::testing::HasReason;
using ::sessionbroker::testing::IsOk;
using ::sessionbroker::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr absl::Duration kTick = absl::Nanoseconds(1);
constexpr absl::Duration kUsable = absl::Seconds(1000);
const base::BootTime kNow(absl::Hours(5));
const base::AccountId kAccount{.provider = "vtiger", .account = "crm-main"};

// A session of 1,000 s usable life with this much left: advisory from 300 s on, mandatory from 60
// s.
SessionPtr WithRemaining(absl::Duration remaining, absl::Duration usable = kUsable) {
  auto session = std::make_shared<Session>();
  session->id = kAccount;
  session->expires_at = kNow + remaining;
  session->obtained_at = session->expires_at - usable;
  return session;
}

Waiters SomeWaiters(int count) {
  Waiters waiters;
  for (int i = 1; i <= count; ++i) {
    waiters.emplace(i, Waiter{absl::ZeroDuration(), [](absl::StatusOr<SessionPtr>) {}});
  }
  return waiters;
}

AccountState AbsentState() { return Absent{}; }
AccountState LoggingInState(int waiters) { return LoggingIn{SomeWaiters(waiters)}; }
AccountState LiveState(absl::Duration remaining) { return Live{WithRemaining(remaining)}; }
AccountState RenewingState(absl::Duration remaining, int waiters) {
  return Renewing{WithRemaining(remaining), SomeWaiters(waiters)};
}

Question Ask(absl::Duration min_validity, bool draining = false) {
  return {.account = kAccount,
          .min_validity = min_validity,
          .now = kNow,
          .usable_life = kUsable,
          .max_waiters = 3,
          .draining = draining};
}

std::string NameOf(const Decision& decision) {
  if (std::holds_alternative<HandOut>(decision)) return "hand out";
  if (std::holds_alternative<JoinLogin>(decision)) return "join";
  if (std::holds_alternative<BeginLogin>(decision)) return "begin";
  return std::string(base::NameOf(base::DetailsOf(std::get<Refuse>(decision).error).reason));
}

TEST(DecideTest, TheLadder) {
  constexpr absl::Duration kAny = absl::ZeroDuration();
  const struct {
    const char* name;
    AccountState state;
    Question question;
    std::string expected;
  } kCases[] = {
      {"nothing there", AbsentState(), Ask(kAny), "begin"},
      {"nothing there, draining", AbsentState(), Ask(kAny, /*draining=*/true), "DRAINING"},
      {"nothing there, most on offer", AbsentState(), Ask(kUsable), "begin"},
      {"nothing there, more than on offer", AbsentState(), Ask(kUsable + kTick),
       "INVALID_ARGUMENT"},
      {"first login, room", LoggingInState(2), Ask(kAny), "join"},
      {"first login, full", LoggingInState(3), Ask(kAny), "QUEUE_FULL"},
      {"first login, draining", LoggingInState(2), Ask(kAny, /*draining=*/true), "join"},
      {"first login, more than on offer", LoggingInState(2), Ask(kUsable + kTick),
       "INVALID_ARGUMENT"},
      {"fresh", LiveState(kUsable), Ask(kAny), "hand out"},
      {"fresh, draining", LiveState(kUsable), Ask(kAny, /*draining=*/true), "hand out"},
      {"advisory", LiveState(absl::Seconds(60) + kTick), Ask(kAny), "hand out"},
      {"mandatory", LiveState(absl::Seconds(60)), Ask(kAny), "begin"},
      {"mandatory, draining", LiveState(absl::Seconds(60)), Ask(kAny, /*draining=*/true),
       "hand out"},
      {"mandatory, draining, too short", LiveState(absl::Seconds(60)),
       Ask(absl::Seconds(60) + kTick, /*draining=*/true), "DRAINING"},
      {"expired", LiveState(absl::ZeroDuration()), Ask(kAny), "begin"},
      {"expired, draining", LiveState(absl::ZeroDuration()), Ask(kAny, /*draining=*/true),
       "DRAINING"},
      {"just long enough", LiveState(absl::Seconds(500)), Ask(absl::Seconds(500)), "hand out"},
      {"just too short", LiveState(absl::Seconds(500)), Ask(absl::Seconds(500) + kTick), "begin"},
      {"too short, more than on offer", LiveState(absl::Seconds(500)), Ask(kUsable + kTick),
       "INVALID_ARGUMENT"},
      {"renewing, long enough", RenewingState(absl::Seconds(500), 3), Ask(absl::Seconds(500)),
       "hand out"},
      {"renewing, too short", RenewingState(absl::Seconds(500), 2), Ask(absl::Seconds(501)),
       "join"},
      {"renewing, too short, full", RenewingState(absl::Seconds(500), 3), Ask(absl::Seconds(501)),
       "QUEUE_FULL"},
      {"renewing, mandatory", RenewingState(absl::Seconds(60), 2), Ask(kAny), "join"},
      {"renewing, mandatory, full", RenewingState(absl::Seconds(60), 3), Ask(kAny), "hand out"},
      {"renewing, expired", RenewingState(absl::ZeroDuration(), 2), Ask(kAny), "join"},
      {"renewing, expired, full", RenewingState(absl::ZeroDuration(), 3), Ask(kAny), "QUEUE_FULL"},
  };
  for (const auto& c : kCases) EXPECT_EQ(NameOf(Decide(c.state, c.question)), c.expected) << c.name;
}

TEST(DecideTest, ALivingSessionThatWasShorterThanExpectedBoundsWhatIsOnOffer) {
  const AccountState state = Live{WithRemaining(absl::Seconds(50), /*usable=*/absl::Seconds(100))};
  EXPECT_EQ(NameOf(Decide(state, Ask(absl::Seconds(100)))), "begin");
  EXPECT_EQ(NameOf(Decide(state, Ask(absl::Seconds(101)))), "INVALID_ARGUMENT");
}

TEST(DecideTest, OnceItHasExpiredAShortSessionIsNoWitnessAnyMore) {
  const AccountState state =
      Live{WithRemaining(absl::ZeroDuration(), /*usable=*/absl::Seconds(100))};
  EXPECT_EQ(NameOf(Decide(state, Ask(absl::Seconds(101)))), "begin");
}

TEST(DecideTest, AskingForTooMuchIsToldLimitAndActual) {
  Question question = Ask(absl::Hours(1));
  question.usable_life = absl::Milliseconds(569500);
  const Decision decision = Decide(AbsentState(), question);
  const absl::Status& error = std::get<Refuse>(decision).error;
  EXPECT_THAT(error, StatusIs(absl::StatusCode::kInvalidArgument,
                              AllOf(HasSubstr("min_validity"), HasSubstr("vtiger/crm-main"),
                                    HasSubstr("9m29.5s"), HasSubstr("1h"))));
  const auto metadata = base::DetailsOf(error).metadata;
  EXPECT_EQ(metadata.at("limit"), "569.500000000s");
  EXPECT_EQ(metadata.at("actual"), "3600s");
}

TEST(DecideTest, AFullQueueIsToldItsLimit) {
  const Decision decision = Decide(LoggingInState(3), Ask(absl::ZeroDuration()));
  EXPECT_THAT(std::get<Refuse>(decision).error,
              StatusIs(absl::StatusCode::kResourceExhausted,
                       AllOf(HasSubstr("vtiger/crm-main"), HasSubstr("3"))));
}

TEST(TransitionTest, ALoginLeadsFromAbsentToLive) {
  AccountState state = Begin(AbsentState());
  ASSERT_TRUE(std::holds_alternative<LoggingIn>(state));
  WaitersIn(state)->merge(SomeWaiters(2));
  const SessionPtr session = WithRemaining(kUsable);
  const Ended ended = End(std::move(state), session);
  EXPECT_EQ(ended.waiters.size(), 2u);
  EXPECT_EQ(ended.held, nullptr);
  ASSERT_TRUE(std::holds_alternative<Live>(ended.state));
  EXPECT_EQ(SessionIn(ended.state), session);
}

TEST(TransitionTest, AFailedFirstLoginLeadsBackToAbsent) {
  const Ended ended = End(LoggingInState(1), absl::UnavailableError("no answer"));
  EXPECT_EQ(ended.waiters.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<Absent>(ended.state));
}

TEST(TransitionTest, ALoginReplacesTheSessionInHand) {
  AccountState state = LiveState(absl::Seconds(10));
  const SessionPtr held = SessionIn(state);
  state = Begin(state);
  ASSERT_TRUE(std::holds_alternative<Renewing>(state));
  EXPECT_EQ(SessionIn(state), held);
  const SessionPtr session = WithRemaining(kUsable);
  const Ended ended = End(std::move(state), session);
  EXPECT_EQ(SessionIn(ended.state), session);
  EXPECT_EQ(ended.held, held);
}

TEST(TransitionTest, AFailedLoginLeavesTheSessionInHand) {
  AccountState state = RenewingState(absl::Seconds(10), 1);
  const SessionPtr held = SessionIn(state);
  const Ended ended = End(std::move(state), absl::UnavailableError("no answer"));
  ASSERT_TRUE(std::holds_alternative<Live>(ended.state));
  EXPECT_EQ(SessionIn(ended.state), held);
}

TEST(AnswerTest, ANewSessionGoesToThoseForWhomItLastsLongEnough) {
  const absl::StatusOr<SessionPtr> result = WithRemaining(kUsable);
  const auto answer = AnswerTo(kUsable, result, nullptr, kNow);
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(*answer, *result);
  EXPECT_THAT(AnswerTo(kUsable + kTick, result, nullptr, kNow),
              HasReason(base::Reason::kInvalidArgument));
}

TEST(AnswerTest, TheHeldSessionServesIfTheLoginFailedForAReasonThatMayPass) {
  const SessionPtr held = WithRemaining(absl::Seconds(30));
  const struct {
    base::Reason reason;
    bool serves;
  } kCases[] = {
      {base::Reason::kProviderUnreachable, true},
      {base::Reason::kProviderLockedOut, true},
      {base::Reason::kProviderProtocolError, true},
      {base::Reason::kQueueFull, true},
      {base::Reason::kDraining, true},
      {base::Reason::kCredentialsRejected, false},
  };
  for (const auto& c : kCases) {
    const absl::StatusOr<SessionPtr> result = base::MakeError(c.reason, "failed");
    const auto answer = AnswerTo(absl::Seconds(30), result, held, kNow);
    if (c.serves) {
      ASSERT_THAT(answer, IsOk()) << base::NameOf(c.reason);
      EXPECT_EQ(*answer, held);
    } else {
      EXPECT_THAT(answer, HasReason(c.reason));
    }
  }
}

TEST(AnswerTest, TheHeldSessionDoesNotServeOnceExpiredOrForThoseWhoNeedMore) {
  const absl::StatusOr<SessionPtr> result =
      base::MakeError(base::Reason::kProviderUnreachable, "no answer");
  EXPECT_THAT(AnswerTo(absl::ZeroDuration(), result, WithRemaining(absl::ZeroDuration()), kNow),
              HasReason(base::Reason::kProviderUnreachable));
  EXPECT_THAT(AnswerTo(absl::Seconds(30) + kTick, result, WithRemaining(absl::Seconds(30)), kNow),
              HasReason(base::Reason::kProviderUnreachable));
}

TEST(StandingTest, OnlyALivingSessionCounts) {
  EXPECT_EQ(StandingOf(AbsentState(), kNow), Standing::kAbsent);
  EXPECT_EQ(StandingOf(LoggingInState(1), kNow), Standing::kLoggingIn);
  EXPECT_EQ(StandingOf(LiveState(kTick), kNow), Standing::kLive);
  EXPECT_EQ(StandingOf(LiveState(absl::ZeroDuration()), kNow), Standing::kAbsent);
  EXPECT_EQ(StandingOf(RenewingState(kTick, 1), kNow), Standing::kLive);
  EXPECT_EQ(StandingOf(RenewingState(absl::ZeroDuration(), 1), kNow), Standing::kLoggingIn);
}

}  // namespace
}  // namespace sessionbroker::sessions
