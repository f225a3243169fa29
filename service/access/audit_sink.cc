#include "service/access/audit_sink.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "service/base/status_macros.h"

namespace sessionbroker::access {
namespace {

constexpr mode_t kOwnersOnly = 0600;

absl::Status Error(absl::string_view what, int error) {
  return absl::UnavailableError(absl::StrCat("cannot ", what, ": ", strerror(error)));
}

// Writes from `*written` on up to `end`, and says in `*written` how far it came.
absl::Status WriteUpTo(int fd, absl::string_view lines, std::size_t end, std::size_t* written) {
  while (*written < end) {
    const ssize_t wrote = write(fd, lines.data() + *written, end - *written);
    if (wrote < 0 && errno != EINTR) return Error("write", errno);
    if (wrote > 0) *written += static_cast<std::size_t>(wrote);
  }
  return absl::OkStatus();
}

// Where the line begins that has its byte `at`.
std::size_t BeginOfLine(absl::string_view lines, std::size_t at) {
  const std::size_t end = at == 0 ? absl::string_view::npos : lines.rfind('\n', at - 1);
  return end == absl::string_view::npos ? 0 : end + 1;
}

}  // namespace

absl::StatusOr<std::unique_ptr<AuditFile>> AuditFile::Open(const std::string& path) {
  auto file = std::unique_ptr<AuditFile>(new AuditFile(path));
  SB_RETURN_IF_ERROR(file->OpenWhereMoved());
  return file;
}

absl::Status AuditFile::Write(absl::string_view lines) {
  const int before = file_.get();
  SB_RETURN_IF_ERROR(OpenWhereMoved());
  // The rest of a line would tell nothing in another file.
  if (file_.get() != before) written_ = BeginOfLine(lines, written_);
  SB_RETURN_IF_ERROR(WriteUpTo(file_.get(), lines, lines.size(), &written_));
  written_ = 0;
  return absl::OkStatus();
}

absl::Status AuditFile::OpenWhereMoved() {
  if (IsStillThere()) return absl::OkStatus();
  // O_NONBLOCK: a pipe without a reader must not hang the process before it is refused.
  base::FileDescriptor opened(
      open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, kOwnersOnly));
  if (!opened.valid()) return Error(absl::StrCat("open ", path_), errno);
  struct stat status = {};
  if (fstat(opened.get(), &status) != 0) return Error(absl::StrCat("open ", path_), errno);
  if (!S_ISREG(status.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(path_, " is not a regular file"));
  }
  file_ = std::move(opened);
  return absl::OkStatus();
}

bool AuditFile::IsStillThere() const {
  struct stat ours = {};
  struct stat there = {};
  return file_.valid() && stat(path_.c_str(), &there) == 0 && fstat(file_.get(), &ours) == 0 &&
         ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

absl::Status AuditStream::Write(absl::string_view lines) {
  while (written_ < lines.size()) {
    const std::size_t end = lines.find('\n', written_);
    SB_RETURN_IF_ERROR(
        WriteUpTo(fd_, lines, end == absl::string_view::npos ? lines.size() : end + 1, &written_));
  }
  written_ = 0;
  return absl::OkStatus();
}

}  // namespace sessionbroker::access
