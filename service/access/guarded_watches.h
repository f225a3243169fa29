#ifndef SESSIONBROKER_SERVICE_ACCESS_GUARDED_WATCHES_H_
#define SESSIONBROKER_SERVICE_ACCESS_GUARDED_WATCHES_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/access/call.h"
#include "service/access/caller_quotas.h"
#include "service/access/oversight.h"
#include "service/access/policy_holder.h"
#include "service/base/account_id.h"
#include "service/base/clock.h"
#include "service/base/mutex.h"
#include "service/base/scheduler.h"
#include "service/sessions/session_manager.h"

namespace sessionbroker::access {

class GuardedWatches;

// One caller's view of an account, for as long as the rules let it watch. Closes when it goes.
// Thread-safe.
class GuardedWatch {
 public:
  // The next message, serialized, which all who watch the account share. As
  // sessions::SessionManager::OpenWatch::Take, and ends with kNotAllowed once no rule allows it
  // any more, kUnauthenticated once what the caller has shown expires, or kAuditUnavailable where a
  // session would leave no line.
  std::optional<absl::StatusOr<std::shared_ptr<const std::string>>> Take();

  // Ends it with `status`, unless it has ended.
  void End(absl::Status status);

  ~GuardedWatch();
  GuardedWatch(const GuardedWatch&) = delete;
  GuardedWatch& operator=(const GuardedWatch&) = delete;

 private:
  friend class GuardedWatches;
  GuardedWatch(GuardedWatches* all, Call call, base::AccountId id, CallerQuotas::Place place)
      : all_(all), call_(std::move(call)), id_(std::move(id)), place_(std::move(place)) {}

  // Ends it where the rules of the moment do not allow it, or nobody knows the caller any more.
  void Check();
  // Takes down that the session goes to the caller.
  absl::Status Record(const sessions::Session& session);

  GuardedWatches* const all_;
  const Call call_;
  const base::AccountId id_;
  const CallerQuotas::Place place_;
  // Set before anyone else sees this.
  std::shared_ptr<sessions::SessionManager::OpenWatch> watch_;
  // Ends it when what the caller has shown expires; 0: that lasts.
  base::Scheduler::TimerId expiry_ = 0;
};

// Watches as callers reach them: quotas and rights first, at the start and for as long as it goes
// on, then the session manager, and a line in the audit log for each session that is handed out.
// Thread-safe.
class GuardedWatches {
 public:
  // All outlive this object, which outlives its watches.
  GuardedWatches(const PolicyHolder* policy, sessions::SessionManager* manager,
                 const base::Clock* clock, base::Scheduler* scheduler, const Oversight& oversight)
      : policy_(policy),
        manager_(manager),
        clock_(clock),
        scheduler_(scheduler),
        oversight_(oversight) {}

  // `wake` is as in sessions::Subscription. An account that does not exist is what the first Take
  // tells. Errors:
  //   kCallerQuota       the caller opens too many at a time, has too many, or caused too many
  //                      logins
  //   kNotAllowed
  //   kAuditUnavailable
  absl::StatusOr<std::shared_ptr<GuardedWatch>> Open(const Call& call, base::AccountIdView id,
                                                     std::function<void()> wake);

  // The rules have changed: ends watches that they do not allow any more.
  void Recheck();

 private:
  friend class GuardedWatch;

  const PolicyHolder* const policy_;
  sessions::SessionManager* const manager_;
  const base::Clock* const clock_;
  base::Scheduler* const scheduler_;
  const Oversight oversight_;
  base::Mutex mutex_;
  absl::flat_hash_map<const GuardedWatch*, std::weak_ptr<GuardedWatch>> open_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_GUARDED_WATCHES_H_
