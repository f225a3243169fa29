#include "service/sessions/login_budget.h"

#include <algorithm>
#include <utility>

namespace sessionbroker::sessions {

LoginBudget::LoginBudget(std::vector<Spent> spent) : spent_(std::move(spent)) {
  std::stable_sort(spent_.begin(), spent_.end(),
                   [](const Spent& a, const Spent& b) { return a.at < b.at; });
}

bool LoginBudget::Allows(LoginKind kind, base::BootTime at, const LoginBudgetPolicy& policy) const {
  int first = 0;
  int renewals = 0;
  for (const Spent& spent : spent_) {
    if (spent.at + policy.window > at) ++(spent.kind == LoginKind::kFirst ? first : renewals);
  }
  if (kind == LoginKind::kRenewal) return first + renewals < policy.limit;
  return first + std::max(renewals, policy.for_renewals) < policy.limit;
}

base::BootTime LoginBudget::NextAllowed(LoginKind kind, base::BootTime now,
                                        const LoginBudgetPolicy& policy) const {
  if (Allows(kind, now, policy)) return now;
  for (const Spent& spent : spent_) {
    const base::BootTime freed = spent.at + policy.window;
    if (freed > now && Allows(kind, freed, policy)) return freed;
  }
  return base::BootTime::InfiniteFuture();
}

bool LoginBudget::TrySpend(LoginKind kind, base::BootTime now, const LoginBudgetPolicy& policy) {
  if (!Allows(kind, now, policy)) return false;
  Spend(kind, now, policy);
  return true;
}

void LoginBudget::Spend(LoginKind kind, base::BootTime now, const LoginBudgetPolicy& policy) {
  Forget(now, policy);
  spent_.push_back({.at = now, .kind = kind});
}

void LoginBudget::Forget(base::BootTime now, const LoginBudgetPolicy& policy) {
  const auto is_past = [&](const Spent& spent) { return spent.at + policy.window <= now; };
  spent_.erase(std::remove_if(spent_.begin(), spent_.end(), is_past), spent_.end());
}

void LoginBudget::Refund() {
  if (!spent_.empty()) spent_.pop_back();
}

}  // namespace sessionbroker::sessions
