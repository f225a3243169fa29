#ifndef SESSIONBROKER_SERVICE_BASE_FILE_LIMIT_H_
#define SESSIONBROKER_SERVICE_BASE_FILE_LIMIT_H_

#include <cstdint>

#include "absl/status/statusor.h"

namespace sessionbroker::base {

// Raises the process's limit of open files (RLIMIT_NOFILE) to its hard limit and returns it: a soft
// limit of 1,024 is usual and less than the callers of one busy broker. Fails as setrlimit does.
absl::StatusOr<uint64_t> RaiseOpenFileLimit();

}  // namespace sessionbroker::base

#endif  // SESSIONBROKER_SERVICE_BASE_FILE_LIMIT_H_
