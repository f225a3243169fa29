#include "service/base/file_watch.h"

#include <limits.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "service/base/status_macros.h"

namespace sessionbroker::base {
namespace {

constexpr uint32_t kEvents = IN_ATTRIB | IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_DELETE_SELF |
                             IN_MOVED_FROM | IN_MOVED_TO | IN_MOVE_SELF | IN_ONLYDIR;
// As the kernel's own.
constexpr int kMaxLinks = 40;
constexpr char kAllNames[] = "";

std::string LinkAt(const std::string& path) {
  std::array<char, PATH_MAX> target;
  const ssize_t size = readlink(path.c_str(), target.data(), target.size());
  return size < 0 ? "" : std::string(target.data(), static_cast<std::size_t>(size));
}

// Walks along `path`, through symbolic links, and notes in each directory the name that it takes.
// Returns where it leads, or stops at what is not there.
std::string Walk(absl::string_view path, std::map<std::string, std::set<std::string>>* names) {
  const auto split = [](absl::string_view text) {
    return std::vector<std::string>(absl::StrSplit(text, '/', absl::SkipEmpty()));
  };
  const std::vector<std::string> parts = split(path);
  std::deque<std::string> ahead(parts.begin(), parts.end());
  std::string at;
  int links = 0;
  while (!ahead.empty()) {
    const std::string name = std::move(ahead.front());
    ahead.pop_front();
    if (name == ".") continue;
    if (name == "..") {
      at.resize(at.empty() ? 0 : at.rfind('/'));
      continue;
    }
    (*names)[at.empty() ? "/" : at].insert(name);
    const std::string next = absl::StrCat(at, "/", name);
    const std::string target = LinkAt(next);
    if (target.empty()) {
      at = next;
      continue;
    }
    if (++links > kMaxLinks) return at;
    if (target.front() == '/') at.clear();
    const std::vector<std::string> through = split(target);
    ahead.insert(ahead.begin(), through.begin(), through.end());
  }
  return at.empty() ? "/" : at;
}

}  // namespace

absl::StatusOr<std::unique_ptr<FileWatch>> FileWatch::Create(EventLoop* loop,
                                                             absl::AnyInvocable<void()> on_change) {
  FileDescriptor inotify(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!inotify.valid()) {
    return absl::ResourceExhaustedError(absl::StrCat("inotify_init1: ", strerror(errno)));
  }
  auto watch =
      std::unique_ptr<FileWatch>(new FileWatch(loop, std::move(inotify), std::move(on_change)));
  SB_RETURN_IF_ERROR(loop->WatchFd(watch->inotify_.get(), EPOLLIN,
                                   [raw = watch.get()](uint32_t) { raw->ReadEvents(); }));
  return watch;
}

FileWatch::FileWatch(EventLoop* loop, FileDescriptor inotify, absl::AnyInvocable<void()> on_change)
    : loop_(loop), inotify_(std::move(inotify)), on_change_(std::move(on_change)) {}

FileWatch::~FileWatch() { loop_->UnwatchFd(inotify_.get()); }

absl::Status FileWatch::Watch(const WatchedPaths& paths) {
  Names names;
  for (const std::string& file : paths.files) Walk(file, &names);
  for (const std::string& directory : paths.directories) {
    names[Walk(directory, &names)].insert(kAllNames);
  }
  absl::Status status;
  std::map<int, std::set<std::string>> watches;
  for (const auto& [directory, wanted] : names) {
    const int watch = inotify_add_watch(inotify_.get(), directory.c_str(), kEvents);
    if (watch >= 0) {
      // Two paths may lead to one directory.
      watches[watch].insert(wanted.begin(), wanted.end());
    } else if (errno == ENOSPC || errno == ENOMEM) {
      status = absl::ResourceExhaustedError(
          absl::StrCat("the system watches no more than ", watches.size(),
                       " directories for this user: fs.inotify.max_user_watches"));
      break;
    }
    // What is not there, or may not be read, is seen from the directory above it.
  }
  for (const auto& [watch, wanted] : watches_) {
    if (!watches.contains(watch)) inotify_rm_watch(inotify_.get(), watch);
  }
  watches_ = std::move(watches);
  return status;
}

void FileWatch::ReadEvents() {
  bool changed = false;
  alignas(inotify_event) std::array<char, 16 * 1024> buffer;
  while (true) {
    const ssize_t size = read(inotify_.get(), buffer.data(), buffer.size());
    if (size <= 0) break;
    for (ssize_t at = 0; at < size;) {
      inotify_event event;
      memcpy(&event, buffer.data() + at, sizeof(event));
      const char* name = event.len > 0 ? buffer.data() + at + sizeof(event) : "";
      const bool lost = (event.mask & IN_Q_OVERFLOW) != 0;
      changed = changed || lost || Concerns(event.wd, name);
      at += static_cast<ssize_t>(sizeof(event) + event.len);
    }
  }
  if (changed) on_change_();
}

bool FileWatch::Concerns(int watch, const char* name) const {
  const auto found = watches_.find(watch);
  if (found == watches_.end()) return false;
  // Without a name it is about the directory itself.
  return *name == '\0' || found->second.contains(kAllNames) || found->second.contains(name);
}

}  // namespace sessionbroker::base
