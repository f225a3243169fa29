#ifndef SESSIONBROKER_SERVICE_SECRETS_CORE_DUMPS_H_
#define SESSIONBROKER_SERVICE_SECRETS_CORE_DUMPS_H_

#include "absl/status/status.h"

namespace sessionbroker::secrets {

// Keeps what is in memory from landing in a core file or with a debugger of the same user, for the
// rest of the process's life: PR_SET_DUMPABLE 0 (prctl(2); a limit alone does not stop a core that
// is piped to a program, core(5)) and RLIMIT_CORE 0, which children inherit. /proc/PID then belongs
// to root; LeakSanitizer, which traces its own process, does not work any more. UNAVAILABLE if the
// kernel refuses.
absl::Status DisableCoreDumps();

}  // namespace sessionbroker::secrets

#endif  // SESSIONBROKER_SERVICE_SECRETS_CORE_DUMPS_H_
