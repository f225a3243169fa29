#ifndef SESSIONBROKER_SERVICE_SESSIONS_LATCH_H_
#define SESSIONBROKER_SERVICE_SESSIONS_LATCH_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "service/sessions/backoff.h"
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
  // Of probes meanwhile that found out nothing: no other before it is over. Does not outlast the
  // process.
  std::optional<BackingOff> probes = std::nullopt;
};

}  // namespace sessionbroker::sessions

#endif  // SESSIONBROKER_SERVICE_SESSIONS_LATCH_H_
