#include "service/app/ready_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/testing/child_process.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_directory.h"

namespace sessionbroker::app {
namespace {

using ::sessionbroker::testing::ReadFile;
using ::sessionbroker::testing::StatusIs;
using ::sessionbroker::testing::TempDirectory;
using ::testing::HasSubstr;

TEST(ReadyFile, ReplacesALeftOverAndLeavesNothingBehind) {
  TempDirectory temp;
  const std::string path = temp.Write("ready", "of a process that was killed, and longer");
  {
    SB_ASSERT_OK_AND_ASSIGN(const auto ready, ReadyFile::Write(path, "{}\n"));
    EXPECT_EQ(ReadFile(path), "{}\n");
  }
  EXPECT_TRUE(std::filesystem::is_empty(temp.path()));
}

TEST(ReadyFile, PathThatCannotBeWrittenIsAnErrorThatSaysWhy) {
  TempDirectory temp;
  EXPECT_THAT(ReadyFile::Write(temp.File("no/ready"), "{}"),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("No such file or directory")));
  std::filesystem::create_directory(temp.File("taken"));
  EXPECT_THAT(ReadyFile::Write(temp.File("taken"), "{}"),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("Is a directory")));
  std::filesystem::remove(temp.File("taken"));
  EXPECT_TRUE(std::filesystem::is_empty(temp.path()));
}

}  // namespace
}  // namespace sessionbroker::app
