#include "service/sessions/account_state.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "service/base/error.h"
#include "service/login/reach.h"

namespace sessionbroker::sessions {
namespace {

using base::Reason;

// As protobuf's JSON writes a duration: "570s", "0.500000000s".
std::string JsonDuration(absl::Duration duration) {
  const int64_t seconds = absl::IDivDuration(duration, absl::Seconds(1), &duration);
  const int64_t nanoseconds = absl::ToInt64Nanoseconds(duration);
  if (nanoseconds == 0) return absl::StrCat(seconds, "s");
  return absl::StrFormat("%d.%09ds", seconds, nanoseconds);
}

absl::Status MinValidityError(base::AccountIdView account, absl::Duration limit,
                              absl::Duration actual) {
  return base::MakeError(
      {.reason = Reason::kInvalidArgument,
       .retry_after = std::nullopt,
       .metadata = {{"field", "min_validity"},
                    {"limit", JsonDuration(limit)},
                    {"actual", JsonDuration(actual)}}},
      absl::StrCat("min_validity of ", account.ToString(), ": a new session offers at most ",
                   absl::FormatDuration(limit), ", got ", absl::FormatDuration(actual)));
}

absl::Status QueueFullError(base::AccountIdView account, std::size_t limit) {
  return base::MakeError(Reason::kQueueFull,
                         absl::StrCat("callers that wait for the login of ", account.ToString(),
                                      ": limit ", limit, ", all taken"));
}

absl::Status DrainingError(base::AccountIdView account) {
  return base::MakeError(
      Reason::kDraining,
      absl::StrCat(account.ToString(), " needs a login and this broker is shutting down"));
}

absl::Status BudgetError(base::AccountIdView account, const LoginBudgetPolicy& policy,
                         base::BootTime next, base::BootTime now) {
  std::optional<absl::Duration> wait;
  if (next != base::BootTime::InfiniteFuture()) wait = next - now;
  return base::MakeError(
      {.reason = Reason::kLoginBudgetExhausted,
       .retry_after = wait,
       .metadata = {{"limit", absl::StrCat(policy.limit)},
                    {"for_renewals", absl::StrCat(policy.for_renewals)},
                    {"window", JsonDuration(policy.window)}}},
      absl::StrCat("logins of ", account.ToString(), ": at most ", policy.limit, " within ",
                   absl::FormatDuration(policy.window), ", all taken or kept for renewals"));
}

// What refused the credentials holds until they change; anything else may be gone the next time.
bool MayPass(const absl::Status& error) {
  return base::DetailsOf(error).reason != Reason::kCredentialsRejected;
}

bool IsAlive(const std::optional<Held>& held, base::BootTime now) {
  return held.has_value() && held->trust != Trust::kDead &&
         ZoneOf(*held->session, now) != Zone::kExpired;
}

// The session in hand if it stays usable so long.
SessionPtr UsableIn(const AccountState& state, absl::Duration min_validity, base::BootTime now) {
  if (!IsAlive(state.held, now)) return nullptr;
  return IsUsableFor(*state.held->session, min_validity, now) ? state.held->session : nullptr;
}

// The most that a renewal can bring. The session in hand is the better witness while it lives:
// where a provider gives less than is known beforehand, asking again brings no more.
absl::Duration MostOnOffer(const AccountState& state, base::BootTime now,
                           const AccountPolicy& policy) {
  const absl::Duration known = UsableLife(policy.life);
  if (!IsAlive(state.held, now)) return known;
  const Session& session = *state.held->session;
  return std::min(known, UsableLifeOf(session));
}

// The last probe told nothing, although the provider answered.
bool ProbeIsBroken(const AccountState& state) {
  const auto* const rest = std::get_if<BackingOff>(&state.activity);
  return rest != nullptr && rest->of_probe;
}

// A probe costs less than a login, but helps only where it tells something or starts an idle life
// anew for long enough.
Renewal WhatHelps(const AccountState& state, absl::Duration min_validity, base::BootTime now,
                  const AccountPolicy& policy) {
  if (!policy.has_probe || !IsAlive(state.held, now)) return Renewal::kLogin;
  const bool suspect = state.held->trust == Trust::kSuspect;
  const bool last_chance = suspect || ZoneOf(*state.held->session, now) == Zone::kMandatory;
  if (last_chance && ProbeIsBroken(state)) return Renewal::kLogin;
  if (suspect) return Renewal::kProbe;
  const Session proved = Extended(*state.held->session, now, now, absl::UnixEpoch());
  const bool helps = ZoneOf(proved, now) == Zone::kFresh && IsUsableFor(proved, min_validity, now);
  return helps ? Renewal::kProbe : Renewal::kLogin;
}

// Why `renewal` may not begin now; OK: it may. Requires that nothing is under way.
absl::Status Obstacle(const AccountState& state, Renewal renewal, const Question& question,
                      const AccountPolicy& policy) {
  if (const auto* unreadable = std::get_if<Unreadable>(&state.activity)) return unreadable->cause;
  const Latch* const latch = renewal == Renewal::kLogin ? LatchIn(state.activity) : nullptr;
  if (const std::optional<BackingOff> rest = FailuresIn(state.activity);
      latch == nullptr && rest.has_value() && !IsOver(*rest, question.now) &&
      !(renewal == Renewal::kLogin && ProbeIsBroken(state))) {
    return FailFastError(rest->cause, rest->until, question.now);
  }
  if (question.draining) return DrainingError(question.account);
  if (renewal == Renewal::kProbe) return absl::OkStatus();
  if (latch != nullptr) return latch->cause;
  const base::BootTime next =
      state.budget.NextAllowed(KindOfLogin(state, question.now), question.now, policy.budget);
  if (next > question.now) return BudgetError(question.account, policy.budget, next, question.now);
  return absl::OkStatus();
}

// After what was under way told nothing about how the provider is.
Activity AsBefore(const Activity& activity) {
  std::optional<BackingOff> before = FailuresIn(activity);
  if (const Latch* const latch = LatchIn(activity)) {
    Latch as_before = *latch;
    as_before.probes = std::move(before);
    return as_before;
  }
  if (before.has_value()) return *std::move(before);
  return Resting{};
}

// The provider says itself how long to wait only where it locks the account, or by Retry-After.
LoginFailure FailureOf(const absl::Status& cause) {
  const base::ErrorDetails details = base::DetailsOf(cause);
  LoginFailure failure{.cause = cause, .told_to_wait = std::nullopt};
  if (details.told_to_wait || details.reason == Reason::kProviderLockedOut) {
    failure.told_to_wait = details.retry_after;
  }
  return failure;
}

Ended EndWithError(AccountState& state, Waiters waiters, const absl::Status& cause,
                   base::BootTime now) {
  SessionPtr fallback = IsAlive(state.held, now) ? state.held->session : nullptr;
  return {.waiters = std::move(waiters),
          .result = cause,
          .as_of = now,
          .fallback = std::move(fallback)};
}

}  // namespace

LoginKind KindOfLogin(const AccountState& state, base::BootTime now) {
  const bool renews = IsAlive(state.held, now) && ZoneOf(*state.held->session, now) != Zone::kFresh;
  return renews ? LoginKind::kRenewal : LoginKind::kFirst;
}

SessionPtr LiveIn(const AccountState& state, base::BootTime now) {
  return IsAlive(state.held, now) ? state.held->session : nullptr;
}

const Latch* LatchIn(const Activity& activity) {
  if (const auto* latch = std::get_if<Latch>(&activity)) return latch;
  const auto* const probing = std::get_if<Probing>(&activity);
  return probing != nullptr && probing->latch.has_value() ? &*probing->latch : nullptr;
}

std::optional<BackingOff> FailuresIn(const Activity& activity) {
  if (const auto* latch = std::get_if<Latch>(&activity)) return latch->probes;
  if (const auto* backing_off = std::get_if<BackingOff>(&activity)) return *backing_off;
  if (const auto* probing = std::get_if<Probing>(&activity)) return probing->before;
  if (const auto* logging_in = std::get_if<LoggingIn>(&activity)) return logging_in->before;
  return std::nullopt;
}

const Waiters* WaitersIn(const Activity& activity) {
  if (const auto* probing = std::get_if<Probing>(&activity)) return &probing->waiters;
  if (const auto* logging_in = std::get_if<LoggingIn>(&activity)) return &logging_in->waiters;
  return nullptr;
}

Waiters* WaitersIn(Activity& activity) {
  return const_cast<Waiters*>(WaitersIn(std::as_const(activity)));
}

base::BootTime RenewalDueAt(const AccountState& state, base::BootTime now,
                            const AccountPolicy& policy) {
  constexpr base::BootTime kNever = base::BootTime::InfiniteFuture();
  if (WaitersIn(state.activity) != nullptr) return kNever;
  if (std::holds_alternative<Unreadable>(state.activity)) return kNever;
  const bool alive = IsAlive(state.held, now);
  const bool good = alive && state.held->trust == Trust::kGood;
  base::BootTime due = good ? AdvisoryFrom(*state.held->session) : now;
  if (const std::optional<BackingOff> rest = FailuresIn(state.activity)) {
    due = std::max(due, rest->until);
  }
  if (ProbeIsBroken(state)) {
    due = std::min(due, good ? MandatoryFrom(*state.held->session) : now);
  }
  if (due == kNever) return kNever;
  const base::BootTime then = std::max(due, now);
  if (WhatHelps(state, absl::ZeroDuration(), then, policy) == Renewal::kProbe) return due;
  if (LatchIn(state.activity) != nullptr) return kNever;
  return std::max(due, state.budget.NextAllowed(KindOfLogin(state, then), then, policy.budget));
}

std::optional<Renewal> DueRenewal(const AccountState& state, base::BootTime now,
                                  const AccountPolicy& policy) {
  if (RenewalDueAt(state, now, policy) > now) return std::nullopt;
  return WhatHelps(state, absl::ZeroDuration(), now, policy);
}

Decision Decide(const AccountState& state, const Question& question, const AccountPolicy& policy) {
  const base::BootTime now = question.now;
  const SessionPtr usable = UsableIn(state, question.min_validity, now);
  if (usable != nullptr && state.held->trust == Trust::kGood) {
    const Zone zone = ZoneOf(*usable, now);
    if (zone == Zone::kFresh) return HandOut{usable, std::nullopt};
    if (zone == Zone::kAdvisory) {
      if (question.draining) return HandOut{usable, std::nullopt};
      return HandOut{usable, DueRenewal(state, now, policy)};
    }
  }
  if (const absl::Duration most = MostOnOffer(state, now, policy); question.min_validity > most) {
    return Refuse{MinValidityError(question.account, most, question.min_validity)};
  }
  absl::Status obstacle;
  if (const Waiters* const waiters = WaitersIn(state.activity); waiters != nullptr) {
    if (waiters->size() < policy.max_waiters) return Join{};
    obstacle = QueueFullError(question.account, policy.max_waiters);
  } else {
    const Renewal renewal = WhatHelps(state, question.min_validity, now, policy);
    obstacle = Obstacle(state, renewal, question, policy);
    if (obstacle.ok()) return Begin{renewal};
  }
  // There is nothing to wait for: a session near its end, or one that someone doubts, is still
  // better than an error that will pass.
  if (usable != nullptr && MayPass(obstacle)) return HandOut{usable, std::nullopt};
  return Refuse{std::move(obstacle)};
}

Activity Started(const Activity& activity, Renewal renewal) {
  std::optional<BackingOff> before = FailuresIn(activity);
  if (renewal == Renewal::kProbe) {
    const Latch* const latch = LatchIn(activity);
    return Probing{.waiters = {},
                   .before = std::move(before),
                   .latch = latch == nullptr ? std::nullopt : std::optional(*latch)};
  }
  return LoggingIn{.waiters = {}, .before = std::move(before)};
}

Ended EndProbeAlive(AccountState& state, SessionPtr session, base::BootTime as_of) {
  auto& probing = std::get<Probing>(state.activity);
  Ended ended{.waiters = std::move(probing.waiters),
              .result = session,
              .as_of = as_of,
              .fallback = nullptr};
  state.held = Held{.session = std::move(session), .trust = Trust::kGood};
  probing.before = std::nullopt;
  state.activity = AsBefore(state.activity);
  return ended;
}

Ended EndProbeDead(AccountState& state) {
  auto& probing = std::get<Probing>(state.activity);
  Ended ended{.waiters = std::move(probing.waiters),
              .result = std::nullopt,
              .as_of = {},
              .fallback = nullptr};
  state.held->trust = Trust::kDead;
  state.activity = AsBefore(state.activity);
  return ended;
}

Ended EndProbeUnknown(AccountState& state, const absl::Status& cause, Activity next,
                      base::BootTime now) {
  Waiters waiters = std::move(std::get<Probing>(state.activity).waiters);
  state.activity = std::move(next);
  return EndWithError(state, std::move(waiters), cause, now);
}

Ended EndLoginWith(AccountState& state, SessionPtr session) {
  auto& logging_in = std::get<LoggingIn>(state.activity);
  Ended ended{.waiters = std::move(logging_in.waiters),
              .result = session,
              .as_of = session->obtained_at,
              .fallback = nullptr};
  state.held = Held{.session = std::move(session), .trust = Trust::kGood};
  state.activity = Resting{};
  return ended;
}

Ended EndLoginFailed(AccountState& state, const absl::Status& cause, Activity next,
                     base::BootTime now) {
  Waiters waiters = std::move(std::get<LoggingIn>(state.activity).waiters);
  state.activity = std::move(next);
  return EndWithError(state, std::move(waiters), cause, now);
}

Activity AfterFailure(const Activity& activity, const absl::Status& cause,
                      const std::optional<Fingerprint>& inputs, double random, base::BootTime now,
                      absl::Time wall_now, const BackoffPolicy& policy) {
  if (!WasTried(cause)) return AsBefore(activity);
  const std::optional<BackingOff> before = FailuresIn(activity);
  if (const Latch* const held_on = LatchIn(activity)) {
    Latch latch = *held_on;
    latch.probes = BackOff(before, FailureOf(cause), random, now, policy);
    return latch;
  }
  if (inputs.has_value() && !MayPass(cause)) {
    return Latch{.fingerprint = *inputs, .cause = cause, .since = wall_now};
  }
  const LoginFailure failure = FailureOf(cause);
  BackingOff rest = BackOff(before, failure, random, now, policy);
  rest.of_probe = std::holds_alternative<Probing>(activity) && login::ReachedProvider(cause) &&
                  !failure.told_to_wait.has_value();
  return rest;
}

bool WasTried(const absl::Status& cause) {
  switch (base::DetailsOf(cause).reason) {
    case Reason::kQueueFull:
    case Reason::kDraining:
    case Reason::kBackingOff:
    case Reason::kStoreUnavailable:
    case Reason::kSequenceAhead:
    case Reason::kSequenceExhausted:
      return false;
    default:
      return true;
  }
}

absl::StatusOr<SessionPtr> AnswerTo(absl::Duration min_validity, const Ended& ended,
                                    base::BootTime now) {
  const absl::StatusOr<SessionPtr>& result = *ended.result;
  if (result.ok()) {
    if (IsUsableFor(**result, min_validity, ended.as_of) &&
        IsUsableFor(**result, absl::ZeroDuration(), now)) {
      return result;
    }
    return MinValidityError((*result)->id, RemainingLife(**result, ended.as_of), min_validity);
  }
  if (ended.fallback != nullptr && IsUsableFor(*ended.fallback, min_validity, now) &&
      MayPass(result.status())) {
    return ended.fallback;
  }
  return result;
}

ReportResult Report(AccountState& state, int64_t version, const AccountPolicy& policy) {
  if (!state.held.has_value() || state.held->session->version != version) {
    return ReportResult::kStaleVersion;
  }
  Trust& trust = state.held->trust;
  if (trust == Trust::kDead) return ReportResult::kInvalidated;
  trust = policy.has_probe ? Trust::kSuspect : Trust::kDead;
  // What a login under way brings is better than what a probe can tell.
  const bool probing = policy.has_probe && !std::holds_alternative<LoggingIn>(state.activity);
  return probing ? ReportResult::kProbing : ReportResult::kInvalidated;
}

Standing StandingOf(const AccountState& state, base::BootTime now) {
  if (IsAlive(state.held, now)) return Standing::kLive;
  if (WaitersIn(state.activity) != nullptr) return Standing::kLoggingIn;
  if (std::holds_alternative<Latch>(state.activity)) return Standing::kLatched;
  const auto* const backing_off = std::get_if<BackingOff>(&state.activity);
  if (backing_off != nullptr && !IsOver(*backing_off, now)) return Standing::kBackingOff;
  if (std::holds_alternative<Unreadable>(state.activity)) return Standing::kBackingOff;
  return Standing::kAbsent;
}

}  // namespace sessionbroker::sessions
