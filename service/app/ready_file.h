#ifndef SESSIONBROKER_SERVICE_APP_READY_FILE_H_
#define SESSIONBROKER_SERVICE_APP_READY_FILE_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace sessionbroker::app {

// A file that is there while the broker serves: whoever started it waits for the file and reads
// from it where to connect. It appears complete, by a rename, and goes with this object.
class ReadyFile {
 public:
  // Replaces what is at `path`. UNAVAILABLE where it cannot be written, with the reason.
  static absl::StatusOr<std::unique_ptr<ReadyFile>> Write(const std::string& path,
                                                          absl::string_view content);
  ~ReadyFile();
  ReadyFile(const ReadyFile&) = delete;
  ReadyFile& operator=(const ReadyFile&) = delete;

 private:
  explicit ReadyFile(std::string path) : path_(std::move(path)) {}

  const std::string path_;
};

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_READY_FILE_H_
