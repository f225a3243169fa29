#ifndef SESSIONBROKER_SERVICE_BASE_FILE_WATCH_H_
#define SESSIONBROKER_SERVICE_BASE_FILE_WATCH_H_

#include <map>
#include <memory>
#include <set>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/base/event_loop.h"
#include "service/base/file_descriptor.h"

namespace sessionbroker::base {

// What to watch: absolute paths, that need not exist.
struct WatchedPaths {
  std::set<std::string> files;
  // With everything in them, not in what lies below.
  std::set<std::string> directories;
};

// Tells that files may read differently from before. Watches, by inotify, the directories through
// which a path leads and in each the one name that matters: so it sees a file that is written, one
// that is renamed into its place as editors do, a symbolic link that is swapped anywhere on the way
// as Kubernetes does ("..data"), and a file that comes into being. It does not look at contents: a
// change may be none, or half of one.
//
// Belongs to the thread of its loop once that has started.
class FileWatch {
 public:
  // `on_change` is called on the loop's thread, soon after each change, once for several. `loop`
  // outlives this. RESOURCE_EXHAUSTED where the system gives no inotify instance.
  static absl::StatusOr<std::unique_ptr<FileWatch>> Create(EventLoop* loop,
                                                           absl::AnyInvocable<void()> on_change);
  ~FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  // Watches these paths and no others, as they lead now: to be called anew after each change.
  // RESOURCE_EXHAUSTED where the system allows no more watches (fs.inotify.max_user_watches): those
  // up to there are watched.
  absl::Status Watch(const WatchedPaths& paths);

 private:
  // By directory; a name "" is all of them.
  using Names = std::map<std::string, std::set<std::string>>;

  FileWatch(EventLoop* loop, FileDescriptor inotify, absl::AnyInvocable<void()> on_change);

  void ReadEvents();
  bool Concerns(int watch, const char* name) const;

  EventLoop* const loop_;
  const FileDescriptor inotify_;
  absl::AnyInvocable<void()> on_change_;
  // The names that matter, by inotify's number of the directory.
  std::map<int, std::set<std::string>> watches_;
};

}  // namespace sessionbroker::base

#endif  // SESSIONBROKER_SERVICE_BASE_FILE_WATCH_H_
