#include "service/app/ready_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

namespace sessionbroker::app {
namespace {

absl::Status Failed(const std::string& path) {
  return absl::UnavailableError(
      absl::StrCat("cannot write the ready file \"", path, "\": ", std::strerror(errno)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<ReadyFile>> ReadyFile::Write(const std::string& path,
                                                            absl::string_view content) {
  const std::string temporary = absl::StrCat(path, ".", getpid(), ".tmp");
  const int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) return Failed(path);
  auto remove_temporary = absl::MakeCleanup([&temporary] { unlink(temporary.c_str()); });
  const ssize_t written = write(fd, content.data(), content.size());
  close(fd);
  if (written != static_cast<ssize_t>(content.size())) return Failed(path);
  if (rename(temporary.c_str(), path.c_str()) != 0) return Failed(path);
  std::move(remove_temporary).Cancel();
  return std::unique_ptr<ReadyFile>(new ReadyFile(path));
}

ReadyFile::~ReadyFile() { unlink(path_.c_str()); }

}  // namespace sessionbroker::app
