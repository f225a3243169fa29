#ifndef SESSIONBROKER_SERVICE_SESSIONS_SESSION_MANAGER_H_
#define SESSIONBROKER_SERVICE_SESSIONS_SESSION_MANAGER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/base/account_id.h"
#include "service/base/clock.h"
#include "service/base/mutex.h"
#include "service/login/account.h"
#include "service/login/authenticator.h"
#include "service/sessions/account_state.h"
#include "service/sessions/lifetime.h"
#include "service/sessions/session.h"
#include "service/telemetry/metrics.h"

namespace sessionbroker::sessions {

// One account as ListAccounts shows it.
struct AccountSummary {
  base::AccountId id;
  Standing standing = Standing::kAbsent;
  // The live session's; 0 if none is alive.
  int64_t version = 0;
  // The live session's; unset if none is alive or it has no end.
  std::optional<absl::Time> expire_time;
};

// Which accounts to list.
struct ListQuery {
  // Only this provider's; empty: all.
  absl::string_view provider;
  // Only what comes after it, whether or not it exists; unset: from the first.
  std::optional<base::AccountIdView> after;
  std::size_t limit = 0;
};

// Holds the sessions of all accounts and sees to it that an account has one login under way at
// most. Thread-safe. Callbacks run with no lock held: inside Get where the answer is known at once,
// else on the authenticator's thread; they may call back into the manager.
//
// A session in hand is handed out without waiting while it is fresh or advisory. One in its
// mandatory zone waits for a login and serves as the answer if that fails for a reason that may
// pass. Otherwise callers wait for the account's one login, begun by the first of them and going on
// whether or not they stay.
class SessionManager {
 public:
  // The session in the form that the API sends; called once for each login that succeeds, with no
  // lock held.
  using Encoder = std::function<std::string(const Session&)>;
  // How long sessions of an account live, as far as it is known before a login.
  using LifeOf = std::function<Life(const login::Account&)>;

  // All required; the pointers outlive the manager.
  struct Dependencies {
    const base::Clock* clock = nullptr;
    login::Authenticator* authenticator = nullptr;
    telemetry::Metrics* metrics = nullptr;
    Encoder encoder;
    LifeOf life_of;
  };
  struct Options {
    // At most so many callers wait for one account's login; more get kQueueFull.
    std::size_t max_waiters = 20000;
  };

 private:
  struct Entry;

 public:
  // A Get that waits, or one that has its answer. Cheap to copy.
  class PendingGet {
   public:
    PendingGet() = default;

    // The caller does not wait any longer. True: its callback is destroyed uncalled. False: it was
    // called or is being called. The login goes on either way.
    bool GiveUp();

   private:
    friend class SessionManager;
    PendingGet(std::weak_ptr<Entry> entry, WaiterId id) : entry_(std::move(entry)), id_(id) {}

    std::weak_ptr<Entry> entry_;
    WaiterId id_ = 0;
  };

  // INVALID_ARGUMENT for a dependency that is missing, an account that stands there twice or
  // max_waiters of 0.
  static absl::StatusOr<std::unique_ptr<SessionManager>> Create(
      Dependencies dependencies, const Options& options,
      std::vector<std::shared_ptr<const login::Account>> accounts);

  // Only once every login that it began has ended (WhenIdle) or can no longer call back.
  ~SessionManager();

  SessionManager(const SessionManager&) = delete;
  SessionManager& operator=(const SessionManager&) = delete;

  // The session if it can be handed out without waiting, else nullptr: then Get tells why or waits.
  // Allocates nothing.
  SessionPtr TryGet(base::AccountIdView id, absl::Duration min_validity);

  // A session that stays usable for at least `min_validity`; zero means any live one. `done` is
  // called exactly once unless the caller gives up. Errors:
  //   kAccountUnknown
  //   kInvalidArgument   min_validity is more than a new session can offer: metadata "limit" and
  //                      "actual", durations as protobuf's JSON writes them; no login
  //   kQueueFull         too many wait for this account's login
  //   kDraining          it would need a login
  //   what the login came to, the same for all who waited for it
  PendingGet Get(base::AccountIdView id, absl::Duration min_validity, GetCallback done);

  // In the order of provider, then account; only those for which `visible` says yes, which is
  // called with no lock held.
  std::vector<AccountSummary> List(const ListQuery& query,
                                   absl::FunctionRef<bool(base::AccountIdView)> visible) const;

  // From now on no login begins. Sessions in hand are handed out as long as they live.
  void Drain();

  // Calls `done` once no login is under way and all who waited have their answers: inside WhenIdle
  // if that is so now, else on the authenticator's thread.
  void WhenIdle(absl::AnyInvocable<void()> done);

 private:
  SessionManager(Dependencies dependencies, const Options& options);

  Entry* Find(base::AccountIdView id) const;
  void EndLogin(Entry& entry, absl::StatusOr<login::Grant> grant);
  absl::StatusOr<SessionPtr> SessionFrom(const login::Account& account,
                                         absl::StatusOr<login::Grant> grant,
                                         const SessionPtr& previous, base::BootTime now) const;
  void CountLoginEnded();

  const Dependencies dependencies_;
  const Options options_;
  // The accounts, in order; and where each is. The keys are views into the entries.
  std::vector<std::shared_ptr<Entry>> entries_;
  absl::flat_hash_map<base::AccountIdView, Entry*> index_;

  // Taken after an entry's mutex where both are held.
  base::Mutex logins_mutex_;
  bool draining_ ABSL_GUARDED_BY(logins_mutex_) = false;
  std::size_t logins_under_way_ ABSL_GUARDED_BY(logins_mutex_) = 0;
  std::vector<absl::AnyInvocable<void()>> when_idle_ ABSL_GUARDED_BY(logins_mutex_);
};

}  // namespace sessionbroker::sessions

#endif  // SESSIONBROKER_SERVICE_SESSIONS_SESSION_MANAGER_H_
