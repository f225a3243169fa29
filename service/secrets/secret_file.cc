#include "service/secrets/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "service/base/file_descriptor.h"
#include "service/base/status_macros.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::secrets {
namespace {

absl::Status CannotRead(const std::string& path, int error) {
  const std::string message = absl::StrCat("cannot read ", path, ": ", strerror(error));
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return absl::NotFoundError(message);
    case EACCES:
    case EPERM:
      return absl::PermissionDeniedError(message);
    default:
      return absl::UnavailableError(message);
  }
}

absl::Status TooLarge(const std::string& path) {
  return absl::OutOfRangeError(
      absl::StrCat(path, " is too large: at most ", kMaxSecretFileBytes, " bytes"));
}

absl::Status Check(const std::string& path, const struct stat& file,
                   const SecretFileOptions& options) {
  if (!S_ISREG(file.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(path, " is not a regular file"));
  }
  if ((file.st_mode & S_IROTH) != 0 && !options.allow_world_readable) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "%s has mode %04o: others can read it. Take that right away (chmod o-r; in Kubernetes "
        "\"defaultMode: 0400\" and an fsGroup)",
        path, static_cast<unsigned int>(file.st_mode & 07777)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Secret> ReadSecretFile(const std::string& path, const SecretFileOptions& options) {
  // O_NONBLOCK: a pipe without a writer must not hang the process before it is refused.
  const base::FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) return CannotRead(path, errno);
  struct stat status = {};
  if (fstat(file.get(), &status) != 0) return CannotRead(path, errno);
  SB_RETURN_IF_ERROR(Check(path, status, options));

  // One byte more than allowed tells a file that is too large.
  WipedBytes bytes(kMaxSecretFileBytes + 1);
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t got = read(file.get(), bytes.data() + size, bytes.size() - size);
    if (got == 0) break;
    if (got < 0 && errno != EINTR) return CannotRead(path, errno);
    if (got > 0) size += static_cast<std::size_t>(got);
  }
  if (size > kMaxSecretFileBytes) return TooLarge(path);
  absl::string_view content(bytes.data(), size);
  if (absl::ConsumeSuffix(&content, "\n")) absl::ConsumeSuffix(&content, "\r");
  if (content.empty()) return absl::FailedPreconditionError(absl::StrCat(path, " is empty"));
  return Secret(content);
}

}  // namespace sessionbroker::secrets
