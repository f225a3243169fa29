#ifndef SESSIONBROKER_SERVICE_SESSIONS_BACKOFF_H_
#define SESSIONBROKER_SERVICE_SESSIONS_BACKOFF_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "service/base/clock.h"

// How long an account rests after a login that failed for a reason that may pass: values and pure
// functions.
namespace sessionbroker::sessions {

struct BackoffPolicy {
  // The longest rest after the first failure; each further one in a row doubles it.
  absl::Duration first = absl::Seconds(1);
  // No rest is longer, unless the provider says so.
  absl::Duration cap = absl::Minutes(5);
};

// No login before `until`.
struct BackingOff {
  // In a row.
  int failures = 0;
  base::BootTime until;
  // Of the last one; what callers get meanwhile, see FailFastError.
  absl::Status cause;
  // The last one was a probe that the provider answered with something else: no reason not to log
  // in where that is what is left. Does not outlast the process.
  bool of_probe = false;
};

struct LoginFailure {
  absl::Status cause;
  // The provider's own "wait N s": rests exactly so long, whatever the policy says.
  std::optional<absl::Duration> told_to_wait;
};

// The longest rest after so many failures in a row, at least 1.
absl::Duration LongestRest(int failures, const BackoffPolicy& policy);

// The rest after `failure`: `random`, evenly from [0, 1), of the longest ("full jitter"). `before`
// is the rest that preceded it; unset: the login before succeeded or there was none.
BackingOff BackOff(const std::optional<BackingOff>& before, LoginFailure failure, double random,
                   base::BootTime now, const BackoffPolicy& policy);

// It may be tried again; exactly from `until` on.
bool IsOver(const BackingOff& backing_off, base::BootTime now);

// What callers get who ask before `retry_at`: kBackingOff with the last cause's facts, its reason
// as metadata "cause", and its message. A cause that is the provider's own lock-out stays what it
// is.
absl::Status FailFastError(const absl::Status& cause, base::BootTime retry_at, base::BootTime now);

}  // namespace sessionbroker::sessions

#endif  // SESSIONBROKER_SERVICE_SESSIONS_BACKOFF_H_
