#ifndef SESSIONBROKER_SERVICE_SESSIONS_SESSION_MANAGER_H_
#define SESSIONBROKER_SERVICE_SESSIONS_SESSION_MANAGER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/base/account_id.h"
#include "service/base/mutex.h"
#include "service/login/account.h"
#include "service/sessions/account_directory.h"
#include "service/sessions/account_records.h"
#include "service/sessions/account_summary.h"
#include "service/sessions/report_limiter.h"
#include "service/sessions/session_keeper.h"
#include "service/sessions/subscription.h"
#include "service/sessions/waiter.h"

namespace sessionbroker::sessions {

// Which accounts to list.
struct ListQuery {
  // Only this provider's; empty: all.
  absl::string_view provider;
  // Only what comes after it, whether or not it exists; unset: from the first.
  std::optional<base::AccountIdView> after;
  std::size_t limit = 0;
};

// Holds the sessions of all accounts: a keeper for each. Thread-safe. What can be handed out at
// once is, by whoever asks; everything else happens on the scheduler's thread, where an account has
// one probe or login under way at most. Callbacks run with no lock held and may call back into the
// manager.
class SessionManager {
 public:
  struct Options {
    ReportPolicy reports;
  };

  // As in KeeperContext: clock, scheduler, authenticator, metrics and the functions are
  // required, but for id_hash_of and on_event. All pointers outlive the manager.
  struct Dependencies {
    const base::Clock* clock = nullptr;
    base::Scheduler* scheduler = nullptr;
    login::Authenticator* authenticator = nullptr;
    telemetry::Metrics* metrics = nullptr;
    AccountRecords* records = nullptr;
    // Further accounts, in memory once somebody asks for one; nullptr: there are none.
    AccountDirectory* directory = nullptr;
    std::function<std::string(const Session&)> encoder;
    std::function<std::string(const Outage&)> outage_encoder;
    std::function<std::string(const Session&)> id_hash_of;
    std::function<AccountPolicy(const login::Account&)> policy_of;
    std::function<absl::StatusOr<Fingerprint>(const login::Account&)> fingerprint_of;
    std::function<std::string(const login::Account&)> inputs_of;
    std::function<void(const AccountEvent&)> on_event;
    std::function<double()> random;
    // The name of the address from which requests leave: a session that is bound to one is handed
    // out with it, and after a restart only where it is still the same.
    std::string egress;
  };

  // A Get that waits, or one that has its answer. Cheap to copy.
  class PendingGet {
   public:
    PendingGet() = default;

    // The caller does not wait any longer. True: its callback is destroyed uncalled. False: it was
    // called or is being called. The login goes on either way.
    bool GiveUp();

   private:
    friend class SessionManager;
    PendingGet(std::weak_ptr<SessionKeeper> keeper, std::weak_ptr<Waiter> waiter,
               base::Scheduler* scheduler)
        : keeper_(std::move(keeper)), waiter_(std::move(waiter)), scheduler_(scheduler) {}

    std::weak_ptr<SessionKeeper> keeper_;
    std::weak_ptr<Waiter> waiter_;
    base::Scheduler* scheduler_ = nullptr;
  };

  // Someone's view of an account that is kept up to date; closes when it goes. Thread-safe.
  class OpenWatch {
   public:
    ~OpenWatch();
    OpenWatch(const OpenWatch&) = delete;
    OpenWatch& operator=(const OpenWatch&) = delete;

    // As Subscription::Take. Ends with
    //   kAccountUnknown, at once or when the account is removed
    //   kDraining
    //   what was given to End
    std::optional<absl::StatusOr<WatchStatePtr>> Take() { return subscription_->Take(); }

    // Unless it has ended.
    void End(absl::Status status) { subscription_->End(std::move(status)); }

   private:
    friend class SessionManager;
    // Where the watch is, once it is somewhere. Belongs to the scheduler's thread.
    using Place = std::shared_ptr<std::weak_ptr<SessionKeeper>>;

    OpenWatch(std::shared_ptr<Subscription> subscription, std::weak_ptr<SessionKeeper> keeper,
              Place summoned, base::Scheduler* scheduler)
        : subscription_(std::move(subscription)),
          keeper_(std::move(keeper)),
          summoned_(std::move(summoned)),
          scheduler_(scheduler) {}

    const std::shared_ptr<Subscription> subscription_;
    const std::weak_ptr<SessionKeeper> keeper_;
    // Set where the account was not in memory.
    const Place summoned_;
    base::Scheduler* const scheduler_;
  };

  using ReportCallback = absl::AnyInvocable<void(absl::StatusOr<SessionKeeper::Reported>)>;
  using UnlatchCallback = absl::AnyInvocable<void(absl::StatusOr<Unlatched>)>;

  // What Restore has taken up.
  struct RestoreReport {
    int64_t sessions = 0;
    // Accounts which no login begins for, because a record of theirs cannot be read.
    int64_t unreadable = 0;
    // Why, for the first of them.
    absl::Status example;
    // Records of accounts that are not configured: they stay as they are.
    int64_t left_alone = 0;
  };
  using RestoreCallback = absl::AnyInvocable<void(absl::StatusOr<RestoreReport>)>;

  // INVALID_ARGUMENT for a dependency that is missing or an account that stands there twice.
  static absl::StatusOr<std::unique_ptr<SessionManager>> Create(
      Dependencies dependencies, const Options& options,
      std::vector<std::shared_ptr<const login::Account>> accounts);

  // Only once the scheduler runs nothing of the manager's any more.
  ~SessionManager();

  SessionManager(const SessionManager&) = delete;
  SessionManager& operator=(const SessionManager&) = delete;

  // Takes up what an earlier process has left of the accounts. Once, before anyone asks. `done` is
  // called on the scheduler's thread. Fails as the stores do.
  void Restore(RestoreCallback done);

  // The session if it can be handed out without waiting, else nullptr: then Get tells why or waits.
  // Allocates nothing while the session is fresh.
  SessionPtr TryGet(base::AccountIdView id, absl::Duration min_validity);

  // A session that stays usable for at least `min_validity`; zero means any live one. `done` is
  // called exactly once unless the caller gives up: inside Get where a session is in hand or the
  // account is unknown, else on the scheduler's thread. Errors:
  //   kAccountUnknown
  //   as AccountDirectory::Load
  //   as Decide
  //   what the login came to, the same for all who waited for it
  //   what `admit_login` says, where it is not empty, once a login would begin
  PendingGet Get(base::AccountIdView id, absl::Duration min_validity, GetCallback done,
                 AdmitLogin admit_login = nullptr);

  // Shows the account to whoever takes it: the session in hand, or what a login that begins now
  // comes to; each that replaces it; an outage where there is none and none can be got now. `wake`
  // is as in Subscription. While it is open the account's session is renewed in time.
  std::shared_ptr<OpenWatch> Watch(base::AccountIdView id, std::function<void()> wake);

  // `reporter` found the session of `id` with this version dead. `done` is called exactly once, on
  // the scheduler's thread or inside. Errors: kAccountUnknown; kCallerQuota for one who reports too
  // often sessions of the account that nobody doubted until then.
  void Report(absl::string_view reporter, base::AccountIdView id, int64_t version,
              ReportCallback done);

  // As Report, for what the broker has seen for itself in a provider's answer: as often as it sees
  // it. The account's own budget of logins is the limit.
  void FoundDead(base::AccountIdView id, int64_t version, ReportCallback done);

  // The provider has served a request, sent then, that carried the session of `id` with this
  // version: where its life slides, it began anew.
  void Used(base::AccountIdView id, int64_t version, base::BootTime sent_at);

  // The account as it is configured now; nullptr: it is not. On the scheduler's thread it goes with
  // what TryGet gives there at the same time.
  std::shared_ptr<const login::Account> Configured(base::AccountIdView id) const;

  // For an operator: the account's next Get may log in whatever the last login came to. Errors:
  // kAccountUnknown.
  void Unlatch(base::AccountIdView id, UnlatchCallback done);

  // In the order of provider, then account; only those for which `visible` says yes, which is
  // called with no lock held.
  std::vector<AccountSummary> List(const ListQuery& query,
                                   absl::FunctionRef<bool(base::AccountIdView)> visible) const;

  // Looks at every account in turn, with no lock held for long.
  StandingCounts CountStandings() const;

  // The account is configured so from now on, or is not configured any more. Calls take effect in
  // their order, on the scheduler's thread. An account that is new is known once what is kept of it
  // has been read: its session goes on, a latch holds, its budget is what is left of it.
  void Configure(std::shared_ptr<const login::Account> account);
  // Its session is forgotten; how its logins went is not, should it come back.
  void Remove(base::AccountIdView id);
  // Calls `done` on the scheduler's thread once every Configure and Remove before it has taken
  // effect.
  void WhenConfigured(absl::AnyInvocable<void()> done);

  // From now on no login begins. Sessions in hand are handed out as long as they live; watches end.
  void Drain();

  // Calls `done` on the scheduler's thread once no probe and no login is under way and all who
  // waited have their answers.
  void WhenIdle(absl::AnyInvocable<void()> done);

 private:
  // Many small locks instead of one: every hit looks its keeper up.
  struct Shard {
    mutable base::Mutex mutex;
    // The keys are views into the keepers.
    absl::flat_hash_map<base::AccountIdView, std::shared_ptr<SessionKeeper>> keepers
        ABSL_GUARDED_BY(mutex);
    // Removed, with something under way: if the account comes back before that has ended, it must
    // not begin another.
    absl::flat_hash_map<base::AccountIdView, std::shared_ptr<SessionKeeper>> leaving
        ABSL_GUARDED_BY(mutex);
  };

  using KeeperCallback =
      absl::AnyInvocable<void(const absl::StatusOr<std::shared_ptr<SessionKeeper>>&)>;

  explicit SessionManager(Dependencies dependencies, const Options& options);

  Shard& ShardOf(base::AccountIdView id) const;
  std::shared_ptr<SessionKeeper> Find(base::AccountIdView id) const;
  std::shared_ptr<SessionKeeper> TakeLeaving(base::AccountIdView id);
  void Add(std::shared_ptr<SessionKeeper> keeper);
  // The account is configured, but not in memory as long as nobody asks for it.
  bool CanSummon(base::AccountIdView id) const;
  // Calls `done` on the scheduler's thread with the account's keeper, which comes into memory if it
  // was not there; inside with kAccountUnknown where it is not configured.
  void WithKeeper(base::AccountIdView id, KeeperCallback done);
  void Summon(base::AccountIdView id, KeeperCallback done);
  void EndSummons(const base::AccountId& id,
                  const absl::StatusOr<std::shared_ptr<SessionKeeper>>& keeper);
  void RestorePage(RestoredAccounts& page, RestoreReport* report);
  void ConfigureNow(std::shared_ptr<const login::Account> account);
  void RemoveNow(const base::AccountId& id);
  // Adds the account that arrives once what is kept of it has been read.
  void Recall(const base::AccountId& id);
  // Where the store could not be read: until then no login begins for the account.
  void RecallLater(std::weak_ptr<SessionKeeper> weak);
  void TellIdle();
  void TellConfigured();
  // Nothing of it is under way any more.
  void Forget(const SessionKeeper& keeper);

  KeeperContext context_;
  AccountDirectory* const directory_;
  mutable std::array<Shard, 16> shards_;

  mutable base::Mutex ordered_mutex_;
  // All of them, in the order of List.
  std::map<base::AccountId, std::shared_ptr<SessionKeeper>> ordered_
      ABSL_GUARDED_BY(ordered_mutex_);

  // These belong to the scheduler's thread.
  ReportLimiter reports_;
  // Those who wait for an account to come into memory.
  std::map<base::AccountId, std::vector<KeeperCallback>> summoned_;
  // Configured, but what is kept of them is still being read.
  std::map<base::AccountId, std::shared_ptr<const login::Account>> arriving_;
  std::vector<absl::AnyInvocable<void()>> when_idle_;
  std::vector<absl::AnyInvocable<void()>> when_configured_;
};

}  // namespace sessionbroker::sessions

#endif  // SESSIONBROKER_SERVICE_SESSIONS_SESSION_MANAGER_H_
