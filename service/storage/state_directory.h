#ifndef SESSIONBROKER_SERVICE_STORAGE_STATE_DIRECTORY_H_
#define SESSIONBROKER_SERVICE_STORAGE_STATE_DIRECTORY_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace sessionbroker::storage {

// What to call the file system of this statfs(2) f_type if it lies on another machine, the host of
// a virtual one included, or, as FUSE, may do so; nothing for a local one. Where it does, shared
// memory, locks and fsync, on which SQLite stands, need not reach as far as the file.
std::optional<std::string> NetworkFileSystemNamed(int64_t type);

// The directory in which one process keeps what must last, locked for as long as this object lives.
// The lock (flock(2) on the file `lock` in it) goes with the process, however that ends; the file
// stays and tells who holds it: "PID HOST". Thread-compatible.
class StateDirectory {
 public:
  struct Options {
    bool allow_network_file_system = false;
    // The f_type of the file system of a descriptor; a test may have its own. Unset: fstatfs(2).
    std::function<absl::StatusOr<int64_t>(int fd)> file_system_type = {};
  };

  // Makes the directory with mode 0700 if it is not there (its parent must be), then locks it.
  //   NOT_FOUND            its parent does not exist
  //   PERMISSION_DENIED    it may not be made, entered or written to
  //   FAILED_PRECONDITION  not a directory; not owned by this process's user; others than its owner
  //                        may write to it; another process holds it (the text says which);
  //                        it lies on a network or shared file system
  //   UNAVAILABLE          any other failure of the file system, e.g. one that is mounted read-only
  static absl::StatusOr<std::unique_ptr<StateDirectory>> Open(const std::string& path,
                                                              const Options& options);
  static absl::StatusOr<std::unique_ptr<StateDirectory>> Open(const std::string& path) {
    return Open(path, Options());
  }

  ~StateDirectory();
  StateDirectory(const StateDirectory&) = delete;
  StateDirectory& operator=(const StateDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  StateDirectory(std::string path, int lock_fd);

  const std::string path_;
  const int lock_fd_;
};

}  // namespace sessionbroker::storage

#endif  // SESSIONBROKER_SERVICE_STORAGE_STATE_DIRECTORY_H_
