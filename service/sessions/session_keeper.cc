#include "service/sessions/session_keeper.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/login/reach.h"
#include "service/sessions/lifetime.h"

namespace sessionbroker::sessions {
namespace {

absl::Status RemovedError(base::AccountIdView id) {
  return base::MakeError(base::Reason::kAccountUnknown,
                         absl::StrCat("no account ", id.ToString(), " is configured"));
}

absl::Status NoSessionsError(base::AccountIdView id, base::Reason why) {
  return base::MakeError(
      why, absl::StrCat(
               id.ToString(), " has no session: each request carries what the broker adds, ",
               why == base::Reason::kInjectOnly ? "a secret among it; use CallProvider"
                                                : "a signature; use SignRequest or CallProvider"));
}

absl::Status ShuttingDownError(base::AccountIdView id) {
  return base::MakeError(
      base::Reason::kDraining,
      absl::StrCat("this broker is shutting down: another one may show ", id.ToString()));
}

std::shared_ptr<const login::Grant> GrantOf(SessionPtr session) {
  const login::Grant* const grant = &session->grant;
  return std::shared_ptr<const login::Grant>(std::move(session), grant);
}

std::string OutcomeOf(const absl::Status& status) {
  return status.ok() ? "ok" : std::string(base::NameOf(base::DetailsOf(status).reason));
}

bool IsDead(const std::optional<Held>& held) {
  return held.has_value() && held->trust == Trust::kDead;
}

// One that was found dead lies there as one that has expired. A session that is bound to where it
// was used from may have been lost with that.
Trust TrustAfterRestart(const Session& session, base::BootTime now, const AccountPolicy& policy) {
  if (ZoneOf(session, now) == Zone::kExpired) return Trust::kDead;
  return session.grant.bound_to_address && policy.has_probe ? Trust::kSuspect : Trust::kGood;
}

}  // namespace

SessionKeeper::SessionKeeper(KeeperContext* context, std::shared_ptr<const login::Account> account)
    : context_(context),
      id_(account->id),
      metrics_(context->metrics->ForProvider(account->id.provider)),
      account_(std::move(account)),
      policy_(context->policy_of(*account_)) {
  published_.account = account_;
}

void SessionKeeper::Restore(Restored restored) {
  if (!restored.remembered.budget.spent().empty()) {
    state_.budget = std::move(restored.remembered.budget);
  }
  if (restored.session.has_value()) {
    last_version_ = restored.session->version;
    const bool from_elsewhere =
        restored.session->grant.bound_to_address && restored.session->egress != context_->egress;
    if (!from_elsewhere && restored.inputs == context_->inputs_of(*account_)) {
      auto session = std::make_shared<Session>(*std::move(restored.session));
      session->zones = policy_.life.zones;
      Complete(session.get());
      const Trust trust = TrustAfterRestart(*session, context_->clock->BootNow(), policy_);
      state_.held = Held{.session = std::move(session), .trust = trust};
    }
  }
  std::optional<Latch>& latch = restored.remembered.latch;
  if (!restored.unreadable.ok()) {
    state_.activity = Unreadable{std::move(restored.unreadable)};
  } else if (latch.has_value()) {
    const absl::StatusOr<Fingerprint> now = context_->fingerprint_of(*account_);
    if (now.ok() && *now == latch->fingerprint) state_.activity = *std::move(latch);
  } else if (restored.remembered.backing_off.has_value()) {
    state_.activity = *std::move(restored.remembered.backing_off);
  }
  Publish();
}

void SessionKeeper::RestoreAnew(Restored restored) {
  if (removed()) return;
  state_.activity = Resting{};
  Restore(std::move(restored));
}

SessionPtr SessionKeeper::TryHandOut(absl::Duration min_validity) {
  const base::BootTime now = context_->clock->BootNow();
  asked_at_.store(absl::ToInt64Nanoseconds(now.since_boot()), std::memory_order_relaxed);
  SessionPtr session;
  bool nudge = false;
  {
    base::MutexLock lock(&published_mutex_);
    if (published_.session == nullptr || now >= published_.hand_out_until ||
        !IsUsableFor(*published_.session, min_validity, now)) {
      return nullptr;
    }
    session = published_.session;
    if (now >= published_.nudge_from) {
      nudge = true;
      published_.nudge_from = base::BootTime::InfiniteFuture();
    }
  }
  if (nudge) {
    context_->scheduler->Post([keeper = shared_from_this()] { keeper->Nudge(); });
  }
  metrics_.CountHit();
  return session;
}

AccountSummary SessionKeeper::Summarize() const {
  Published published;
  {
    base::MutexLock lock(&published_mutex_);
    published = published_;
  }
  const base::BootTime now = context_->clock->BootNow();
  AccountSummary summary;
  summary.id = id_;
  summary.standing = published.standing;
  if (now < published.retry_at) {
    summary.cause = published.cause;
    if (published.retry_at != base::BootTime::InfiniteFuture()) {
      summary.retry_time = context_->clock->WallNow() + (published.retry_at - now);
    }
  } else {
    summary.standing = Standing::kAbsent;
  }
  if (published.session != nullptr && now < published.session->expires_at) {
    summary.standing = Standing::kLive;
    summary.version = published.session->version;
    summary.expire_time = published.session->expire_time;
  }
  return summary;
}

std::shared_ptr<const login::Account> SessionKeeper::account() const {
  base::MutexLock lock(&published_mutex_);
  return published_.account;
}

void SessionKeeper::Publish() {
  const base::BootTime now = context_->clock->BootNow();
  Published next;
  next.account = account_;
  next.session = LiveIn(state_, now);
  next.standing = StandingOf(state_, now);
  if (next.session != nullptr) {
    next.standing = Standing::kAbsent;
    if (state_.held->trust == Trust::kGood) next.hand_out_until = MandatoryFrom(*next.session);
  }
  if (const auto* latch = std::get_if<Latch>(&state_.activity)) {
    next.standing = Standing::kLatched;
    next.cause = base::DetailsOf(latch->cause).reason;
  } else if (const auto* unreadable = std::get_if<Unreadable>(&state_.activity)) {
    next.standing = Standing::kBackingOff;
    next.cause = base::DetailsOf(unreadable->cause).reason;
  } else if (const auto* backing_off = std::get_if<BackingOff>(&state_.activity);
             backing_off != nullptr && !IsOver(*backing_off, now)) {
    next.standing = Standing::kBackingOff;
    next.cause = base::DetailsOf(backing_off->cause).reason;
    next.retry_at = backing_off->until;
  }
  // The budget may stand against a login for longer than a failure does.
  const bool waits_for_more = LatchIn(state_.activity) != nullptr || IsUnreadable();
  if (!waits_for_more && WaitersIn(state_.activity) == nullptr) {
    const LoginKind kind = next.session == nullptr ? LoginKind::kFirst : LoginKind::kRenewal;
    const base::BootTime allowed = state_.budget.NextAllowed(kind, now, policy_.budget);
    if (allowed > now && (!next.cause.has_value() || allowed > next.retry_at)) {
      next.standing = Standing::kBackingOff;
      next.cause = base::Reason::kLoginBudgetExhausted;
      next.retry_at = allowed;
    }
  }
  base::BootTime due = base::BootTime::InfiniteFuture();
  if (next.session != nullptr || IsWatched()) {
    due = std::max(RenewalDueAt(state_, now, policy_), no_nudge_before_);
  }
  next.nudge_from = due;
  {
    base::MutexLock lock(&published_mutex_);
    std::swap(published_, next);
  }
  ArmTimer(due);
  if (IsWatched()) watchers_->Show(ViewForWatchers(now, due));
}

View SessionKeeper::ViewForWatchers(base::BootTime now, base::BootTime due) const {
  View view = ViewOf(
      state_, {.account = id_, .min_validity = absl::ZeroDuration(), .now = now, .draining = false},
      policy_);
  const bool rests = now < no_nudge_before_ && WaitersIn(state_.activity) == nullptr;
  if (rests && std::holds_alternative<Unsettled>(view)) view = Outage{.cause = no_nudge_because_};
  if (auto* outage = std::get_if<Outage>(&view); outage != nullptr) {
    outage->retry_at = due;
    if (due != base::BootTime::InfiniteFuture()) {
      outage->retry_time = context_->clock->WallNow() + (due - now);
    }
  }
  return view;
}

void SessionKeeper::ArmTimer(base::BootTime due) {
  context_->scheduler->Cancel(timer_);
  timer_ = 0;
  const base::BootTime now = context_->clock->BootNow();
  if (due == base::BootTime::InfiniteFuture()) return;
  // What is due now and was not begun waits for someone to ask, as those who watch do all the time.
  if (due <= now && !IsWatched()) return;
  timer_ = context_->scheduler->RunAfter(due - now, [weak = weak_from_this()] {
    const std::shared_ptr<SessionKeeper> keeper = weak.lock();
    if (keeper == nullptr) return;
    if (keeper->InDemand()) keeper->Nudge();
  });
}

bool SessionKeeper::InDemand() const {
  if (IsWatched()) return true;
  const absl::Duration since_boot = context_->clock->BootNow().since_boot();
  const int64_t asked_at = asked_at_.load(std::memory_order_relaxed);
  return asked_at != 0 && since_boot - absl::Nanoseconds(asked_at) <= policy_.demand;
}

void SessionKeeper::RestFromNudges(const absl::Status& failure) {
  if (WasTried(failure)) return;
  const absl::Duration wait = base::DetailsOf(failure).retry_after.value_or(absl::ZeroDuration());
  no_nudge_before_ = context_->clock->BootNow() + std::max(wait, absl::Seconds(1));
  no_nudge_because_ = failure;
}

void SessionKeeper::Nudge() {
  if (removed() || context_->draining) return;
  if (context_->clock->BootNow() < no_nudge_before_) return Publish();
  if (const auto renewal = DueRenewal(state_, context_->clock->BootNow(), policy_)) {
    Begin(*renewal);
  }
  Publish();
}

void SessionKeeper::Ask(std::shared_ptr<Waiter> waiter) {
  if (waiter->over()) return;
  if (removed()) return waiter->Answer(RemovedError(id_));
  if (policy_.no_sessions.has_value()) {
    return waiter->Answer(NoSessionsError(id_, *policy_.no_sessions));
  }
  Decision decision = Decide(state_,
                             {.account = id_,
                              .min_validity = waiter->min_validity(),
                              .now = context_->clock->BootNow(),
                              .draining = context_->draining},
                             policy_);
  if (auto* refuse = std::get_if<Refuse>(&decision)) {
    return waiter->Answer(std::move(refuse->error));
  }
  if (auto* hand_out = std::get_if<HandOut>(&decision)) {
    if (hand_out->meanwhile.has_value()) Begin(*hand_out->meanwhile);
    metrics_.CountHit();
    return waiter->Answer(std::move(hand_out->session));
  }
  if (const auto* begin = std::get_if<sessions::Begin>(&decision)) {
    const bool is_first = begin->renewal == Renewal::kLogin &&
                          KindOfLogin(state_, context_->clock->BootNow()) == LoginKind::kFirst;
    if (is_first) {
      if (absl::Status admitted = waiter->Admit(); !admitted.ok()) {
        return waiter->Answer(std::move(admitted));
      }
    }
    Begin(begin->renewal);
  } else {
    metrics_.CountJoined();
  }
  WaitersIn(state_.activity)->push_back(std::move(waiter));
}

void SessionKeeper::Forget(const std::shared_ptr<Waiter>& waiter) {
  Waiters* const waiters = WaitersIn(state_.activity);
  if (waiters == nullptr) return;
  waiters->erase(std::remove(waiters->begin(), waiters->end(), waiter), waiters->end());
}

void SessionKeeper::Watch(std::shared_ptr<Subscription> subscription) {
  if (removed()) return subscription->End(RemovedError(id_));
  if (policy_.no_sessions.has_value()) {
    return subscription->End(NoSessionsError(id_, *policy_.no_sessions));
  }
  if (context_->draining) return subscription->End(ShuttingDownError(id_));
  if (watchers_ == nullptr) {
    watchers_ = std::make_shared<Watchers>(&context_->watching, [weak = weak_from_this()] {
      if (const std::shared_ptr<SessionKeeper> keeper = weak.lock()) keeper->Publish();
    });
    context_->watched.insert(this);
  }
  watchers_->Add(std::move(subscription));
  metrics_.AddWatches(1);
  Publish();
}

void SessionKeeper::Unwatch(Subscription* subscription) {
  if (watchers_ == nullptr) return;
  if (!watchers_->Remove(subscription)) return;
  metrics_.AddWatches(-1);
  if (watchers_->size() > 0) return;
  watchers_ = nullptr;
  context_->watched.erase(this);
  Publish();
}

void SessionKeeper::Drain() { EndWatches(ShuttingDownError(id_)); }

void SessionKeeper::EndWatches(const absl::Status& status) {
  if (watchers_ == nullptr) return;
  const std::shared_ptr<Watchers> watchers = std::exchange(watchers_, nullptr);
  context_->watched.erase(this);
  metrics_.AddWatches(-static_cast<int>(watchers->size()));
  watchers->End(status);
}

bool SessionKeeper::WouldDoubt(int64_t version) const {
  return state_.held.has_value() && state_.held->trust == Trust::kGood &&
         state_.held->session->version == version;
}

SessionKeeper::Reported SessionKeeper::Report(int64_t version) {
  Reported reported;
  if (removed()) return reported;
  const bool was_dead = IsDead(state_.held);
  reported.result = sessions::Report(state_, version, policy_);
  // What a login under way stores must not be overwritten.
  const bool logging_in = std::holds_alternative<LoggingIn>(state_.activity);
  if (IsDead(state_.held) && !was_dead && !logging_in) Bury();
  const base::BootTime now = context_->clock->BootNow();
  if (reported.result != ReportResult::kStaleVersion) {
    // Whoever reports a session uses it: that is demand.
    asked_at_.store(absl::ToInt64Nanoseconds(now.since_boot()), std::memory_order_relaxed);
    const auto renewal = DueRenewal(state_, now, policy_);
    if (renewal.has_value() && !context_->draining) Begin(*renewal);
    Publish();
  }
  if (const SessionPtr session = LiveIn(state_, now)) reported.version = session->version;
  return reported;
}

void SessionKeeper::Used(int64_t version, base::BootTime sent_at) {
  const base::BootTime now = context_->clock->BootNow();
  if (removed() || !state_.held.has_value() || state_.held->trust != Trust::kGood) return;
  const Session& used = *state_.held->session;
  if (used.version != version || !IsWorthExtending(used, sent_at)) return;
  // What is under way says more, and what it stores must not be overwritten.
  if (WaitersIn(state_.activity) != nullptr) return;
  auto session =
      std::make_shared<Session>(Extended(used, sent_at, now, context_->clock->WallNow()));
  Complete(session.get());
  state_.held->session = session;
  // Handed out before it is stored: what a restart finds ends earlier, and is as true.
  if (context_->records != nullptr) {
    context_->records->SaveSession(session, context_->inputs_of(*account_),
                                   [](const absl::Status&) {});
  }
  Publish();
}

Unlatched SessionKeeper::Unlatch() {
  Unlatched was = Unlatched::kWasNeither;
  if (IsUnreadable()) return was;
  if (LatchIn(state_.activity) != nullptr) was = Unlatched::kWasLatched;
  if (std::holds_alternative<BackingOff>(state_.activity)) was = Unlatched::kWasBackingOff;
  const base::BootTime now = context_->clock->BootNow();
  if (state_.budget.NextAllowed(LoginKind::kFirst, now, policy_.budget) > now) {
    if (was == Unlatched::kWasNeither) was = Unlatched::kWasOutOfLogins;
    state_.budget = LoginBudget();
  }
  if (was == Unlatched::kWasNeither) return was;
  if (auto* probing = std::get_if<Probing>(&state_.activity)) {
    probing->latch = std::nullopt;
  } else if (WaitersIn(state_.activity) == nullptr) {
    state_.activity = Resting{};
  }
  SaveRemembered(state_.activity, [](const absl::Status&) {});
  Publish();
  return was;
}

void SessionKeeper::Begin(Renewal renewal) {
  state_.activity = Started(state_.activity, renewal);
  flying_with_ = account_;
  ++context_->under_way;
  if (renewal == Renewal::kProbe) {
    BeginProbe();
  } else {
    BeginLogin();
  }
  Publish();
}

void SessionKeeper::BeginProbe() {
  context_->authenticator->Probe(
      account_, GrantOf(state_.held->session),
      [keeper = shared_from_this()](absl::StatusOr<login::ProbeAnswer> result) {
        keeper->EndProbe(std::move(result));
      });
}

void SessionKeeper::BeginLogin() {
  untried_ = false;
  const base::BootTime now = context_->clock->BootNow();
  state_.budget.Spend(KindOfLogin(state_, now), now, policy_.budget);
  // A login that nobody would remember could be one too many.
  SaveRemembered(state_.activity, [keeper = shared_from_this()](const absl::Status& saved) {
    if (!saved.ok()) {
      keeper->EndLogin(saved);
    } else if (keeper->flying_with_ != keeper->account_) {
      keeper->state_.budget.Refund();
      keeper->Drop();
    } else {
      keeper->Login();
    }
  });
}

void SessionKeeper::Login() {
  context_->authenticator->Login(flying_with_,
                                 [keeper = shared_from_this()](absl::StatusOr<login::Grant> grant) {
                                   keeper->EndLogin(std::move(grant));
                                 });
}

void SessionKeeper::EndProbe(absl::StatusOr<login::ProbeAnswer> result) {
  if (flying_with_ != account_) return Drop();
  const base::BootTime now = context_->clock->BootNow();
  if (!result.ok()) {
    RestFromNudges(result.status());
    Activity next = AfterFailure(state_.activity, result.status(), std::nullopt, context_->random(),
                                 now, context_->clock->WallNow(), policy_.backoff);
    Ended ended = EndProbeUnknown(state_, result.status(), std::move(next), now);
    if (WasTried(result.status())) SaveRemembered(state_.activity, [](const absl::Status&) {});
    return Conclude(std::move(ended));
  }
  if (result->result == login::ProbeResult::kDead) {
    Bury();
    return Conclude(EndProbeDead(state_));
  }
  const base::BootTime used_at = std::min(now, result->sent_at);
  auto session = std::make_shared<Session>(
      Extended(*state_.held->session, used_at, now, context_->clock->WallNow()));
  Complete(session.get());
  Keep(session, [keeper = shared_from_this(), session, used_at] {
    if (keeper->flying_with_ != keeper->account_) return keeper->Drop();
    keeper->Conclude(EndProbeAlive(keeper->state_, session, used_at), /*probed=*/true);
  });
}

void SessionKeeper::EndLogin(absl::StatusOr<login::Grant> grant) {
  absl::StatusOr<SessionPtr> result = SessionFrom(std::move(grant));
  context_->metrics->CountLogin(id_.provider, OutcomeOf(result.status()));
  Tell(AccountEvent::Kind::kLogin, result.status(), result.ok() ? *result : nullptr);
  if (flying_with_ != account_) return Drop();
  if (result.ok()) {
    Keep(*result, [keeper = shared_from_this(), session = *result]() mutable {
      if (keeper->flying_with_ != keeper->account_) return keeper->Drop();
      const Held before = keeper->state_.held.value_or(Held());
      keeper->last_version_ = session->version;
      const bool had_failed = std::get<LoggingIn>(keeper->state_.activity).before.has_value();
      Ended ended = EndLoginWith(keeper->state_, std::move(session));
      if (had_failed) keeper->SaveRemembered(keeper->state_.activity, [](const absl::Status&) {});
      if (before.session != nullptr) keeper->Retire(before);
      keeper->Conclude(std::move(ended));
    });
    return;
  }
  RestFromNudges(result.status());
  std::optional<Fingerprint> latch;
  if (absl::StatusOr<Fingerprint> inputs = context_->fingerprint_of(*account_); inputs.ok()) {
    latch = *inputs;
  }
  if (!WasTried(result.status()) || !login::ReachedProvider(result.status())) {
    state_.budget.Refund();
  }
  const Activity next =
      AfterFailure(state_.activity, result.status(), latch, context_->random(),
                   context_->clock->BootNow(), context_->clock->WallNow(), policy_.backoff);
  // What callers are told outlasts the process: nobody tries again what was just refused.
  SaveRemembered(
      next, [keeper = shared_from_this(), next, cause = result.status()](const absl::Status&) {
        if (keeper->flying_with_ != keeper->account_) return keeper->Drop();
        if (LatchIn(next) != nullptr) keeper->Tell(AccountEvent::Kind::kLatch, cause, nullptr);
        if (IsDead(keeper->state_.held)) keeper->Bury();
        keeper->Conclude(
            EndLoginFailed(keeper->state_, cause, next, keeper->context_->clock->BootNow()));
      });
}

absl::StatusOr<SessionPtr> SessionKeeper::SessionFrom(absl::StatusOr<login::Grant> grant) const {
  SB_RETURN_IF_ERROR(grant.status());
  const base::BootTime now = context_->clock->BootNow();
  const Session* const previous = state_.held.has_value() ? state_.held->session.get() : nullptr;
  auto session =
      std::make_shared<Session>(MakeSession(*flying_with_, *std::move(grant), previous, now,
                                            context_->clock->WallNow(), policy_.life.zones));
  if (session->grant.bound_to_address) session->egress = context_->egress;
  // The last session was not one of this account as it is configured now.
  if (previous == nullptr) session->version = NextVersion(last_version_, session->issue_time);
  if (ZoneOf(*session, now) == Zone::kExpired) {
    return base::MakeError(base::Reason::kProviderProtocolError,
                           absl::StrCat("the login of ", id_.ToString(),
                                        " gave a session with no life left: at least 1ns, got ",
                                        absl::FormatDuration(RemainingLife(*session, now))));
  }
  Complete(session.get());
  return session;
}

void SessionKeeper::Complete(Session* session) const {
  session->encoded = context_->encoder(*session);
  if (context_->id_hash_of) session->id_hash = context_->id_hash_of(*session);
}

void SessionKeeper::Tell(AccountEvent::Kind kind, const absl::Status& status,
                         SessionPtr session) const {
  if (!context_->on_event) return;
  context_->on_event({.kind = kind, .id = id_, .status = status, .session = std::move(session)});
}

void SessionKeeper::Keep(const SessionPtr& session, absl::AnyInvocable<void()> done) {
  if (context_->records == nullptr) return done();
  context_->records->SaveSession(session, context_->inputs_of(*flying_with_),
                                 [done = std::move(done)](const absl::Status&) mutable { done(); });
}

void SessionKeeper::Bury() {
  if (context_->records == nullptr) return;
  auto dead = std::make_shared<Session>(*state_.held->session);
  dead->expires_at = std::min(dead->expires_at, context_->clock->BootNow());
  dead->expire_time = context_->clock->WallNow();
  // Its id and version are still known then.
  context_->records->SaveSession(dead, context_->inputs_of(*account_), [](const absl::Status&) {});
}

void SessionKeeper::SaveRemembered(const Activity& activity,
                                   absl::AnyInvocable<void(absl::Status)> done) {
  if (context_->records == nullptr) return done(absl::OkStatus());
  Remembered remembered;
  remembered.budget = state_.budget;
  remembered.budget.Forget(context_->clock->BootNow(), policy_.budget);
  if (const Latch* const latch = LatchIn(activity)) {
    remembered.latch = *latch;
  } else {
    remembered.backing_off = FailuresIn(activity);
  }
  context_->records->SaveRemembered(id_, remembered, std::move(done));
}

void SessionKeeper::Conclude(Ended ended, bool probed) {
  flying_with_ = nullptr;
  // For as long as answers are given nothing is idle.
  const base::BootTime now = context_->clock->BootNow();
  Publish();
  for (const std::shared_ptr<Waiter>& waiter : ended.waiters) {
    if (!ended.result.has_value()) {
      Ask(waiter);
      continue;
    }
    absl::StatusOr<SessionPtr> answer = AnswerTo(waiter->min_validity(), ended, now);
    // A probe may have shown that only a login helps; and a session may have run out while it was
    // being stored.
    const bool again =
        ended.result->ok() && (probed || ZoneOf(***ended.result, now) == Zone::kExpired);
    if (!answer.ok() && again) {
      Ask(waiter);
    } else {
      waiter->Answer(std::move(answer));
    }
  }
  // A session that was found dead is replaced although nobody waits, if it is in demand.
  if (!ended.result.has_value() && ended.waiters.empty() && InDemand()) Nudge();
  if (removed()) {
    context_->on_left(*this);
  } else {
    TryChangedLogin();
  }
  if (--context_->under_way == 0 && context_->on_idle) context_->on_idle();
}

void SessionKeeper::Drop() {
  Waiters* const waiting = WaitersIn(state_.activity);
  Ended ended{
      .waiters = std::move(*waiting), .result = std::nullopt, .as_of = {}, .fallback = nullptr};
  state_.activity = Resting{};
  Conclude(std::move(ended));
}

void SessionKeeper::Retire(const Held& held) {
  if (!policy_.has_logout) return;
  const SessionPtr session = held.session;
  if (held.trust == Trust::kDead) {
    // There is nothing to end.
    retired_.erase(std::remove_if(retired_.begin(), retired_.end(),
                                  [&](const Retired& retired) {
                                    return retired.session->grant.id == session->grant.id;
                                  }),
                   retired_.end());
    return;
  }
  const absl::Duration promised = ForsakenFrom(*session) - context_->clock->BootNow();
  if (promised == absl::InfiniteDuration()) return;
  retired_.push_back({.session = session, .account = account_});
  context_->scheduler->RunAfter(promised, [weak = weak_from_this(), session] {
    const std::shared_ptr<SessionKeeper> keeper = weak.lock();
    if (keeper != nullptr) keeper->EndRetirement(session);
  });
}

void SessionKeeper::EndRetirement(const SessionPtr& session) {
  const auto it = std::find_if(retired_.begin(), retired_.end(),
                               [&](const Retired& retired) { return retired.session == session; });
  if (it == retired_.end()) return;
  const std::shared_ptr<const login::Account> account = std::move(it->account);
  retired_.erase(it);
  // Two of ours may be one to the provider.
  const auto is_same = [&](const SessionPtr& other) {
    return other->grant.id == session->grant.id;
  };
  if (state_.held.has_value() && is_same(state_.held->session)) return;
  for (const Retired& other : retired_) {
    if (is_same(other.session)) return;
  }
  LogOut(session, account);
}

void SessionKeeper::LogOut(const SessionPtr& session,
                           std::shared_ptr<const login::Account> account) {
  if (context_->draining) return;
  context_->authenticator->Logout(std::move(account), GrantOf(session), [](const absl::Status&) {});
}

void SessionKeeper::Reconfigure(std::shared_ptr<const login::Account> account) {
  const absl::StatusOr<Fingerprint> fingerprint = context_->fingerprint_of(*account);
  const bool was_there = !removed();
  const bool same_session =
      was_there && context_->inputs_of(*account_) == context_->inputs_of(*account);
  const bool same_login =
      same_session && fingerprint.ok() && fingerprint == context_->fingerprint_of(*account_);
  if (same_login && flying_with_ == account_) flying_with_ = account;
  if (!same_session && state_.held.has_value()) {
    Retire(*state_.held);
    state_.held = std::nullopt;
  }
  account_ = std::move(account);
  policy_ = context_->policy_of(*account_);
  if (state_.held.has_value()) TakeZones();
  const bool rests = std::holds_alternative<Latch>(state_.activity) ||
                     std::holds_alternative<BackingOff>(state_.activity);
  if (!same_login && rests) {
    state_.activity = Resting{};
    SaveRemembered(state_.activity, [](const absl::Status&) {});
  }
  untried_ = untried_ || (same_session && !same_login);
  Publish();
  TryChangedLogin();
}

void SessionKeeper::TryChangedLogin() {
  // What is under way is dropped, which leads here again.
  if (!untried_ || WaitersIn(state_.activity) != nullptr) return;
  untried_ = false;
  const base::BootTime now = context_->clock->BootNow();
  // Without a session the next Get tries it.
  if (LiveIn(state_, now) == nullptr || context_->draining) return;
  if (!std::holds_alternative<Resting>(state_.activity)) return;
  const LoginKind kind = KindOfLogin(state_, now);
  if (state_.budget.NextAllowed(kind, now, policy_.budget) <= now) Begin(Renewal::kLogin);
}

void SessionKeeper::TakeZones() {
  // Its end was promised and stays.
  auto session = std::make_shared<Session>(*state_.held->session);
  session->zones = policy_.life.zones;
  state_.held->session = std::move(session);
}

void SessionKeeper::Remove() {
  const std::shared_ptr<const login::Account> account = std::move(account_);
  account_ = nullptr;
  EndWatches(RemovedError(id_));
  const SessionPtr session = LiveIn(state_, context_->clock->BootNow());
  state_.held = std::nullopt;
  Publish();
  if (context_->records != nullptr) {
    context_->records->ForgetSession(id_, [](const absl::Status&) {});
  }
  if (session != nullptr && policy_.has_logout) LogOut(session, account);
  std::vector<Retired> retired;
  retired.swap(retired_);
  for (const Retired& one : retired) {
    if (session == nullptr || session->grant.id != one.session->grant.id) {
      LogOut(one.session, one.account);
    }
  }
  if (WaitersIn(state_.activity) == nullptr) context_->on_left(*this);
}

}  // namespace sessionbroker::sessions
