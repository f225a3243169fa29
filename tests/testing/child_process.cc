#include "tests/testing/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "service/base/system_clock.h"

extern char** environ;

namespace sessionbroker::testing {
namespace {

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> Environment(const std::map<std::string, std::string>& added) {
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
  for (const auto& [name, value] : added) {
    std::erase_if(environment,
                  [prefix = name + "="](const std::string& e) { return e.starts_with(prefix); });
    environment.push_back(absl::StrCat(name, "=", value));
  }
  return environment;
}

int OpenForWriting(const std::string& path) {
  return open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

}  // namespace

std::unique_ptr<ChildProcess> ChildProcess::Start(const Options& options) {
  auto child = std::unique_ptr<ChildProcess>(new ChildProcess());
  std::vector<std::string> command = options.command;
  std::vector<std::string> environment = Environment(options.environment);
  const std::vector<char*> argv = Pointers(command);
  const std::vector<char*> envp = Pointers(environment);
  const int out = OpenForWriting(child->output_.File("stdout"));
  const int err = OpenForWriting(child->output_.File("stderr"));
  const pid_t parent = getpid();

  // Between fork and exec only what is async-signal-safe: the test has threads.
  child->pid_ = fork();
  if (child->pid_ == 0) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    if (!options.working_directory.empty() && chdir(options.working_directory.c_str()) != 0) {
      _exit(127);
    }
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    execve(argv[0], argv.data(), envp.data());
    _exit(127);
  }
  close(out);
  close(err);
  if (child->pid_ < 0) std::abort();
  child->pidfd_ = static_cast<int>(syscall(SYS_pidfd_open, child->pid_, 0));
  if (child->pidfd_ < 0) std::abort();
  return child;
}

ChildProcess::~ChildProcess() {
  if (!exit_.has_value()) {
    Signal(SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(pidfd_);
}

void ChildProcess::Signal(int signal) const {
  if (!exit_.has_value()) kill(pid_, signal);
}

absl::StatusOr<ExitStatus> ChildProcess::Wait(absl::Duration timeout) {
  if (exit_.has_value()) return *exit_;
  pollfd ended = {.fd = pidfd_, .events = POLLIN, .revents = 0};
  if (poll(&ended, 1, static_cast<int>(absl::ToInt64Milliseconds(timeout))) != 1) {
    return absl::DeadlineExceededError(absl::StrCat("process ", pid_, " still runs after ",
                                                    absl::FormatDuration(timeout), "; stderr:\n",
                                                    Stderr()));
  }
  int status = 0;
  if (waitpid(pid_, &status, 0) != pid_) return absl::InternalError("waitpid failed");
  exit_ = WIFEXITED(status)
              ? ExitStatus{.code = WEXITSTATUS(status)}
              : ExitStatus{
                    .code = -1, .signal = WTERMSIG(status), .dumped_core = WCOREDUMP(status) != 0};
  return *exit_;
}

absl::StatusOr<std::string> ChildProcess::WaitForFile(const std::string& path,
                                                      absl::Duration timeout) {
  const int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  const auto close_watch = absl::MakeCleanup([watch] { close(watch); });
  const std::string directory = std::filesystem::path(path).parent_path();
  if (inotify_add_watch(watch, directory.c_str(), IN_MOVED_TO) < 0) {
    return absl::InternalError(absl::StrCat("cannot watch ", directory));
  }
  const base::SystemClock clock;
  const base::BootTime deadline = clock.BootNow() + timeout;
  while (!std::filesystem::exists(path)) {
    pollfd events[] = {{.fd = watch, .events = POLLIN, .revents = 0},
                       {.fd = pidfd_, .events = POLLIN, .revents = 0}};
    const int64_t left = absl::ToInt64Milliseconds(deadline - clock.BootNow());
    if (left <= 0 || poll(events, 2, static_cast<int>(left)) == 0) {
      return absl::DeadlineExceededError(absl::StrCat(
          path, " did not appear within ", absl::FormatDuration(timeout), "; stderr:\n", Stderr()));
    }
    if (events[1].revents != 0) {
      return absl::UnavailableError(absl::StrCat("the process ended; stderr:\n", Stderr()));
    }
    char ignored[4096];
    while (read(watch, ignored, sizeof(ignored)) > 0) {
    }
  }
  return ReadFile(path);
}

std::string ChildProcess::Stdout() const { return ReadFile(output_.File("stdout")); }
std::string ChildProcess::Stderr() const { return ReadFile(output_.File("stderr")); }

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

}  // namespace sessionbroker::testing
