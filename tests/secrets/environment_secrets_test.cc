#include "service/secrets/environment_secrets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/secrets/reveal.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::secrets {
namespace {

using ::sessionbroker::testing::IsOk;
using ::sessionbroker::testing::StatusIs;

TEST(EnvironmentSecrets, TakesAValueOnceAndGivesItToAllWhoAsk) {
  setenv("SB_TEST_SECRET", "hunter2", 1);
  EnvironmentSecrets secrets;
  SB_ASSERT_OK_AND_ASSIGN(const Secret first, secrets.Take("SB_TEST_SECRET"));
  EXPECT_TRUE(Reveal(first) == "hunter2");
  EXPECT_EQ(getenv("SB_TEST_SECRET"), nullptr);
  SB_ASSERT_OK_AND_ASSIGN(const Secret second, secrets.Take("SB_TEST_SECRET"));
  EXPECT_EQ(first, second);
}

TEST(EnvironmentSecrets, SayWhatIsWrongByName) {
  unsetenv("SB_TEST_SECRET");
  EnvironmentSecrets secrets;
  EXPECT_THAT(
      secrets.Take("SB_TEST_SECRET"),
      StatusIs(absl::StatusCode::kNotFound, "there is no environment variable SB_TEST_SECRET"));
  setenv("SB_TEST_SECRET", "", 1);
  EXPECT_THAT(secrets.Take("SB_TEST_SECRET"),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       "the environment variable SB_TEST_SECRET is empty"));
  // Set after all.
  setenv("SB_TEST_SECRET", "hunter2", 1);
  EXPECT_THAT(secrets.Take("SB_TEST_SECRET"), IsOk());
}

TEST(EnvironmentSecrets, OverwriteEveryEntryOfTheNameInPlace) {
  char first[] = "SB_TEST_SECRET=hunter2";
  char other[] = "SB_TEST_SECRET_OTHER=hunter2";
  char second[] = "SB_TEST_SECRET=hunter3";
  char* entries[] = {first, other, second, nullptr};
  char** before = environ;
  environ = entries;
  const auto secret = EnvironmentSecrets().Take("SB_TEST_SECRET");
  const std::vector<char*> left(entries, std::find(entries, std::end(entries), nullptr));
  environ = before;
  ASSERT_THAT(secret, IsOk());
  EXPECT_TRUE(Reveal(*secret) == "hunter2");
  const auto has = [](const char* begin, std::size_t size, const std::string& text) {
    return std::search(begin, begin + size, text.begin(), text.end()) != begin + size;
  };
  EXPECT_FALSE(has(first, sizeof(first), "hunter"));
  EXPECT_FALSE(has(second, sizeof(second), "hunter"));
  EXPECT_TRUE(has(other, sizeof(other), "hunter2"));
  EXPECT_THAT(left, ::testing::ElementsAre(other));
}

// The kernel shows the memory in which the process got its environment. The child below checks
// itself.
TEST(EnvironmentSecrets, LeaveNothingInProc) {
  if (getenv("SB_TEST_CHILD") == nullptr) {
    char self[4096];
    const ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
    ASSERT_GT(length, 0);
    const std::string command = "SB_TEST_CHILD=1 SB_TEST_SECRET=hunter2-in-proc " +
                                std::string(self, length) +
                                " --gtest_filter=EnvironmentSecrets.LeaveNothingInProc > /dev/null";
    EXPECT_EQ(system(command.c_str()), 0);
    return;
  }
  const auto environment = [] {
    std::ifstream file("/proc/self/environ", std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  ASSERT_THAT(environment(), ::testing::HasSubstr("hunter2-in-proc"));
  ASSERT_THAT(EnvironmentSecrets().Take("SB_TEST_SECRET"), IsOk());
  EXPECT_THAT(environment(), ::testing::Not(::testing::HasSubstr("hunter2-in-proc")));
}

}  // namespace
}  // namespace sessionbroker::secrets
