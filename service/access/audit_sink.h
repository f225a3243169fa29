#ifndef SESSIONBROKER_SERVICE_ACCESS_AUDIT_SINK_H_
#define SESSIONBROKER_SERVICE_ACCESS_AUDIT_SINK_H_

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/base/file_descriptor.h"

namespace sessionbroker::access {

// Where the lines of the audit log go. Belongs to one thread, which it may block.
class AuditSink {
 public:
  virtual ~AuditSink() = default;

  // Writes all of `lines`, which end in a line end. After an error it is called again with the same
  // lines and goes on where it had to stop.
  virtual absl::Status Write(absl::string_view lines) = 0;
};

// A file that only grows: made with mode 0600 where it is not there. Before each write it looks
// whether the file of that name is still the one it has open, and opens it anew where it is not, so
// rotating is a rename. What it has written survives the process, but not a power cut.
class AuditFile final : public AuditSink {
 public:
  // FAILED_PRECONDITION for what is not a regular file, UNAVAILABLE where it cannot be opened.
  static absl::StatusOr<std::unique_ptr<AuditFile>> Open(const std::string& path);

  absl::Status Write(absl::string_view lines) override;

 private:
  explicit AuditFile(std::string path) : path_(std::move(path)) {}

  absl::Status OpenWhereMoved();
  bool IsStillThere() const;

  const std::string path_;
  base::FileDescriptor file_;
  // How much of the lines that could not be written entirely is in the file.
  std::size_t written_ = 0;
};

// Standard output or error. One write for each line, so that others who write there do not get in
// between.
class AuditStream final : public AuditSink {
 public:
  // `fd` stays open, and stays the caller's.
  explicit AuditStream(int fd) : fd_(fd) {}

  absl::Status Write(absl::string_view lines) override;

 private:
  const int fd_;
  std::size_t written_ = 0;
};

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_AUDIT_SINK_H_
