#include "service/secrets/core_dumps.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace sessionbroker::secrets {
namespace {

// In a child: it cannot be undone. 0 if all is well.
[[noreturn]] void DisableAndLook() {
  if (!DisableCoreDumps().ok()) _exit(1);
  rlimit limit = {};
  if (getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_cur != 0 || limit.rlim_max != 0) _exit(2);
  if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0) _exit(3);
  // It may be asked for again.
  if (!DisableCoreDumps().ok()) _exit(4);
  _exit(0);
}

TEST(DisableCoreDumps, LeavesNoLimitAndNoDumpableProcess) {
  EXPECT_EXIT(DisableAndLook(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace sessionbroker::secrets
