#include "service/sessions/account_state.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/base/error.h"
#include "service/sessions/lifetime.h"
#include "tests/sessions/moments.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::sessions {
namespace {

using ::sessionbroker::testing::HasReason;
using ::sessionbroker::testing::IsOk;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr absl::Duration kAny = absl::ZeroDuration();
constexpr absl::Duration kLife = absl::Seconds(1000);
// What is left of kLife where a zone begins, see UnsharedZones.
constexpr absl::Duration kAdvisory = absl::Seconds(300);
constexpr absl::Duration kMandatory = absl::Seconds(60);
const base::AccountId kAccount{.provider = "vtiger", .account = "crm-main"};

// Without the share of each account, so that edges are round, and without a margin.
login::ZonePolicy RoundZones() {
  login::ZonePolicy zones;
  zones.early_percent = 0;
  zones.margin_percent = 0;
  return zones;
}

// Of kLife, with so much left.
SessionPtr WithRemaining(absl::Duration remaining, absl::Duration life = kLife) {
  auto session = std::make_shared<Session>();
  session->id = kAccount;
  session->version = 7;
  session->zones = RoundZones();
  session->grant.idle = life;
  session->expires_at = kNow + remaining;
  session->obtained_at = session->expires_at - life;
  return session;
}

Waiters SomeWaiters(int count) {
  Waiters waiters;
  for (int i = 0; i < count; ++i) {
    waiters.push_back(std::make_shared<Waiter>(kAny, [](absl::StatusOr<SessionPtr>) {}));
  }
  return waiters;
}

absl::Status Error(base::Reason reason) { return base::MakeError(reason, "by test"); }

Fingerprint SomeFingerprint() { return *Fingerprint::FromBytes(std::string(32, 'f')); }

// --- Activities ---

LoggingIn LoginFor(int waiters) {
  return {.waiters = SomeWaiters(waiters), .before = std::nullopt};
}
Probing ProbeFor(int waiters) { return {.waiters = SomeWaiters(waiters), .before = std::nullopt}; }
BackingOff RestUntil(absl::Duration from_now,
                     base::Reason cause = base::Reason::kProviderUnreachable) {
  return {.failures = 3, .until = kNow + from_now, .cause = Error(cause)};
}
BackingOff RestOfProbe() {
  BackingOff rest = RestUntil(absl::Minutes(5));
  rest.of_probe = true;
  return rest;
}
Latch Latched() {
  return {.fingerprint = SomeFingerprint(),
          .cause = Error(base::Reason::kCredentialsRejected),
          .since = absl::UnixEpoch()};
}
Unreadable LeftAlone() { return {.cause = Error(base::Reason::kStoreUnavailable)}; }

AccountState Nothing(Activity activity = Resting{}) {
  return {.held = std::nullopt, .activity = std::move(activity), .budget = {}};
}
AccountState Holding(absl::Duration remaining, Activity activity = Resting{},
                     Trust trust = Trust::kGood) {
  return {.held = Held{.session = WithRemaining(remaining), .trust = trust},
          .activity = std::move(activity),
          .budget = {}};
}

AccountPolicy WithoutProbe() {
  AccountPolicy policy;
  policy.life = {.idle = kLife, .absolute = std::nullopt, .zones = RoundZones()};
  policy.max_waiters = 3;
  return policy;
}
AccountPolicy WithProbe() {
  AccountPolicy policy = WithoutProbe();
  policy.has_probe = true;
  return policy;
}

Question Ask(absl::Duration min_validity = kAny, bool draining = false) {
  return {.account = kAccount, .min_validity = min_validity, .now = kNow, .draining = draining};
}
Question AskDraining(absl::Duration min_validity = kAny) { return Ask(min_validity, true); }

std::string NameOf(Renewal renewal) { return renewal == Renewal::kProbe ? "probe" : "login"; }

std::string NameOf(const Decision& decision) {
  if (const auto* hand_out = std::get_if<HandOut>(&decision)) {
    if (!hand_out->meanwhile.has_value()) return "hand out";
    return "hand out, " + NameOf(*hand_out->meanwhile);
  }
  if (std::holds_alternative<Join>(decision)) return "join";
  if (const auto* begin = std::get_if<Begin>(&decision)) return NameOf(begin->renewal);
  return std::string(base::NameOf(base::DetailsOf(std::get<Refuse>(decision).error).reason));
}

struct Case {
  const char* name;
  AccountState state;
  Question question;
  const char* without_probe;
  const char* with_probe;
};

void Check(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    EXPECT_EQ(NameOf(Decide(c.state, c.question, WithoutProbe())), c.without_probe) << c.name;
    EXPECT_EQ(NameOf(Decide(c.state, c.question, WithProbe())), c.with_probe)
        << c.name << ", with a probe";
  }
}

TEST(DecideTest, NothingInHand) {
  Check({
      {"nothing", Nothing(), Ask(), "login", "login"},
      {"draining", Nothing(), AskDraining(), "DRAINING", "DRAINING"},
      {"most on offer", Nothing(), Ask(kLife), "login", "login"},
      {"more than on offer", Nothing(), Ask(kLife + kTick), "INVALID_ARGUMENT", "INVALID_ARGUMENT"},
      {"logging in, room", Nothing(LoginFor(2)), Ask(), "join", "join"},
      {"logging in, full", Nothing(LoginFor(3)), Ask(), "QUEUE_FULL", "QUEUE_FULL"},
      {"logging in, draining", Nothing(LoginFor(2)), AskDraining(), "join", "join"},
      {"logging in, more than on offer", Nothing(LoginFor(2)), Ask(kLife + kTick),
       "INVALID_ARGUMENT", "INVALID_ARGUMENT"},
      {"backing off, last tick", Nothing(RestUntil(kTick)), Ask(), "BACKING_OFF", "BACKING_OFF"},
      {"backing off, over", Nothing(RestUntil(kAny)), Ask(), "login", "login"},
      {"locked out", Nothing(RestUntil(kTick, base::Reason::kProviderLockedOut)), Ask(),
       "PROVIDER_LOCKED_OUT", "PROVIDER_LOCKED_OUT"},
      {"latched", Nothing(Latched()), Ask(), "CREDENTIALS_REJECTED", "CREDENTIALS_REJECTED"},
      {"unreadable", Nothing(LeftAlone()), Ask(), "STORE_UNAVAILABLE", "STORE_UNAVAILABLE"},
  });
}

TEST(DecideTest, ASessionInHand) {
  Check({
      {"fresh, first tick", Holding(kLife), Ask(), "hand out", "hand out"},
      {"fresh, last tick", Holding(kAdvisory + kTick), Ask(), "hand out", "hand out"},
      {"fresh, draining", Holding(kLife), AskDraining(), "hand out", "hand out"},
      {"fresh, just long enough", Holding(absl::Seconds(500)), Ask(absl::Seconds(500)), "hand out",
       "hand out"},
      {"fresh, just too short", Holding(absl::Seconds(500)), Ask(absl::Seconds(500) + kTick),
       "login", "probe"},
      {"fresh, more than on offer", Holding(absl::Seconds(500)), Ask(kLife + kTick),
       "INVALID_ARGUMENT", "INVALID_ARGUMENT"},
      {"advisory, first tick", Holding(kAdvisory), Ask(), "hand out, login", "hand out, probe"},
      {"advisory, last tick", Holding(kMandatory + kTick), Ask(), "hand out, login",
       "hand out, probe"},
      {"advisory, draining", Holding(kAdvisory), AskDraining(), "hand out", "hand out"},
      {"mandatory, first tick", Holding(kMandatory), Ask(), "login", "probe"},
      {"mandatory, last tick", Holding(kTick), Ask(), "login", "probe"},
      {"mandatory, draining", Holding(kMandatory), AskDraining(), "hand out", "hand out"},
      {"mandatory, draining, too short", Holding(kMandatory), AskDraining(kMandatory + kTick),
       "DRAINING", "DRAINING"},
      {"expired", Holding(kAny), Ask(), "login", "login"},
      {"expired, draining", Holding(kAny), AskDraining(), "DRAINING", "DRAINING"},
  });
}

TEST(DecideTest, ASessionInHandWhileSomethingIsUnderWayOrMustNotBe) {
  Check({
      {"advisory, renewing", Holding(kAdvisory, LoginFor(0)), Ask(), "hand out", "hand out"},
      {"advisory, probing", Holding(kAdvisory, ProbeFor(0)), Ask(), "hand out", "hand out"},
      {"advisory, backing off", Holding(kAdvisory, RestUntil(kTick)), Ask(), "hand out",
       "hand out"},
      {"advisory, rested", Holding(kAdvisory, RestUntil(kAny)), Ask(), "hand out, login",
       "hand out, probe"},
      {"advisory, latched", Holding(kAdvisory, Latched()), Ask(), "hand out", "hand out, probe"},
      {"long enough, renewing, full", Holding(absl::Seconds(500), LoginFor(3)),
       Ask(absl::Seconds(500)), "hand out", "hand out"},
      {"too short, renewing", Holding(absl::Seconds(500), LoginFor(2)), Ask(absl::Seconds(501)),
       "join", "join"},
      {"too short, renewing, full", Holding(absl::Seconds(500), LoginFor(3)),
       Ask(absl::Seconds(501)), "QUEUE_FULL", "QUEUE_FULL"},
      {"mandatory, renewing", Holding(kMandatory, LoginFor(2)), Ask(), "join", "join"},
      {"mandatory, renewing, full", Holding(kMandatory, LoginFor(3)), Ask(), "hand out",
       "hand out"},
      {"mandatory, backing off", Holding(kMandatory, RestUntil(kTick)), Ask(), "hand out",
       "hand out"},
      {"mandatory, backing off, too short", Holding(kMandatory, RestUntil(kTick)),
       Ask(kMandatory + kTick), "BACKING_OFF", "BACKING_OFF"},
      {"mandatory, last probe told nothing", Holding(kMandatory, RestOfProbe()), Ask(), "login",
       "login"},
      {"advisory, last probe told nothing", Holding(kAdvisory, RestOfProbe()), Ask(), "hand out",
       "hand out"},
      {"expired, last probe told nothing", Holding(kAny, RestOfProbe()), Ask(), "login", "login"},
      // The session may be worth no more than the credentials, unless a probe says otherwise.
      {"mandatory, latched", Holding(kMandatory, Latched()), Ask(), "CREDENTIALS_REJECTED",
       "probe"},
      {"expired, renewing, full", Holding(kAny, LoginFor(3)), Ask(), "QUEUE_FULL", "QUEUE_FULL"},
      {"expired, backing off", Holding(kAny, RestUntil(kTick)), Ask(), "BACKING_OFF",
       "BACKING_OFF"},
  });
}

TEST(DecideTest, ASessionThatIsDoubtedOrDead) {
  const auto suspect = [](Activity activity = Resting{}) {
    return Holding(kLife, std::move(activity), Trust::kSuspect);
  };
  const auto dead = [](Activity activity = Resting{}) {
    return Holding(kLife, std::move(activity), Trust::kDead);
  };
  Check({
      {"suspect", suspect(), Ask(), "login", "probe"},
      {"suspect, being probed", suspect(ProbeFor(2)), Ask(), "join", "join"},
      {"suspect, nothing can be found out", suspect(RestUntil(kTick)), Ask(), "hand out",
       "hand out"},
      {"suspect, draining", suspect(), AskDraining(), "hand out", "hand out"},
      {"dead", dead(), Ask(), "login", "login"},
      {"dead, being replaced", dead(LoginFor(2)), Ask(), "join", "join"},
      {"dead, backing off", dead(RestUntil(kTick)), Ask(), "BACKING_OFF", "BACKING_OFF"},
      {"dead, draining", dead(), AskDraining(), "DRAINING", "DRAINING"},
      {"dead, latched", dead(Latched()), Ask(), "CREDENTIALS_REJECTED", "CREDENTIALS_REJECTED"},
  });
}

TEST(DecideTest, AProbeIsNoHelpWhereTheSessionEndsByAgeSoonEnough) {
  auto session = std::make_shared<Session>(*WithRemaining(kAdvisory));
  session->grant.absolute = kLife;
  const AccountState state = {
      .held = Held{.session = session, .trust = Trust::kGood}, .activity = Resting{}, .budget = {}};
  EXPECT_EQ(NameOf(Decide(state, Ask(), WithProbe())), "hand out, login");
}

TEST(DecideTest, ALivingSessionThatWasShorterThanExpectedBoundsWhatIsOnOffer) {
  const AccountState state = {
      .held = Held{.session = WithRemaining(absl::Seconds(50), /*life=*/absl::Seconds(100)),
                   .trust = Trust::kGood},
      .activity = Resting{},
      .budget = {}};
  EXPECT_EQ(NameOf(Decide(state, Ask(absl::Seconds(100)), WithoutProbe())), "login");
  EXPECT_EQ(NameOf(Decide(state, Ask(absl::Seconds(101)), WithoutProbe())), "INVALID_ARGUMENT");
}

TEST(DecideTest, ASpentLoginBudgetRefusesWhenTheNextMayBeginButServesASessionInHand) {
  AccountPolicy policy = WithoutProbe();
  policy.budget = {.limit = 3, .for_renewals = 1, .window = absl::Hours(1)};
  AccountState state = Nothing();
  for (const absl::Duration ago : {absl::Minutes(50), absl::Minutes(40)}) {
    EXPECT_EQ(NameOf(Decide(state, Ask(), policy)), "login");
    ASSERT_TRUE(state.budget.TrySpend(LoginKind::kFirst, kNow - ago, policy.budget));
  }
  const Decision refused = Decide(state, Ask(), policy);
  ASSERT_EQ(NameOf(refused), "LOGIN_BUDGET_EXHAUSTED");
  const absl::Status& error = std::get<Refuse>(refused).error;
  EXPECT_EQ(base::DetailsOf(error).retry_after, absl::Minutes(10));
  EXPECT_EQ(base::DetailsOf(error).metadata.at("limit"), "3");
  state.held = Held{.session = WithRemaining(kMandatory), .trust = Trust::kGood};
  EXPECT_EQ(NameOf(Decide(state, Ask(), policy)), "login") << "one is kept for renewals";
  ASSERT_TRUE(state.budget.TrySpend(LoginKind::kRenewal, kNow, policy.budget));
  EXPECT_EQ(NameOf(Decide(state, Ask(), policy)), "hand out");
}

TEST(DecideTest, BackingOffTellsTheLastCauseAndHowLong) {
  const Decision decision = Decide(Nothing(RestUntil(absl::Seconds(9))), Ask(), WithoutProbe());
  const absl::Status& error = std::get<Refuse>(decision).error;
  const base::ErrorDetails details = base::DetailsOf(error);
  EXPECT_EQ(details.retry_after, absl::Seconds(9));
  EXPECT_EQ(details.metadata.at("cause"), "PROVIDER_UNREACHABLE");
  EXPECT_THAT(std::string(error.message()), HasSubstr("by test"));
}

TEST(DecideTest, TooMuchMinValidityTellsLimitAndActual) {
  const Decision decision = Decide(Nothing(), Ask(kLife + kTick), WithoutProbe());
  const base::ErrorDetails details = base::DetailsOf(std::get<Refuse>(decision).error);
  EXPECT_EQ(details.retry_after, std::nullopt);
  EXPECT_EQ(details.metadata.at("field"), "min_validity");
  EXPECT_EQ(details.metadata.at("limit"), "1000s");
  EXPECT_EQ(details.metadata.at("actual"), "1000.000000001s");
}

// --- When a renewal nobody waits for is due ---

TEST(RenewalDueTest, AtTheAdvisoryEdgeOrWhenTheRestIsOver) {
  const auto due_in = [](const AccountState& state, const AccountPolicy& policy) {
    return RenewalDueAt(state, kNow, policy) - kNow;
  };
  EXPECT_EQ(due_in(Holding(kLife), WithoutProbe()), kLife - kAdvisory);
  EXPECT_EQ(due_in(Holding(kLife, RestUntil(absl::Seconds(800))), WithoutProbe()),
            absl::Seconds(800));
  EXPECT_EQ(due_in(Holding(kLife, LoginFor(0)), WithoutProbe()), absl::InfiniteDuration());
  EXPECT_EQ(due_in(Holding(kLife, Latched()), WithoutProbe()), absl::InfiniteDuration());
  EXPECT_EQ(due_in(Holding(kLife, Latched()), WithProbe()), kLife - kAdvisory);
  EXPECT_EQ(due_in(Nothing(LeftAlone()), WithoutProbe()), absl::InfiniteDuration());
  EXPECT_EQ(due_in(Holding(kLife, Resting{}, Trust::kDead), WithoutProbe()), kAny);
}

TEST(RenewalDueTest, NothingIsDueATickBeforeTheEdge) {
  EXPECT_EQ(DueRenewal(Holding(kAdvisory + kTick), kNow, WithoutProbe()), std::nullopt);
  EXPECT_EQ(DueRenewal(Holding(kAdvisory), kNow, WithoutProbe()), Renewal::kLogin);
  EXPECT_EQ(DueRenewal(Holding(kAdvisory), kNow, WithProbe()), Renewal::kProbe);
}

// --- Transitions ---

TEST(TransitionTest, AProbeThatFindsTheSessionAliveEndsDoubtAndFailures) {
  AccountState state = Holding(kMandatory, ProbeFor(2), Trust::kSuspect);
  const SessionPtr extended = WithRemaining(kLife);
  const Ended ended = EndProbeAlive(state, extended, kNow);
  EXPECT_EQ(ended.waiters.size(), 2u);
  EXPECT_EQ(**ended.result, extended);
  EXPECT_EQ(state.held->session, extended);
  EXPECT_EQ(state.held->trust, Trust::kGood);
  EXPECT_TRUE(std::holds_alternative<Resting>(state.activity));
}

TEST(TransitionTest, AProbeThatFindsTheSessionDeadLeavesItsVersionAndTheFailuresBefore) {
  AccountState state = Holding(kLife, ProbeFor(1), Trust::kSuspect);
  std::get<Probing>(state.activity).before = RestUntil(kAny);
  EndProbeDead(state);
  EXPECT_EQ(state.held->trust, Trust::kDead);
  EXPECT_EQ(state.held->session->version, 7);
  EXPECT_EQ(FailuresIn(state.activity)->failures, 3);
  EXPECT_EQ(LiveIn(state, kNow), nullptr);
}

TEST(TransitionTest, AProbeThatFindsOutNothingLeavesTheSessionAndTheDoubt) {
  AccountState state = Holding(kMandatory, ProbeFor(1), Trust::kSuspect);
  const Ended ended = EndProbeUnknown(state, Error(base::Reason::kProviderUnreachable),
                                      RestUntil(absl::Seconds(1)), kNow);
  EXPECT_EQ(ended.fallback, state.held->session);
  EXPECT_EQ(state.held->trust, Trust::kSuspect);
}

TEST(TransitionTest, ALoginReplacesTheSessionAndForgetsFailures) {
  AccountState state = Holding(kMandatory, LoginFor(2));
  std::get<LoggingIn>(state.activity).before = RestUntil(kAny);
  const SessionPtr fresh = WithRemaining(kLife);
  const Ended ended = EndLoginWith(state, fresh);
  EXPECT_EQ(**ended.result, fresh);
  EXPECT_EQ(state.held->session, fresh);
  EXPECT_EQ(FailuresIn(state.activity), std::nullopt);
}

TEST(AfterFailureTest, WhatFollowsFromEachCause) {
  const struct {
    base::Reason cause;
    const char* expected;
  } kCases[] = {
      {base::Reason::kCredentialsRejected, "latch"},
      {base::Reason::kProviderUnreachable, "rest"},
      {base::Reason::kProviderProtocolError, "rest"},
      {base::Reason::kProviderLockedOut, "rest"},
      {base::Reason::kInternal, "rest"},
      {base::Reason::kQueueFull, "as before"},
      {base::Reason::kDraining, "as before"},
      {base::Reason::kBackingOff, "as before"},
      {base::Reason::kStoreUnavailable, "as before"},
      {base::Reason::kSequenceAhead, "as before"},
      {base::Reason::kSequenceExhausted, "as before"},
  };
  for (const auto& c : kCases) {
    const Activity next = AfterFailure(LoginFor(0), Error(c.cause), SomeFingerprint(), 0.5, kNow,
                                       absl::UnixEpoch(), BackoffPolicy());
    const char* const got = std::holds_alternative<Latch>(next)        ? "latch"
                            : std::holds_alternative<BackingOff>(next) ? "rest"
                                                                       : "as before";
    EXPECT_STREQ(got, c.expected) << base::NameOf(c.cause);
  }
}

TEST(AfterFailureTest, FailuresInARowAddUpThroughAFlight) {
  LoggingIn flight = LoginFor(0);
  flight.before = RestUntil(kAny);
  const Activity next =
      AfterFailure(flight, Error(base::Reason::kProviderUnreachable), std::nullopt, 0.5, kNow,
                   absl::UnixEpoch(), {.first = absl::Seconds(1), .cap = absl::Hours(1)});
  EXPECT_EQ(std::get<BackingOff>(next).failures, 4);
  EXPECT_EQ(std::get<BackingOff>(next).until, kNow + absl::Seconds(4));
}

TEST(AfterFailureTest, TheProvidersOwnWaitIsKeptToTheTick) {
  for (const base::ErrorDetails& told :
       {base::ErrorDetails{.reason = base::Reason::kProviderLockedOut,
       .retry_after = absl::Seconds(77),
       .metadata = {},
       .told_to_wait = false},
        base::ErrorDetails{.reason = base::Reason::kProviderUnreachable,
        .retry_after = absl::Seconds(77),
        .metadata = {},
        .told_to_wait = true}}) {
    const Activity next = AfterFailure(LoginFor(0), base::MakeError(told, "wait"), std::nullopt,
                                       0.1, kNow, absl::UnixEpoch(), BackoffPolicy());
    EXPECT_EQ(std::get<BackingOff>(next).until, kNow + absl::Seconds(77));
  }
}

// --- Answers, reports, standing ---

Ended EndedWith(absl::StatusOr<SessionPtr> result, SessionPtr fallback = nullptr) {
  return {
      .waiters = {}, .result = std::move(result), .as_of = kNow, .fallback = std::move(fallback)};
}

TEST(AnswerToTest, AFallbackServesAReasonThatMayPassWhileItIsLongEnough) {
  const SessionPtr held = WithRemaining(kMandatory);
  const Ended passing = EndedWith(Error(base::Reason::kProviderUnreachable), held);
  const Ended lasting = EndedWith(Error(base::Reason::kCredentialsRejected), held);
  const Ended alone = EndedWith(Error(base::Reason::kProviderUnreachable));
  EXPECT_EQ(*AnswerTo(kAny, passing, kNow), held);
  EXPECT_EQ(*AnswerTo(kMandatory, passing, kNow), held);
  EXPECT_THAT(AnswerTo(kMandatory + kTick, passing, kNow),
              HasReason(base::Reason::kProviderUnreachable));
  EXPECT_THAT(AnswerTo(kAny, lasting, kNow), HasReason(base::Reason::kCredentialsRejected));
  EXPECT_THAT(AnswerTo(kAny, alone, kNow), HasReason(base::Reason::kProviderUnreachable));
}

TEST(AnswerToTest, ANewSessionThatIsTooShortIsAnErrorForThoseWhoNeedMore) {
  const Ended ended = EndedWith(WithRemaining(absl::Seconds(100)));
  EXPECT_THAT(AnswerTo(absl::Seconds(100), ended, kNow), IsOk());
  EXPECT_THAT(AnswerTo(absl::Seconds(101), ended, kNow), HasReason(base::Reason::kInvalidArgument));
}

TEST(AnswerToTest, TheTimeThatStoringTakesDoesNotMakeASessionTooShort) {
  const Ended ended = EndedWith(WithRemaining(absl::Seconds(100)));
  EXPECT_THAT(AnswerTo(absl::Seconds(100), ended, kNow + absl::Seconds(1)), IsOk());
  EXPECT_THAT(AnswerTo(kAny, ended, kNow + absl::Seconds(100)),
              HasReason(base::Reason::kInvalidArgument))
      << "it has expired";
}

TEST(ReportTest, WhatBecomesOfAReport) {
  const struct {
    const char* name;
    AccountState state;
    int64_t version;
    bool has_probe;
    ReportResult expected;
    Trust trust;
  } kCases[] = {
      {"no probe", Holding(kLife), 7, false, ReportResult::kInvalidated, Trust::kDead},
      {"a probe", Holding(kLife), 7, true, ReportResult::kProbing, Trust::kSuspect},
      {"older", Holding(kLife), 6, true, ReportResult::kStaleVersion, Trust::kGood},
      {"newer", Holding(kLife), 8, true, ReportResult::kStaleVersion, Trust::kGood},
      {"being probed", Holding(kLife, ProbeFor(1), Trust::kSuspect), 7, true,
       ReportResult::kProbing, Trust::kSuspect},
      {"being replaced", Holding(kAdvisory, LoginFor(0)), 7, true, ReportResult::kInvalidated,
       Trust::kSuspect},
      {"dead already", Holding(kLife, LoginFor(0), Trust::kDead), 7, true,
       ReportResult::kInvalidated, Trust::kDead},
  };
  for (const auto& c : kCases) {
    AccountState state = c.state;
    EXPECT_EQ(Report(state, c.version, c.has_probe ? WithProbe() : WithoutProbe()), c.expected)
        << c.name;
    EXPECT_EQ(state.held->trust, c.trust) << c.name;
  }
  AccountState nothing = Nothing();
  EXPECT_EQ(Report(nothing, 7, WithProbe()), ReportResult::kStaleVersion);
}

TEST(StandingOfTest, OneForEachState) {
  EXPECT_EQ(StandingOf(Nothing(), kNow), Standing::kAbsent);
  EXPECT_EQ(StandingOf(Nothing(LoginFor(0)), kNow), Standing::kLoggingIn);
  EXPECT_EQ(StandingOf(Nothing(RestUntil(kTick)), kNow), Standing::kBackingOff);
  EXPECT_EQ(StandingOf(Nothing(RestUntil(kAny)), kNow), Standing::kAbsent);
  EXPECT_EQ(StandingOf(Nothing(Latched()), kNow), Standing::kLatched);
  EXPECT_EQ(StandingOf(Nothing(LeftAlone()), kNow), Standing::kBackingOff);
  EXPECT_EQ(StandingOf(Holding(kTick), kNow), Standing::kLive);
  EXPECT_EQ(StandingOf(Holding(kTick, Latched()), kNow), Standing::kLive);
  EXPECT_EQ(StandingOf(Holding(kAny), kNow), Standing::kAbsent);
  EXPECT_EQ(StandingOf(Holding(kLife, Resting{}, Trust::kDead), kNow), Standing::kAbsent);
}

}  // namespace
}  // namespace sessionbroker::sessions
