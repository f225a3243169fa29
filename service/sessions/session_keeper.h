#ifndef SESSIONBROKER_SERVICE_SESSIONS_SESSION_KEEPER_H_
#define SESSIONBROKER_SERVICE_SESSIONS_SESSION_KEEPER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/base/clock.h"
#include "service/base/mutex.h"
#include "service/base/scheduler.h"
#include "service/login/account.h"
#include "service/login/authenticator.h"
#include "service/sessions/account_event.h"
#include "service/sessions/account_records.h"
#include "service/sessions/account_state.h"
#include "service/sessions/account_summary.h"
#include "service/sessions/fingerprint.h"
#include "service/sessions/session.h"
#include "service/sessions/subscription.h"
#include "service/sessions/waiter.h"
#include "service/sessions/watchers.h"
#include "service/telemetry/metrics.h"

namespace sessionbroker::sessions {

class SessionKeeper;

// What keepers work with, the same for all accounts.
struct KeeperContext {
  const base::Clock* clock = nullptr;
  // The thread of everything but hits.
  base::Scheduler* scheduler = nullptr;
  login::Authenticator* authenticator = nullptr;
  telemetry::Metrics* metrics = nullptr;
  // What outlasts the process; nullptr: nothing does.
  AccountRecords* records = nullptr;
  // The session in the form that the API sends.
  std::function<std::string(const Session&)> encoder;
  // Session::id_hash; may be empty.
  std::function<std::string(const Session&)> id_hash_of;
  std::function<AccountPolicy(const login::Account&)> policy_of;
  // Of all that goes into a login of the account: what a latch holds on to.
  std::function<absl::StatusOr<Fingerprint>(const login::Account&)> fingerprint_of;
  // Of all of it but the secrets: a session belongs to what it was made with.
  std::function<std::string(const login::Account&)> inputs_of;
  // Is told, on the scheduler's thread, what logins come to; may be empty.
  std::function<void(const AccountEvent&)> on_event;
  // Evenly from [0, 1).
  std::function<double()> random;
  // The name of the address from which requests leave.
  std::string egress;
  // No login begins any more.
  std::atomic<bool> draining{false};
  // Probes and logins under way; belongs to the scheduler's thread.
  std::size_t under_way = 0;
  Watchers::Surroundings watching;
  // Those that someone watches; belongs to the scheduler's thread.
  absl::flat_hash_set<SessionKeeper*> watched;
  // Called when `under_way` has become 0.
  std::function<void()> on_idle;
  // Called when an account that was removed has nothing under way any more.
  std::function<void(const SessionKeeper&)> on_left;
};

// What an operator's Unlatch came to.
enum class Unlatched { kWasLatched, kWasBackingOff, kWasOutOfLogins, kWasNeither };

// Keeps the session of one account: carries out what account_state.h decides. TryHandOut,
// Summarize and account are thread-safe; everything else belongs to the scheduler's thread.
class SessionKeeper : public std::enable_shared_from_this<SessionKeeper> {
 public:
  // `context` outlives the keeper.
  SessionKeeper(KeeperContext* context, std::shared_ptr<const login::Account> account);
  SessionKeeper(const SessionKeeper&) = delete;
  SessionKeeper& operator=(const SessionKeeper&) = delete;

  const base::AccountId& id() const { return id_; }

  // Takes up what an earlier process has left, or a part of it. Before anything else, if at all.
  void Restore(Restored restored);
  // What is kept of the account could not be read: no login.
  bool IsUnreadable() const { return std::holds_alternative<Unreadable>(state_.activity); }
  // The store can be read again. Requires IsUnreadable(), unless the account was removed.
  void RestoreAnew(Restored restored);

  // The session if it can be handed out without waiting, else nullptr. Allocates nothing while the
  // session is fresh.
  SessionPtr TryHandOut(absl::Duration min_validity);

  // How the account stands.
  AccountSummary Summarize() const;

  // As it is configured now; nullptr: it is not. On the scheduler's thread it is what the session
  // in hand was made with, as far as that matters.
  std::shared_ptr<const login::Account> account() const;

  // Answers now, or once a probe or login is over.
  void Ask(std::shared_ptr<Waiter> waiter);
  // The waiter has given up.
  void Forget(const std::shared_ptr<Waiter>& waiter);

  // `subscription` sees how things stand from now on, and a login begins if there is none to see.
  // Ends with kAccountUnknown or kDraining.
  void Watch(std::shared_ptr<Subscription> subscription);
  // It has closed.
  void Unwatch(Subscription* subscription);
  // No login begins any more: who watches gets kDraining.
  void Drain();

  struct Reported {
    ReportResult result = ReportResult::kStaleVersion;
    // Of the session in hand; 0: none is alive.
    int64_t version = 0;
  };
  // A report about this version would be the first about a session that is not doubted.
  bool WouldDoubt(int64_t version) const;
  // Someone found the session with this version dead.
  Reported Report(int64_t version);

  // The provider has served a request, sent then, that carried the session with this version: a
  // sliding life begins anew.
  void Used(int64_t version, base::BootTime sent_at);

  // For an operator: the next Get may log in, whatever stands against that but a record which
  // cannot be read. A login budget that is used up begins anew.
  Unlatched Unlatch();

  // The account is configured otherwise from now on. What is under way is not used; a session that
  // was made with another base URL, definition or parameters is not handed out again.
  void Reconfigure(std::shared_ptr<const login::Account> account);
  // The account is gone: who watches gets kAccountUnknown, who waits too unless it comes back
  // before; its sessions are logged out.
  void Remove();

 private:
  // One that others may still rely on.
  struct Retired {
    SessionPtr session;
    // What it is logged out with.
    std::shared_ptr<const login::Account> account;
  };
  // What others see without the scheduler's thread.
  struct Published {
    // nullptr: it is not configured any more.
    std::shared_ptr<const login::Account> account;
    // The session in hand, unless it is dead; nullptr: none.
    SessionPtr session;
    // Until then it is handed out without waiting.
    base::BootTime hand_out_until;
    // From then on there may be something to begin meanwhile.
    base::BootTime nudge_from = base::BootTime::InfiniteFuture();
    // How the account stands where no session is alive, until `retry_at`: then it is absent.
    Standing standing = Standing::kAbsent;
    base::BootTime retry_at = base::BootTime::InfiniteFuture();
    std::optional<base::Reason> cause;
  };

  bool removed() const { return account_ == nullptr; }
  bool InDemand() const;
  void EndWatches(const absl::Status& status);
  bool IsWatched() const { return watchers_ != nullptr; }
  void Publish();
  // `due`: when something begins by itself.
  View ViewForWatchers(base::BootTime now, base::BootTime due) const;
  // Begins what is due.
  void Nudge();
  void Begin(Renewal renewal);
  void BeginProbe();
  void BeginLogin();
  void Login();
  void EndProbe(absl::StatusOr<login::ProbeAnswer> result);
  void EndLogin(absl::StatusOr<login::Grant> grant);
  absl::StatusOr<SessionPtr> SessionFrom(absl::StatusOr<login::Grant> grant) const;
  // Fills in what is made of the rest.
  void Complete(Session* session) const;
  void Tell(AccountEvent::Kind kind, const absl::Status& status, SessionPtr session) const;
  // Stores `session`, then calls `done`; a store that fails does not stop it.
  void Keep(const SessionPtr& session, absl::AnyInvocable<void()> done);
  // Stores what the account has to remember where `activity` is what it does.
  void SaveRemembered(const Activity& activity, absl::AnyInvocable<void(absl::Status)> done);
  // The session in hand is dead: after a restart it is not handed out either.
  void Bury();
  // Answers those who waited, and asks anew for those who want more.
  // `probed`: what ended is a probe.
  void Conclude(Ended ended, bool probed = false);
  // What failed before anything was sent does not count as a failure of the provider; but those who
  // are served meanwhile must not begin it again and again.
  void RestFromNudges(const absl::Status& failure);
  // What goes into a login was changed while a session lives: logs in with it now.
  void TryChangedLogin();
  // What was under way counts for nothing: the account is another one now.
  void Drop();
  // Logs `session` out once nobody can rely on it any more.
  void Retire(const Held& held);
  void EndRetirement(const SessionPtr& session);
  void LogOut(const SessionPtr& session, std::shared_ptr<const login::Account> account);
  // The zones of the session in hand begin where the account's policy says now.
  void TakeZones();
  void ArmTimer(base::BootTime due);

  KeeperContext* const context_;
  const base::AccountId id_;
  const telemetry::ProviderMetrics metrics_;

  // When it was asked for last, in nanoseconds since boot; 0: never.
  std::atomic<int64_t> asked_at_{0};
  // Held for a copy of a pointer, never during a login, an encoding or a callback.
  mutable base::Mutex published_mutex_;
  Published published_ ABSL_GUARDED_BY(published_mutex_);

  // These belong to the scheduler's thread.
  std::shared_ptr<const login::Account> account_;
  AccountPolicy policy_;
  AccountState state_;
  // What the probe or login under way was begun with.
  std::shared_ptr<const login::Account> flying_with_;
  // What goes into a login was changed while a session lives, and was not tried yet.
  bool untried_ = false;
  // Nothing begins before it that nobody waits for, because of that.
  base::BootTime no_nudge_before_;
  absl::Status no_nudge_because_;
  // nullptr: nobody watches.
  std::shared_ptr<Watchers> watchers_;
  // Replaced, but promised for longer.
  std::vector<Retired> retired_;
  // The highest version so far; outlives the session in hand.
  int64_t last_version_ = 0;
  base::Scheduler::TimerId timer_ = 0;
};

}  // namespace sessionbroker::sessions

#endif  // SESSIONBROKER_SERVICE_SESSIONS_SESSION_KEEPER_H_
