#include "service/secrets/core_dumps.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace sessionbroker::secrets {

absl::Status DisableCoreDumps() {
  const rlimit none = {0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot set the limit of core files to 0: ", strerror(errno)));
  }
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot make the process undumpable: ", strerror(errno)));
  }
  return absl::OkStatus();
}

}  // namespace sessionbroker::secrets
