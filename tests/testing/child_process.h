#ifndef SESSIONBROKER_TESTS_TESTING_CHILD_PROCESS_H_
#define SESSIONBROKER_TESTS_TESTING_CHILD_PROCESS_H_

#include <sys/types.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/testing/temp_directory.h"

namespace sessionbroker::testing {

// How a process ended.
struct ExitStatus {
  // Of exit(); -1 where a signal ended it.
  int code = -1;
  // The signal that ended it; 0: none.
  int signal = 0;
  // With a core file, or what the system makes in its place.
  bool dumped_core = false;
};

// A program run by a test, with its output in files. Killed and reaped when this goes, and when the
// test process dies. Belongs to one thread.
class ChildProcess {
 public:
  struct Options {
    // The program's path, then its arguments.
    std::vector<std::string> command;
    // Added to this process's environment.
    std::map<std::string, std::string> environment;
    // Empty: this process's own.
    std::string working_directory;
  };

  static std::unique_ptr<ChildProcess> Start(const Options& options);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  void Signal(int signal) const;

  // Waits until it has ended; DEADLINE_EXCEEDED if it has not within `timeout`.
  absl::StatusOr<ExitStatus> Wait(absl::Duration timeout = absl::Seconds(60));

  // Waits until the file is there, which must appear by a rename within its directory; returns what
  // is in it. UNAVAILABLE with the child's stderr if it ends before.
  absl::StatusOr<std::string> WaitForFile(const std::string& path,
                                          absl::Duration timeout = absl::Seconds(60));

  // What it has written so far.
  std::string Stdout() const;
  std::string Stderr() const;

 private:
  ChildProcess() = default;

  TempDirectory output_;
  pid_t pid_ = -1;
  int pidfd_ = -1;
  std::optional<ExitStatus> exit_;
};

// The whole file; empty if there is none.
std::string ReadFile(const std::string& path);

}  // namespace sessionbroker::testing

#endif  // SESSIONBROKER_TESTS_TESTING_CHILD_PROCESS_H_
