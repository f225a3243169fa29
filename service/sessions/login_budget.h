#ifndef SESSIONBROKER_SERVICE_SESSIONS_LOGIN_BUDGET_H_
#define SESSIONBROKER_SERVICE_SESSIONS_LOGIN_BUDGET_H_

#include <vector>

#include "absl/time/time.h"
#include "service/base/clock.h"

namespace sessionbroker::sessions {

struct LoginBudgetPolicy {
  // Logins that begin within any `window`.
  int limit = 30;
  // Of them, how many only renewals may use.
  int for_renewals = 10;
  absl::Duration window = absl::Hours(1);
};

enum class LoginKind {
  // There is no session that lives.
  kFirst,
  // Of a session that lives.
  kRenewal,
};

// The logins of one account that began lately, failed or not: ends every loop that nobody thought
// of. Not thread-safe. Holds `limit` entries at most.
class LoginBudget {
 public:
  // A login that has begun.
  struct Spent {
    base::BootTime at;
    LoginKind kind;
  };

  LoginBudget() = default;
  // As it was kept, in any order.
  explicit LoginBudget(std::vector<Spent> spent);

  // When a login of this kind may begin if none does before: `now` if it may now, InfiniteFuture if
  // the policy leaves no room for one.
  base::BootTime NextAllowed(LoginKind kind, base::BootTime now,
                             const LoginBudgetPolicy& policy) const;

  // Counts a login that begins now, if it may.
  bool TrySpend(LoginKind kind, base::BootTime now, const LoginBudgetPolicy& policy);

  // Counts a login that begins now, whether or not it may.
  void Spend(LoginKind kind, base::BootTime now, const LoginBudgetPolicy& policy);

  // The login counted last has not got as far as the provider: it does not count.
  void Refund();

  // Drops what does not count any more.
  void Forget(base::BootTime now, const LoginBudgetPolicy& policy);

  // What counts, and what did when it was last dropped; the oldest first.
  const std::vector<Spent>& spent() const { return spent_; }

 private:
  bool Allows(LoginKind kind, base::BootTime at, const LoginBudgetPolicy& policy) const;

  // The oldest first.
  std::vector<Spent> spent_;
};

}  // namespace sessionbroker::sessions

#endif  // SESSIONBROKER_SERVICE_SESSIONS_LOGIN_BUDGET_H_
