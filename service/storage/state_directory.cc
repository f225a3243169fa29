#include "service/storage/state_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
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

// linux/magic.h and statfs(2); for the rest what coreutils' stat(1) knows as remote. virtiofs tells
// FUSE's number, and Windows' drives under WSL 2 that of 9P.
constexpr struct {
  int64_t type;
  const char* name;
} kNetworkFileSystems[] = {
    {0x6969, "NFS"},
    {0x517B, "SMB"},
    {0xFE534D42, "SMB2"},
    {0xFF534D42, "CIFS"},
    {0x01021997, "9P"},
    {0x00C36400, "Ceph"},
    {0x65735546, "FUSE or virtiofs"},
    {0x5346414F, "AFS"},
    {0x6B414653, "kAFS"},
    {0x73757245, "Coda"},
    {0x564C, "NCP"},
    {0x0BD00BD0, "Lustre"},
    {0x01161970, "GFS2"},
    {0x7461636F, "OCFS2"},
    {0x47504653, "GPFS"},
    {0x19830326, "BeeGFS"},
    {0xAAD7AAEA, "PanFS"},
    {0xBEEFDEAD, "StorNext"},
    {0x786F4256, "a VirtualBox shared folder"},
    {0xBACBACBC, "a VMware shared folder"},
    {0x7C7C6673, "a Parallels shared folder"},
};

absl::StatusOr<int64_t> TypeOfFileSystem(int fd) {
  struct statfs info = {};
  if (fstatfs(fd, &info) != 0) return absl::ErrnoToStatus(errno, "fstatfs");
  // Some of the numbers are negative in a field of 32 bits.
  return static_cast<int64_t>(info.f_type) & 0xFFFFFFFF;
}

absl::Status CheckFileSystem(const std::string& path, int fd,
                             const StateDirectory::Options& options) {
  if (options.allow_network_file_system) return absl::OkStatus();
  SB_ASSIGN_OR_RETURN(const int64_t type, options.file_system_type ? options.file_system_type(fd)
                                                                   : TypeOfFileSystem(fd));
  const std::optional<std::string> name = NetworkFileSystemNamed(type);
  if (!name.has_value()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      Named(path), ": lies on a network or shared file system (", *name,
      "), whose locks and writes may not do what they promise; name a local directory, or, if you "
      "are sure of this one, set allow_network_file_system: true"));
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

std::optional<std::string> NetworkFileSystemNamed(int64_t type) {
  for (const auto& row : kNetworkFileSystems) {
    if (row.type == type) return row.name;
  }
  return std::nullopt;
}

absl::StatusOr<std::unique_ptr<StateDirectory>> StateDirectory::Open(const std::string& path,
                                                                     const Options& options) {
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return Failed(path, "make it", errno);
  const int directory = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return Failed(path, "open it", errno);
  const auto close_directory = absl::MakeCleanup([directory] { close(directory); });
  SB_RETURN_IF_ERROR(CheckOwnerAndMode(path, directory));
  SB_RETURN_IF_ERROR(CheckFileSystem(path, directory, options));

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
