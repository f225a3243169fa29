#ifndef SESSIONBROKER_SERVICE_SESSIONS_LATCH_H_
#define SESSIONBROKER_SERVICE_SESSIONS_LATCH_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "service/sessions/fingerprint.h"

namespace sessionbroker::sessions {

// The provider has refused an account's credentials: no login until what goes into one differs from
// this.
struct Latch {
  Fingerprint fingerprint;
  // What callers get meanwhile.
  absl::Status cause;
  // Wall time, for people.
  absl::Time since;
};

}  // namespace sessionbroker::sessions

#endif  // SESSIONBROKER_SERVICE_SESSIONS_LATCH_H_
