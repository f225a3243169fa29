#include "service/base/file_limit.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/testing/status_matchers.h"

namespace sessionbroker::base {
namespace {

TEST(FileLimitTest, SoftLimitRisesToTheHardLimit) {
  rlimit limit = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlim_t hard = limit.rlim_max;
  limit.rlim_cur = 64;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);

  SB_ASSERT_OK_AND_ASSIGN(const uint64_t raised, RaiseOpenFileLimit());

  EXPECT_EQ(raised, hard);
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(limit.rlim_cur, hard);
}

}  // namespace
}  // namespace sessionbroker::base
