#include "service/storage/state_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "service/base/status_macros.h"

namespace sessionbroker::storage {
namespace {

constexpr char kLockFile[] = "lock";
// The lock file is ours, yet a hand may have been at it: what is shown of it is bounded.
constexpr std::size_t kMaxHolderBytes = 200;

std::string Named(const std::string& path) {
  return absl::StrCat("state directory \"", path, "\"");
}

absl::Status Failed(const std::string& path, absl::string_view what, int error) {
  const std::string text = absl::StrCat(Named(path), ": cannot ", what, ": ", std::strerror(error));
  switch (error) {
    case ENOENT:
      return absl::NotFoundError(text);
    case EACCES:
    case EPERM:
      return absl::PermissionDeniedError(text);
    case ENOTDIR:
      return absl::FailedPreconditionError(absl::StrCat(Named(path), ": not a directory"));
    default:
      return absl::UnavailableError(text);
  }
}

absl::Status CheckOwnerAndMode(const std::string& path, int fd) {
  struct stat info = {};
  if (fstat(fd, &info) != 0) return Failed(path, "look at it", errno);
  if (info.st_uid != geteuid()) {
    return absl::FailedPreconditionError(
        absl::StrCat(Named(path), ": belongs to user ", info.st_uid, ", not to user ", geteuid(),
                     " who runs this process; name a directory in it, which is then made"));
  }
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(Named(path), ": others than its owner may write to it (mode ",
                     absl::StrFormat("%04o", info.st_mode & 07777), "); wanted 0700"));
  }
  return absl::OkStatus();
}

// "process 12 on host a", from what the holder wrote.
std::string Holder(int fd) {
  char buffer[kMaxHolderBytes];
  const ssize_t size = pread(fd, buffer, sizeof(buffer), 0);
  std::string text(buffer, size > 0 ? static_cast<std::size_t>(size) : 0);
  for (char& c : text) {
    if (!absl::ascii_isprint(static_cast<unsigned char>(c))) c = ' ';
  }
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(absl::StripAsciiWhitespace(text), absl::MaxSplits(' ', 1));
  if (parts.first.empty()) return "a process that is just starting";
  return absl::StrCat("process ", parts.first, " on host ", parts.second);
}

absl::Status WriteHolder(const std::string& path, int fd) {
  char host[256] = {};
  const bool known = gethostname(host, sizeof(host) - 1) == 0;
  const std::string text = absl::StrCat(getpid(), " ", known ? host : "unknown", "\n");
  if (ftruncate(fd, 0) != 0) return Failed(path, "empty its lock file", errno);
  if (pwrite(fd, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    return Failed(path, "write its lock file", errno);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<StateDirectory>> StateDirectory::Open(const std::string& path) {
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return Failed(path, "make it", errno);
  const int directory = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return Failed(path, "open it", errno);
  const auto close_directory = absl::MakeCleanup([directory] { close(directory); });
  SB_RETURN_IF_ERROR(CheckOwnerAndMode(path, directory));

  const int lock = openat(directory, kLockFile, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock < 0) return Failed(path, "open its lock file", errno);
  auto close_lock = absl::MakeCleanup([lock] { close(lock); });
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return Failed(path, "lock it", errno);
    return absl::FailedPreconditionError(
        absl::StrCat(Named(path), ": in use by ", Holder(lock),
                     "; every process needs a state directory of its own"));
  }
  SB_RETURN_IF_ERROR(WriteHolder(path, lock));
  std::move(close_lock).Cancel();
  return std::unique_ptr<StateDirectory>(new StateDirectory(path, lock));
}

StateDirectory::StateDirectory(std::string path, int lock_fd)
    : path_(std::move(path)), lock_fd_(lock_fd) {}

StateDirectory::~StateDirectory() { close(lock_fd_); }

}  // namespace sessionbroker::storage
