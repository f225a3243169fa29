#include "service/sessions/session_manager.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "service/base/error.h"

namespace sessionbroker::sessions {
namespace {

// Between two tries to read what is kept of an account.
constexpr absl::Duration kRecallPause = absl::Seconds(1);

absl::Status UnknownAccountError(base::AccountIdView id) {
  return base::MakeError(base::Reason::kAccountUnknown,
                         absl::StrCat("no account ", id.ToString(), " is configured"));
}

absl::Status TooManyReportsError(base::AccountIdView id, absl::Duration wait) {
  return base::MakeError({.reason = base::Reason::kCallerQuota,
                          .retry_after = wait,
                          .metadata = {{"limit", "reports"}}},
                         absl::StrCat("reports about ", id.ToString(),
                                      " by one caller: the next in ", absl::FormatDuration(wait)));
}

absl::Status Check(const SessionManager::Dependencies& dependencies) {
  const auto missing = [](absl::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat("session manager: ", what, " is missing"));
  };
  if (dependencies.clock == nullptr) return missing("clock");
  if (dependencies.scheduler == nullptr) return missing("scheduler");
  if (dependencies.authenticator == nullptr) return missing("authenticator");
  if (dependencies.metrics == nullptr) return missing("metrics");
  if (dependencies.encoder == nullptr) return missing("encoder");
  if (dependencies.outage_encoder == nullptr) return missing("outage_encoder");
  if (dependencies.policy_of == nullptr) return missing("policy_of");
  if (dependencies.fingerprint_of == nullptr) return missing("fingerprint_of");
  if (dependencies.inputs_of == nullptr) return missing("inputs_of");
  if (dependencies.random == nullptr) return missing("random");
  return absl::OkStatus();
}

}  // namespace

bool SessionManager::PendingGet::GiveUp() {
  std::shared_ptr<Waiter> waiter = waiter_.lock();
  if (waiter == nullptr || !waiter->GiveUp()) return false;
  if (std::shared_ptr<SessionKeeper> keeper = keeper_.lock()) {
    scheduler_->Post(
        [keeper = std::move(keeper), waiter = std::move(waiter)] { keeper->Forget(waiter); });
  }
  return true;
}

absl::StatusOr<std::unique_ptr<SessionManager>> SessionManager::Create(
    Dependencies dependencies, const Options& options,
    std::vector<std::shared_ptr<const login::Account>> accounts) {
  if (const absl::Status checked = Check(dependencies); !checked.ok()) return checked;
  auto manager =
      std::unique_ptr<SessionManager>(new SessionManager(std::move(dependencies), options));
  for (std::shared_ptr<const login::Account>& account : accounts) {
    if (manager->Find(account->id) != nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("session manager: account ", account->id.ToString(), " stands there twice"));
    }
    manager->Add(std::make_shared<SessionKeeper>(&manager->context_, std::move(account)));
  }
  return manager;
}

SessionManager::SessionManager(Dependencies dependencies, const Options& options)
    : directory_(dependencies.directory), reports_(options.reports) {
  context_.clock = dependencies.clock;
  context_.scheduler = dependencies.scheduler;
  context_.authenticator = dependencies.authenticator;
  context_.metrics = dependencies.metrics;
  context_.records = dependencies.records;
  context_.encoder = std::move(dependencies.encoder);
  context_.watching = {.scheduler = dependencies.scheduler,
                       .clock = dependencies.clock,
                       .outage_encoder = std::move(dependencies.outage_encoder)};
  context_.id_hash_of = std::move(dependencies.id_hash_of);
  context_.on_event = std::move(dependencies.on_event);
  context_.policy_of = std::move(dependencies.policy_of);
  context_.fingerprint_of = std::move(dependencies.fingerprint_of);
  context_.inputs_of = std::move(dependencies.inputs_of);
  context_.random = std::move(dependencies.random);
  context_.egress = std::move(dependencies.egress);
  context_.on_idle = [this] { TellIdle(); };
  context_.on_left = [this](const SessionKeeper& keeper) { Forget(keeper); };
}

SessionManager::~SessionManager() = default;

SessionManager::Shard& SessionManager::ShardOf(base::AccountIdView id) const {
  return shards_[absl::Hash<base::AccountIdView>()(id) % shards_.size()];
}

std::shared_ptr<SessionKeeper> SessionManager::Find(base::AccountIdView id) const {
  const Shard& shard = ShardOf(id);
  base::MutexLock lock(&shard.mutex);
  const auto it = shard.keepers.find(id);
  return it == shard.keepers.end() ? nullptr : it->second;
}

void SessionManager::Add(std::shared_ptr<SessionKeeper> keeper) {
  {
    Shard& shard = ShardOf(keeper->id());
    base::MutexLock lock(&shard.mutex);
    shard.keepers.emplace(keeper->id(), keeper);
  }
  base::MutexLock lock(&ordered_mutex_);
  ordered_.emplace(keeper->id(), std::move(keeper));
}

std::shared_ptr<SessionKeeper> SessionManager::TakeLeaving(base::AccountIdView id) {
  Shard& shard = ShardOf(id);
  base::MutexLock lock(&shard.mutex);
  auto leaving = shard.leaving.extract(id);
  return leaving ? std::move(leaving.mapped()) : nullptr;
}

void SessionManager::Restore(RestoreCallback done) {
  context_.scheduler->Post([this, done = std::move(done)]() mutable {
    auto report = std::make_shared<RestoreReport>();
    if (context_.records == nullptr) return done(*report);
    context_.records->LoadAll(
        [this, report](RestoredAccounts page) { RestorePage(page, report.get()); },
        [report, done = std::move(done)](const absl::Status& status) mutable {
          if (!status.ok()) return done(status);
          done(*std::move(report));
        });
  });
}

void SessionManager::RestorePage(RestoredAccounts& page, RestoreReport* report) {
  for (auto& [id, restored] : page) {
    const std::shared_ptr<SessionKeeper> keeper = Find(id);
    if (keeper == nullptr) {
      // One that can be summoned takes it up then.
      if (!CanSummon(id)) ++report->left_alone;
      continue;
    }
    if (restored.session.has_value()) ++report->sessions;
    if (!restored.unreadable.ok()) {
      report->example.Update(restored.unreadable);
      if (!keeper->IsUnreadable()) ++report->unreadable;
    }
    keeper->Restore(std::move(restored));
  }
}

SessionPtr SessionManager::TryGet(base::AccountIdView id, absl::Duration min_validity) {
  const std::shared_ptr<SessionKeeper> keeper = Find(id);
  return keeper == nullptr ? nullptr : keeper->TryHandOut(min_validity);
}

SessionManager::PendingGet SessionManager::Get(base::AccountIdView id, absl::Duration min_validity,
                                               GetCallback done, AdmitLogin admit_login) {
  std::shared_ptr<SessionKeeper> keeper = Find(id);
  if (keeper == nullptr && CanSummon(id)) {
    auto waiter = std::make_shared<Waiter>(min_validity, std::move(done));
    Summon(id, [waiter](const absl::StatusOr<std::shared_ptr<SessionKeeper>>& summoned) {
      if (summoned.ok()) {
        (*summoned)->Ask(waiter);
      } else {
        waiter->Answer(summoned.status());
      }
    });
    return PendingGet({}, waiter, context_.scheduler);
  }
  if (keeper == nullptr) {
    done(UnknownAccountError(id));
    return PendingGet();
  }
  if (SessionPtr session = keeper->TryHandOut(min_validity)) {
    done(std::move(session));
    return PendingGet();
  }
  auto waiter = std::make_shared<Waiter>(min_validity, std::move(done), std::move(admit_login));
  context_.scheduler->Post([keeper, waiter] { keeper->Ask(waiter); });
  return PendingGet(keeper, waiter, context_.scheduler);
}

SessionManager::OpenWatch::~OpenWatch() {
  subscription_->Close();
  if (summoned_ != nullptr) {
    // By then it is known whether there is anything to leave.
    scheduler_->Post([place = summoned_, subscription = subscription_] {
      if (const auto keeper = place->lock()) keeper->Unwatch(subscription.get());
    });
    return;
  }
  std::shared_ptr<SessionKeeper> keeper = keeper_.lock();
  if (keeper == nullptr) return;
  scheduler_->Post([keeper = std::move(keeper), subscription = subscription_] {
    keeper->Unwatch(subscription.get());
  });
}

std::shared_ptr<SessionManager::OpenWatch> SessionManager::Watch(base::AccountIdView id,
                                                                 std::function<void()> wake) {
  auto subscription = std::make_shared<Subscription>(std::move(wake));
  const std::shared_ptr<SessionKeeper> keeper = Find(id);
  OpenWatch::Place place;
  if (keeper != nullptr) {
    context_.scheduler->Post([keeper, subscription] { keeper->Watch(subscription); });
  } else if (CanSummon(id)) {
    place = std::make_shared<std::weak_ptr<SessionKeeper>>();
    Summon(id, [place, weak = std::weak_ptr<Subscription>(subscription)](
                   const absl::StatusOr<std::shared_ptr<SessionKeeper>>& summoned) {
      const std::shared_ptr<Subscription> waiting = weak.lock();
      if (waiting == nullptr) return;
      if (!summoned.ok()) return waiting->End(summoned.status());
      *place = *summoned;
      (*summoned)->Watch(waiting);
    });
  } else {
    subscription->End(UnknownAccountError(id));
  }
  return std::shared_ptr<OpenWatch>(
      new OpenWatch(std::move(subscription), keeper, std::move(place), context_.scheduler));
}

void SessionManager::Report(absl::string_view reporter, base::AccountIdView id, int64_t version,
                            ReportCallback done) {
  WithKeeper(id, [this, reporter = std::string(reporter), version, done = std::move(done)](
                     const absl::StatusOr<std::shared_ptr<SessionKeeper>>& found) mutable {
    if (!found.ok()) return done(found.status());
    SessionKeeper& keeper = **found;
    // Only what makes work is counted: of a thousand reports of one dead session, one.
    if (keeper.WouldDoubt(version)) {
      const absl::Duration wait = reports_.Take(reporter, keeper.id(), context_.clock->BootNow());
      if (wait > absl::ZeroDuration()) return done(TooManyReportsError(keeper.id(), wait));
    }
    done(keeper.Report(version));
  });
}

void SessionManager::FoundDead(base::AccountIdView id, int64_t version, ReportCallback done) {
  WithKeeper(id, [version, done = std::move(done)](
                     const absl::StatusOr<std::shared_ptr<SessionKeeper>>& found) mutable {
    if (!found.ok()) return done(found.status());
    done((*found)->Report(version));
  });
}

void SessionManager::Used(base::AccountIdView id, int64_t version, base::BootTime sent_at) {
  std::shared_ptr<SessionKeeper> keeper = Find(id);
  if (keeper == nullptr) return;
  context_.scheduler->Post(
      [keeper = std::move(keeper), version, sent_at] { keeper->Used(version, sent_at); });
}

std::shared_ptr<const login::Account> SessionManager::Configured(base::AccountIdView id) const {
  const std::shared_ptr<SessionKeeper> keeper = Find(id);
  return keeper == nullptr ? nullptr : keeper->account();
}

void SessionManager::Unlatch(base::AccountIdView id, UnlatchCallback done) {
  WithKeeper(id, [done = std::move(done)](
                     const absl::StatusOr<std::shared_ptr<SessionKeeper>>& found) mutable {
    if (!found.ok()) return done(found.status());
    done((*found)->Unlatch());
  });
}

bool SessionManager::CanSummon(base::AccountIdView id) const {
  return directory_ != nullptr && directory_->Has(id);
}

void SessionManager::WithKeeper(base::AccountIdView id, KeeperCallback done) {
  if (std::shared_ptr<SessionKeeper> keeper = Find(id); keeper != nullptr) {
    context_.scheduler->Post([keeper = std::move(keeper), done = std::move(done)]() mutable {
      done(std::move(keeper));
    });
  } else if (CanSummon(id)) {
    Summon(id, std::move(done));
  } else {
    done(UnknownAccountError(id));
  }
}

void SessionManager::Summon(base::AccountIdView id, KeeperCallback done) {
  context_.scheduler->Post([this,
                            id = base::AccountId{std::string(id.provider), std::string(id.account)},
                            done = std::move(done)]() mutable {
    if (std::shared_ptr<SessionKeeper> keeper = Find(id)) return done(std::move(keeper));
    std::vector<KeeperCallback>& waiting = summoned_[id];
    waiting.push_back(std::move(done));
    if (waiting.size() > 1) return;
    directory_->Load(id, [this, id](absl::StatusOr<std::shared_ptr<const login::Account>> loaded) {
      if (!loaded.ok()) return EndSummons(id, loaded.status());
      // Ends the summons now, or once what is kept of it has been read.
      ConfigureNow(*std::move(loaded));
    });
  });
}

void SessionManager::EndSummons(const base::AccountId& id,
                                const absl::StatusOr<std::shared_ptr<SessionKeeper>>& keeper) {
  auto waiting = summoned_.extract(id);
  if (waiting.empty()) return;
  for (KeeperCallback& done : waiting.mapped()) done(keeper);
}

std::vector<AccountSummary> SessionManager::List(
    const ListQuery& query, absl::FunctionRef<bool(base::AccountIdView)> visible) const {
  // Some at a time: `visible` may look at all of them.
  constexpr std::size_t kBatch = 256;
  base::AccountId from{.provider = std::string(query.provider), .account = ""};
  bool inclusive = true;
  if (query.after.has_value() && !(base::AccountIdView(*query.after) < base::AccountIdView(from))) {
    from = {.provider = std::string(query.after->provider),
            .account = std::string(query.after->account)};
    inclusive = false;
  }
  std::vector<AccountSummary> summaries;
  while (summaries.size() < query.limit) {
    // Those that are not in memory have no keeper.
    std::map<base::AccountId, std::shared_ptr<SessionKeeper>> batch;
    if (directory_ != nullptr) {
      for (base::AccountId& id : directory_->List(from, inclusive, kBatch)) {
        batch.emplace(std::move(id), nullptr);
      }
    }
    {
      base::MutexLock lock(&ordered_mutex_);
      auto it = inclusive ? ordered_.lower_bound(from) : ordered_.upper_bound(from);
      for (std::size_t taken = 0; it != ordered_.end() && taken < kBatch; ++it, ++taken) {
        batch[it->first] = it->second;
      }
    }
    if (batch.empty()) break;
    // Behind the first so many one of the two may have more.
    std::size_t seen = 0;
    for (const auto& [id, keeper] : batch) {
      if (seen++ == kBatch) break;
      if (!query.provider.empty() && id.provider != query.provider) return summaries;
      if (summaries.size() == query.limit) return summaries;
      from = id;
      if (!visible(id)) continue;
      AccountSummary absent;
      absent.id = id;
      summaries.push_back(keeper == nullptr ? std::move(absent) : keeper->Summarize());
    }
    inclusive = false;
  }
  return summaries;
}

StandingCounts SessionManager::CountStandings() const {
  StandingCounts counts;
  // Of those that the directory has.
  int64_t in_memory = 0;
  for (const Shard& shard : shards_) {
    std::vector<std::shared_ptr<SessionKeeper>> keepers;
    {
      base::MutexLock lock(&shard.mutex);
      keepers.reserve(shard.keepers.size());
      for (const auto& [id, keeper] : shard.keepers) keepers.push_back(keeper);
    }
    for (const std::shared_ptr<SessionKeeper>& keeper : keepers) {
      counts.Count(keeper->Summarize().standing);
      if (CanSummon(keeper->id())) ++in_memory;
    }
  }
  if (directory_ != nullptr) {
    counts.absent += static_cast<int64_t>(directory_->size()) - in_memory;
  }
  return counts;
}

void SessionManager::Configure(std::shared_ptr<const login::Account> account) {
  context_.scheduler->Post(
      [this, account = std::move(account)]() mutable { ConfigureNow(std::move(account)); });
}

void SessionManager::ConfigureNow(std::shared_ptr<const login::Account> account) {
  const base::AccountId id = account->id;
  if (const std::shared_ptr<SessionKeeper> keeper = Find(id); keeper != nullptr) {
    keeper->Reconfigure(std::move(account));
    EndSummons(id, keeper);
  } else if (std::shared_ptr<SessionKeeper> leaving = TakeLeaving(id); leaving != nullptr) {
    leaving->Reconfigure(std::move(account));
    Add(leaving);
    EndSummons(id, leaving);
  } else if (context_.records == nullptr) {
    const auto added = std::make_shared<SessionKeeper>(&context_, std::move(account));
    Add(added);
    EndSummons(id, added);
  } else if (arriving_.insert_or_assign(id, std::move(account)).second) {
    Recall(id);
  }
}

void SessionManager::Recall(const base::AccountId& id) {
  context_.records->Load(id, [this, id](absl::StatusOr<Restored> restored) {
    auto arrived = arriving_.extract(id);
    if (arrived.empty()) return;
    auto keeper = std::make_shared<SessionKeeper>(&context_, std::move(arrived.mapped()));
    Restored kept;
    if (restored.ok()) {
      kept = *std::move(restored);
    } else {
      kept.unreadable = restored.status();
      RecallLater(keeper);
    }
    keeper->Restore(std::move(kept));
    Add(keeper);
    EndSummons(id, keeper);
    TellConfigured();
  });
}

void SessionManager::WhenConfigured(absl::AnyInvocable<void()> done) {
  context_.scheduler->Post([this, done = std::move(done)]() mutable {
    when_configured_.push_back(std::move(done));
    TellConfigured();
  });
}

void SessionManager::TellConfigured() {
  if (!arriving_.empty()) return;
  std::vector<absl::AnyInvocable<void()>> configured;
  configured.swap(when_configured_);
  for (absl::AnyInvocable<void()>& done : configured) done();
}

void SessionManager::RecallLater(std::weak_ptr<SessionKeeper> weak) {
  context_.scheduler->RunAfter(kRecallPause, [this, weak = std::move(weak)] {
    const std::shared_ptr<SessionKeeper> waiting = weak.lock();
    if (waiting == nullptr) return;
    context_.records->Load(waiting->id(), [this, weak](absl::StatusOr<Restored> restored) {
      const std::shared_ptr<SessionKeeper> keeper = weak.lock();
      if (keeper == nullptr) return;
      if (!restored.ok()) return RecallLater(weak);
      keeper->RestoreAnew(*std::move(restored));
    });
  });
}

void SessionManager::Remove(base::AccountIdView id) {
  context_.scheduler->Post(
      [this, id = base::AccountId{std::string(id.provider), std::string(id.account)}] {
        RemoveNow(id);
      });
}

void SessionManager::RemoveNow(const base::AccountId& id) {
  if (arriving_.erase(id) > 0) {
    context_.records->ForgetSession(id, [](const absl::Status&) {});
    EndSummons(id, UnknownAccountError(id));
    return TellConfigured();
  }
  std::shared_ptr<SessionKeeper> keeper;
  {
    Shard& shard = ShardOf(id);
    base::MutexLock lock(&shard.mutex);
    const auto it = shard.keepers.find(id);
    if (it == shard.keepers.end()) return;
    keeper = it->second;
    shard.keepers.erase(it);
    shard.leaving.emplace(keeper->id(), keeper);
  }
  {
    base::MutexLock lock(&ordered_mutex_);
    ordered_.erase(keeper->id());
  }
  keeper->Remove();
}

void SessionManager::Drain() {
  context_.draining = true;
  context_.scheduler->Post([this] {
    const std::vector<SessionKeeper*> watched(context_.watched.begin(), context_.watched.end());
    for (SessionKeeper* const keeper : watched) keeper->Drain();
  });
}

void SessionManager::WhenIdle(absl::AnyInvocable<void()> done) {
  context_.scheduler->Post([this, done = std::move(done)]() mutable {
    when_idle_.push_back(std::move(done));
    if (context_.under_way == 0) TellIdle();
  });
}

void SessionManager::Forget(const SessionKeeper& keeper) {
  Shard& shard = ShardOf(keeper.id());
  base::MutexLock lock(&shard.mutex);
  const auto it = shard.leaving.find(keeper.id());
  if (it != shard.leaving.end() && it->second.get() == &keeper) shard.leaving.erase(it);
}

void SessionManager::TellIdle() {
  std::vector<absl::AnyInvocable<void()>> idle;
  idle.swap(when_idle_);
  for (absl::AnyInvocable<void()>& done : idle) done();
}

}  // namespace sessionbroker::sessions
