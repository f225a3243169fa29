#ifndef SESSIONBROKER_SERVICE_SESSIONS_WAITER_H_
#define SESSIONBROKER_SERVICE_SESSIONS_WAITER_H_

#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/sessions/session.h"

namespace sessionbroker::sessions {

// Gets the answer of one Get: a session, or why there is none.
using GetCallback = absl::AnyInvocable<void(absl::StatusOr<SessionPtr>)>;

// Asked, on the scheduler's thread, before a login begins only because of one Get. An error is its
// answer then, and no login begins.
using AdmitLogin = absl::AnyInvocable<absl::Status()>;

// One Get that has no answer yet. It is answered or given up, whichever comes first. Thread-safe.
class Waiter {
 public:
  // `admit_login` may be empty.
  Waiter(absl::Duration min_validity, GetCallback done, AdmitLogin admit_login = nullptr)
      : min_validity_(min_validity), admit_login_(std::move(admit_login)), done_(std::move(done)) {}

  absl::Duration min_validity() const { return min_validity_; }
  bool over() const { return over_.load(std::memory_order_acquire); }

  // On the scheduler's thread.
  absl::Status Admit() { return admit_login_ ? admit_login_() : absl::OkStatus(); }

  // Calls back, unless it is over.
  void Answer(absl::StatusOr<SessionPtr> answer) {
    if (!Claim()) return;
    GetCallback done = std::move(done_);
    done(std::move(answer));
  }

  // False: it is over already. True: the callback is destroyed uncalled.
  bool GiveUp() {
    if (!Claim()) return false;
    const GetCallback dropped = std::move(done_);
    return true;
  }

 private:
  // True once.
  bool Claim() { return !over_.exchange(true, std::memory_order_acq_rel); }

  const absl::Duration min_validity_;
  AdmitLogin admit_login_;
  // Belongs to whoever claims.
  GetCallback done_;
  std::atomic<bool> over_{false};
};

// In the order of their coming.
using Waiters = std::vector<std::shared_ptr<Waiter>>;

}  // namespace sessionbroker::sessions

#endif  // SESSIONBROKER_SERVICE_SESSIONS_WAITER_H_
