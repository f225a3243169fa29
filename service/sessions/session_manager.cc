#include "service/sessions/session_manager.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace sessionbroker::sessions {
namespace {

absl::Status UnknownAccountError(base::AccountIdView id) {
  return base::MakeError(base::Reason::kAccountUnknown,
                         absl::StrCat("no account ", id.ToString(), " is configured"));
}

}  // namespace

struct SessionManager::Entry : std::enable_shared_from_this<Entry> {
  Entry(std::shared_ptr<const login::Account> configured, telemetry::ProviderMetrics counters)
      : account(std::move(configured)), metrics(counters) {}

  SessionPtr Session() const ABSL_LOCKS_EXCLUDED(mutex) {
    base::MutexLock lock(&mutex);
    return SessionIn(state);
  }

  const std::shared_ptr<const login::Account> account;
  const telemetry::ProviderMetrics metrics;
  // Held for a decision or a copy of a pointer, never during a login, an encoding or a callback.
  mutable base::Mutex mutex;
  AccountState state ABSL_GUARDED_BY(mutex);
  WaiterId last_waiter ABSL_GUARDED_BY(mutex) = 0;
};

bool SessionManager::PendingGet::GiveUp() {
  const std::shared_ptr<Entry> entry = entry_.lock();
  if (entry == nullptr) return false;
  Waiters::node_type dropped;  // Destroyed after the lock is released.
  base::MutexLock lock(&entry->mutex);
  if (Waiters* const waiters = WaitersIn(entry->state)) dropped = waiters->extract(id_);
  return !dropped.empty();
}

absl::StatusOr<std::unique_ptr<SessionManager>> SessionManager::Create(
    Dependencies dependencies, const Options& options,
    std::vector<std::shared_ptr<const login::Account>> accounts) {
  const auto missing = [](absl::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat("session manager: ", what, " is missing"));
  };
  if (dependencies.clock == nullptr) return missing("clock");
  if (dependencies.authenticator == nullptr) return missing("authenticator");
  if (dependencies.metrics == nullptr) return missing("metrics");
  if (dependencies.encoder == nullptr) return missing("encoder");
  if (dependencies.life_of == nullptr) return missing("life_of");
  if (options.max_waiters == 0) {
    return absl::InvalidArgumentError("session manager: max_waiters: at least 1, got 0");
  }
  std::sort(accounts.begin(), accounts.end(),
            [](const auto& a, const auto& b) { return a->id < b->id; });
  const auto twice =
      std::adjacent_find(accounts.begin(), accounts.end(),
                         [](const auto& a, const auto& b) { return a->id == b->id; });
  if (twice != accounts.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("session manager: account ", (*twice)->id.ToString(), " stands there twice"));
  }
  auto manager =
      std::unique_ptr<SessionManager>(new SessionManager(std::move(dependencies), options));
  manager->entries_.reserve(accounts.size());
  manager->index_.reserve(accounts.size());
  for (std::shared_ptr<const login::Account>& account : accounts) {
    const telemetry::ProviderMetrics counters =
        manager->dependencies_.metrics->ForProvider(account->id.provider);
    auto entry = std::make_shared<Entry>(std::move(account), counters);
    manager->index_.emplace(entry->account->id, entry.get());
    manager->entries_.push_back(std::move(entry));
  }
  return manager;
}

SessionManager::SessionManager(Dependencies dependencies, const Options& options)
    : dependencies_(std::move(dependencies)), options_(options) {}

SessionManager::~SessionManager() = default;

SessionManager::Entry* SessionManager::Find(base::AccountIdView id) const {
  const auto it = index_.find(id);
  return it == index_.end() ? nullptr : it->second;
}

SessionPtr SessionManager::TryGet(base::AccountIdView id, absl::Duration min_validity) {
  const Entry* const entry = Find(id);
  if (entry == nullptr) return nullptr;
  SessionPtr session = entry->Session();
  if (session == nullptr) return nullptr;
  if (!CanHandOutNow(*session, min_validity, dependencies_.clock->BootNow())) return nullptr;
  entry->metrics.CountHit();
  return session;
}

SessionManager::PendingGet SessionManager::Get(base::AccountIdView id, absl::Duration min_validity,
                                               GetCallback done) {
  Entry* const entry = Find(id);
  if (entry == nullptr) {
    done(UnknownAccountError(id));
    return PendingGet();
  }
  const absl::Duration usable_life = UsableLife(dependencies_.life_of(*entry->account));
  Decision decision;
  WaiterId waiter = 0;
  {
    base::MutexLock entry_lock(&entry->mutex);
    base::MutexLock logins_lock(&logins_mutex_);
    decision = Decide(entry->state, {.account = entry->account->id,
                                     .min_validity = min_validity,
                                     .now = dependencies_.clock->BootNow(),
                                     .usable_life = usable_life,
                                     .max_waiters = options_.max_waiters,
                                     .draining = draining_});
    if (std::holds_alternative<BeginLogin>(decision)) {
      entry->state = Begin(entry->state);
      ++logins_under_way_;
    }
    if (std::holds_alternative<BeginLogin>(decision) ||
        std::holds_alternative<JoinLogin>(decision)) {
      waiter = ++entry->last_waiter;
      WaitersIn(entry->state)->emplace(waiter, Waiter{min_validity, std::move(done)});
    }
  }
  if (const auto* hand_out = std::get_if<HandOut>(&decision)) {
    entry->metrics.CountHit();
    done(hand_out->session);
    return PendingGet();
  }
  if (const auto* refuse = std::get_if<Refuse>(&decision)) {
    done(refuse->error);
    return PendingGet();
  }
  if (std::holds_alternative<JoinLogin>(decision)) {
    entry->metrics.CountJoined();
  } else {
    dependencies_.authenticator->Login(
        entry->account,
        [this, entry](absl::StatusOr<login::Grant> grant) { EndLogin(*entry, std::move(grant)); });
  }
  return PendingGet(entry->weak_from_this(), waiter);
}

std::vector<AccountSummary> SessionManager::List(
    const ListQuery& query, absl::FunctionRef<bool(base::AccountIdView)> visible) const {
  const auto id_of = [](const std::shared_ptr<Entry>& entry) -> base::AccountIdView {
    return entry->account->id;
  };
  auto it = std::partition_point(entries_.begin(), entries_.end(), [&](const auto& entry) {
    return id_of(entry).provider < query.provider ||
           (query.after.has_value() && !(*query.after < id_of(entry)));
  });
  const base::BootTime now = dependencies_.clock->BootNow();
  std::vector<AccountSummary> summaries;
  for (; it != entries_.end() && summaries.size() < query.limit; ++it) {
    const Entry& entry = **it;
    if (!query.provider.empty() && entry.account->id.provider != query.provider) break;
    if (!visible(entry.account->id)) continue;
    AccountSummary& summary = summaries.emplace_back();
    summary.id = entry.account->id;
    base::MutexLock lock(&entry.mutex);
    summary.standing = StandingOf(entry.state, now);
    if (summary.standing != Standing::kLive) continue;
    const SessionPtr session = SessionIn(entry.state);
    summary.version = session->version;
    summary.expire_time = session->expire_time;
  }
  return summaries;
}

void SessionManager::Drain() {
  base::MutexLock lock(&logins_mutex_);
  draining_ = true;
}

void SessionManager::WhenIdle(absl::AnyInvocable<void()> done) {
  {
    base::MutexLock lock(&logins_mutex_);
    if (logins_under_way_ > 0) {
      when_idle_.push_back(std::move(done));
      return;
    }
  }
  done();
}

void SessionManager::EndLogin(Entry& entry, absl::StatusOr<login::Grant> grant) {
  const base::BootTime now = dependencies_.clock->BootNow();
  const absl::StatusOr<SessionPtr> result =
      SessionFrom(*entry.account, std::move(grant), entry.Session(), now);
  dependencies_.metrics->CountLogin(
      entry.account->id.provider,
      result.ok() ? "ok" : base::NameOf(base::DetailsOf(result.status()).reason));
  Ended ended;
  {
    base::MutexLock lock(&entry.mutex);
    ended = End(std::move(entry.state), result);
    entry.state = std::move(ended.state);
  }
  for (auto& [id, waiter] : ended.waiters) {
    waiter.done(AnswerTo(waiter.min_validity, result, ended.held, now));
  }
  CountLoginEnded();
}

absl::StatusOr<SessionPtr> SessionManager::SessionFrom(const login::Account& account,
                                                       absl::StatusOr<login::Grant> grant,
                                                       const SessionPtr& previous,
                                                       base::BootTime now) const {
  SB_RETURN_IF_ERROR(grant.status());
  auto session = std::make_shared<Session>(
      MakeSession(account, *std::move(grant), previous.get(), now, dependencies_.clock->WallNow()));
  if (ZoneOf(*session, now) == Zone::kExpired) {
    return base::MakeError(base::Reason::kProviderProtocolError,
                           absl::StrCat("the login of ", account.id.ToString(),
                                        " gave a session with no life left: at least 1ns, got ",
                                        absl::FormatDuration(RemainingLife(*session, now))));
  }
  session->encoded = dependencies_.encoder(*session);
  return session;
}

void SessionManager::CountLoginEnded() {
  std::vector<absl::AnyInvocable<void()>> idle;
  {
    base::MutexLock lock(&logins_mutex_);
    if (--logins_under_way_ == 0) idle.swap(when_idle_);
  }
  for (absl::AnyInvocable<void()>& done : idle) done();
}

}  // namespace sessionbroker::sessions
