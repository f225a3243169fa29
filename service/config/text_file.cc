#include "service/config/text_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "service/base/file_descriptor.h"

namespace sessionbroker::config {
namespace {

absl::Status CannotRead(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return absl::NotFoundError("there is no such file");
    case EACCES:
    case EPERM:
      return absl::PermissionDeniedError("the file may not be read: permission denied");
    case EISDIR:
      return absl::FailedPreconditionError("expected a file, found a directory");
    default:
      return absl::UnavailableError(absl::StrCat("the file cannot be read: ", strerror(error)));
  }
}

}  // namespace

absl::StatusOr<std::string> ReadTextFile(const std::string& path, std::size_t max_bytes) {
  const base::FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return CannotRead(errno);
  constexpr std::size_t kChunk = 64 * 1024;
  std::string text;
  while (text.size() <= max_bytes) {
    const std::size_t had = text.size();
    // One byte more than allowed tells a file that is too large.
    text.resize(had + std::min(kChunk, max_bytes + 1 - had));
    const ssize_t got = read(file.get(), text.data() + had, text.size() - had);
    if (got < 0 && errno != EINTR) return CannotRead(errno);
    text.resize(had + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) return text;
  }
  return absl::OutOfRangeError(
      absl::StrCat("the file is too large: at most ", max_bytes, " bytes"));
}

}  // namespace sessionbroker::config
