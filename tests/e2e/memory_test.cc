// What is in the broker's memory stays there: no core, no debugger, nothing in /proc.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/e2e/end_to_end_test.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::e2e {
namespace {

// Nobody, as most systems have it.
constexpr uid_t kNobody = 65534;

// The errno of `attempt` in a process of the user `user`; 0: it succeeded.
int ErrnoAs(uid_t user, const std::function<bool()>& attempt) {
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && (setgid(user) != 0 || setuid(user) != 0)) _exit(255);
    _exit(attempt() ? 0 : errno);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

// What a debugger does first.
bool Attach(pid_t pid) {
  if (ptrace(PTRACE_SEIZE, pid, nullptr, nullptr) != 0) return false;
  return true;
}

bool CanOpen(const std::string& path) { return open(path.c_str(), O_RDONLY) >= 0; }

class MemoryTest : public EndToEndTest {
 protected:
  // The broker on this configuration, as `user`.
  std::unique_ptr<ChildProcess> StartAs(uid_t user, const BrokerConfig& config,
                                        const std::string& ready_file) {
    std::vector<std::string> command;
    const std::string file = config.Write(directory().path());
    if (geteuid() == 0) {
      command = {"/usr/bin/setpriv", absl::StrCat("--reuid=", user), absl::StrCat("--regid=", user),
                 "--clear-groups"};
      for (const auto& entry : std::filesystem::recursive_directory_iterator(directory().path())) {
        if (lchown(entry.path().c_str(), user, user) != 0) std::abort();
      }
      if (chown(directory().path().c_str(), user, user) != 0) std::abort();
    }
    for (const std::string& part : {BrokerProcess::Binary(), std::string("--config"), file,
                                    std::string("--ready-file"), ready_file}) {
      command.push_back(part);
    }
    return ChildProcess::Start({.command = command, .environment = {}, .working_directory = {}});
  }
};

TEST_F(MemoryTest, ADebuggerOfTheSameUserIsRefused) {
  const uid_t user = geteuid() == 0 ? kNobody : geteuid();
  if (geteuid() == 0 && ErrnoAs(user, [] { return CanOpen(BrokerProcess::Binary()); }) != 0) {
    GTEST_SKIP() << "others may not run what is built here";
  }
  const auto other = ChildProcess::Start(
      {.command = geteuid() == 0
                      ? std::vector<std::string>{"/usr/bin/setpriv", absl::StrCat("--reuid=", user),
                                                 absl::StrCat("--regid=", user), "--clear-groups",
                                                 "/bin/sleep", "60"}
                      : std::vector<std::string>{"/bin/sleep", "60"},
       .environment = {},
       .working_directory = {}});
  const std::string ready_file = directory().File("ready.json");
  const auto broker = StartAs(user, DemoConfig(), ready_file);
  ASSERT_THAT(broker->WaitForFile(ready_file), testing::IsOk());
  if (ErrnoAs(user, [&] { return Attach(other->pid()); }) != 0) {
    GTEST_SKIP() << "here nobody may debug anything, so this shows nothing";
  }
  EXPECT_EQ(ErrnoAs(user, [&] { return Attach(broker->pid()); }), EPERM);
  for (const char* file : {"mem", "environ", "maps"}) {
    const std::string path = absl::StrCat("/proc/", broker->pid(), "/", file);
    EXPECT_EQ(ErrnoAs(user, [&] { return CanOpen(path); }), EACCES) << file;
  }
}

TEST_F(MemoryTest, AnAbortLeavesNoCore) {
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_CORE, &before), 0);
  const rlimit most = {before.rlim_max, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_CORE, &most), 0);
  const auto other = ChildProcess::Start({.command = {"/bin/sleep", "60"},
                                          .environment = {},
                                          .working_directory = directory().path()});
  const auto broker = StartBroker(DemoConfig());
  setrlimit(RLIMIT_CORE, &before);
  ASSERT_NE(broker, nullptr);
  other->Signal(SIGABRT);
  SB_ASSERT_OK_AND_ASSIGN(const ExitStatus of_other, other->Wait());
  if (!of_other.dumped_core) GTEST_SKIP() << "here nothing leaves a core, so this shows nothing";
  broker->process().Signal(SIGABRT);
  SB_ASSERT_OK_AND_ASSIGN(const ExitStatus exit, broker->process().Wait());
  EXPECT_EQ(exit.signal, SIGABRT);
  EXPECT_FALSE(exit.dumped_core);
}

}  // namespace
}  // namespace sessionbroker::e2e
