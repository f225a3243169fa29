#include "tests/testing/child_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "absl/strings/str_cat.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_directory.h"

namespace sessionbroker::testing {
namespace {

using ::testing::HasSubstr;

std::unique_ptr<ChildProcess> Shell(const std::string& script) {
  return ChildProcess::Start({.command = {"/bin/sh", "-c", script},
                              .environment = {{"SB_ADDED", "1"}, {"HOME", "/replaced"}},
                              .working_directory = "/"});
}

TEST(ChildProcess, TellsOutputAndExitCode) {
  const auto child = Shell("echo out $SB_ADDED $HOME $(pwd); echo err >&2; exit 7");
  SB_ASSERT_OK_AND_ASSIGN(const ExitStatus exit, child->Wait());
  EXPECT_EQ(exit.code, 7);
  EXPECT_EQ(exit.signal, 0);
  EXPECT_EQ(child->Stdout(), "out 1 /replaced /\n");
  EXPECT_EQ(child->Stderr(), "err\n");
}

TEST(ChildProcess, TellsTheSignalThatEndedIt) {
  const auto child = Shell("kill -TERM $$");
  SB_ASSERT_OK_AND_ASSIGN(const ExitStatus exit, child->Wait());
  EXPECT_EQ(exit.code, -1);
  EXPECT_EQ(exit.signal, SIGTERM);
}

TEST(ChildProcess, WaitEndsWhereTheProgramDoesNot) {
  const auto child = Shell("kill -STOP $$");
  EXPECT_THAT(child->Wait(absl::Milliseconds(1)),
              StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("still runs")));
}

TEST(ChildProcess, FileIsReadOnceItHasAppeared) {
  TempDirectory temp;
  const std::string path = temp.File("ready");
  const auto child =
      Shell(absl::StrCat("echo 42 > ", path, ".tmp; mv ", path, ".tmp ", path, "; kill -STOP $$"));
  SB_ASSERT_OK_AND_ASSIGN(const std::string content, child->WaitForFile(path));
  EXPECT_EQ(content, "42\n");
}

TEST(ChildProcess, WaitForFileEndsWithTheProgram) {
  TempDirectory temp;
  const auto child = Shell("echo because >&2; exit 1");
  EXPECT_THAT(child->WaitForFile(temp.File("ready")),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("because")));
}

}  // namespace
}  // namespace sessionbroker::testing
