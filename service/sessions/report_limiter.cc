#include "service/sessions/report_limiter.h"

#include <algorithm>

namespace sessionbroker::sessions {

absl::Duration ReportLimiter::Take(absl::string_view caller, base::AccountIdView account,
                                   base::BootTime now) {
  Forget(now);
  auto key =
      std::make_pair(std::string(caller), base::AccountId{.provider = std::string(account.provider),
                                                          .account = std::string(account.account)});
  const auto it = full_again_.find(key);
  if (it == full_again_.end()) {
    if (full_again_.size() >= policy_.max_pairs) return next_forget_ - now;
    full_again_.emplace(std::move(key), now + policy_.every);
    return absl::ZeroDuration();
  }
  const base::BootTime full_again = std::max(it->second, now) + policy_.every;
  const absl::Duration excess = (full_again - now) - WindowOfAll();
  if (excess > absl::ZeroDuration()) return excess;
  it->second = full_again;
  return absl::ZeroDuration();
}

void ReportLimiter::Forget(base::BootTime now) {
  if (now < next_forget_) return;
  next_forget_ = now + WindowOfAll();
  absl::erase_if(full_again_, [now](const auto& entry) { return entry.second <= now; });
}

}  // namespace sessionbroker::sessions
