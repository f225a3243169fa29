#include "service/sessions/account_state.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "service/base/error.h"
#include "service/sessions/lifetime.h"

namespace sessionbroker::sessions {
namespace {

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
      {.reason = base::Reason::kInvalidArgument,
       .retry_after = std::nullopt,
       .metadata = {{"field", "min_validity"},
                    {"limit", JsonDuration(limit)},
                    {"actual", JsonDuration(actual)}}},
      absl::StrCat("min_validity of ", account.ToString(), ": a new session offers at most ",
                   absl::FormatDuration(limit), ", got ", absl::FormatDuration(actual)));
}

absl::Status QueueFullError(base::AccountIdView account, std::size_t limit) {
  return base::MakeError(base::Reason::kQueueFull,
                         absl::StrCat("callers that wait for the login of ", account.ToString(),
                                      ": limit ", limit, ", all taken"));
}

absl::Status DrainingError(base::AccountIdView account) {
  return base::MakeError(
      base::Reason::kDraining,
      absl::StrCat(account.ToString(), " needs a login and this broker is shutting down"));
}

// What refused the credentials holds until they change; anything else may be gone the next time.
bool MayPass(const absl::Status& error) {
  return base::DetailsOf(error).reason != base::Reason::kCredentialsRejected;
}

// The most that a login can bring. The session in hand is the better witness while it lives: where
// a provider gives less than is known beforehand, asking again brings no more.
absl::Duration MostOnOffer(const SessionPtr& session, const Question& question) {
  if (session == nullptr || ZoneOf(*session, question.now) == Zone::kExpired) {
    return question.usable_life;
  }
  return std::min(question.usable_life, session->expires_at - session->obtained_at);
}

}  // namespace

SessionPtr SessionIn(const AccountState& state) {
  if (const auto* live = std::get_if<Live>(&state)) return live->session;
  if (const auto* renewing = std::get_if<Renewing>(&state)) return renewing->session;
  return nullptr;
}

const Waiters* WaitersIn(const AccountState& state) {
  if (const auto* logging_in = std::get_if<LoggingIn>(&state)) return &logging_in->waiters;
  if (const auto* renewing = std::get_if<Renewing>(&state)) return &renewing->waiters;
  return nullptr;
}

Waiters* WaitersIn(AccountState& state) {
  return const_cast<Waiters*>(WaitersIn(std::as_const(state)));
}

bool CanHandOutNow(const Session& session, absl::Duration min_validity, base::BootTime now) {
  const Zone zone = ZoneOf(session, now);
  return (zone == Zone::kFresh || zone == Zone::kAdvisory) &&
         IsUsableFor(session, min_validity, now);
}

Decision Decide(const AccountState& state, const Question& question) {
  const SessionPtr session = SessionIn(state);
  if (session != nullptr && CanHandOutNow(*session, question.min_validity, question.now)) {
    return HandOut{session};
  }
  if (const absl::Duration most = MostOnOffer(session, question); question.min_validity > most) {
    return Refuse{MinValidityError(question.account, most, question.min_validity)};
  }
  const Waiters* const waiters = WaitersIn(state);
  if (waiters != nullptr && waiters->size() < question.max_waiters) return JoinLogin{};
  if (waiters == nullptr && !question.draining) return BeginLogin{};
  // There is no login to wait for: a session in its mandatory zone is still better than an error.
  if (session != nullptr && IsUsableFor(*session, question.min_validity, question.now)) {
    return HandOut{session};
  }
  return Refuse{waiters != nullptr ? QueueFullError(question.account, question.max_waiters)
                                   : DrainingError(question.account)};
}

AccountState Begin(const AccountState& state) {
  SessionPtr session = SessionIn(state);
  if (session == nullptr) return LoggingIn{};
  return Renewing{.session = std::move(session), .waiters = {}};
}

Ended End(AccountState state, const absl::StatusOr<SessionPtr>& result) {
  Ended ended;
  ended.held = SessionIn(state);
  ended.waiters = std::move(*WaitersIn(state));
  if (result.ok()) {
    ended.state = Live{*result};
  } else if (ended.held != nullptr) {
    ended.state = Live{ended.held};
  }
  return ended;
}

absl::StatusOr<SessionPtr> AnswerTo(absl::Duration min_validity,
                                    const absl::StatusOr<SessionPtr>& result,
                                    const SessionPtr& held, base::BootTime now) {
  if (result.ok()) {
    if (IsUsableFor(**result, min_validity, now)) return result;
    return MinValidityError((*result)->id, RemainingLife(**result, now), min_validity);
  }
  if (held != nullptr && IsUsableFor(*held, min_validity, now) && MayPass(result.status())) {
    return held;
  }
  return result;
}

Standing StandingOf(const AccountState& state, base::BootTime now) {
  const SessionPtr session = SessionIn(state);
  if (session != nullptr && ZoneOf(*session, now) != Zone::kExpired) return Standing::kLive;
  return WaitersIn(state) != nullptr ? Standing::kLoggingIn : Standing::kAbsent;
}

}  // namespace sessionbroker::sessions
