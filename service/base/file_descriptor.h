#ifndef SESSIONBROKER_SERVICE_BASE_FILE_DESCRIPTOR_H_
#define SESSIONBROKER_SERVICE_BASE_FILE_DESCRIPTOR_H_

#include <unistd.h>

#include <utility>

namespace sessionbroker::base {

// Owns one file descriptor; closes it. Move-only.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() { Close(); }
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    if (this != &other) {
      Close();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }

  // -1 where it holds none.
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  // Gives the descriptor away.
  int Release() { return std::exchange(fd_, -1); }

 private:
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

  int fd_ = -1;
};

}  // namespace sessionbroker::base

#endif  // SESSIONBROKER_SERVICE_BASE_FILE_DESCRIPTOR_H_
