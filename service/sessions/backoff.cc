#include "service/sessions/backoff.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"

namespace sessionbroker::sessions {

absl::Duration LongestRest(int failures, const BackoffPolicy& policy) {
  absl::Duration rest = policy.first;
  for (int i = 1; i < failures && rest > absl::ZeroDuration() && rest < policy.cap; ++i) rest *= 2;
  return std::min(rest, policy.cap);
}

BackingOff BackOff(const std::optional<BackingOff>& before, LoginFailure failure, double random,
                   base::BootTime now, const BackoffPolicy& policy) {
  BackingOff after;
  after.failures = (before.has_value() ? before->failures : 0) + 1;
  const absl::Duration rest =
      failure.told_to_wait.value_or(LongestRest(after.failures, policy) * random);
  after.until = now + std::max(rest, absl::ZeroDuration());
  after.cause = std::move(failure.cause);
  return after;
}

bool IsOver(const BackingOff& backing_off, base::BootTime now) { return now >= backing_off.until; }

absl::Status FailFastError(const absl::Status& cause, base::BootTime retry_at, base::BootTime now) {
  base::ErrorDetails details = base::DetailsOf(cause);
  details.retry_after = std::max(retry_at - now, absl::ZeroDuration());
  if (details.reason == base::Reason::kProviderLockedOut ||
      details.reason == base::Reason::kBackingOff) {
    return base::MakeError(details, cause.message());
  }
  details.metadata["cause"] = std::string(base::NameOf(details.reason));
  details.reason = base::Reason::kBackingOff;
  return base::MakeError(details,
                         absl::StrCat("no login for a while; the last one: ", cause.message()));
}

}  // namespace sessionbroker::sessions
