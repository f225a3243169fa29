#ifndef SESSIONBROKER_SERVICE_CONFIG_TEXT_FILE_H_
#define SESSIONBROKER_SERVICE_CONFIG_TEXT_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace sessionbroker::config {

// The whole of a file. The error text is for a diagnostic about `path` and does not repeat it:
//   NOT_FOUND            there is none
//   PERMISSION_DENIED    it may not be read
//   FAILED_PRECONDITION  it is a directory
//   OUT_OF_RANGE         it has more than `max_bytes`
//   UNAVAILABLE          any other failure of the file system
absl::StatusOr<std::string> ReadTextFile(const std::string& path, std::size_t max_bytes);

}  // namespace sessionbroker::config

#endif  // SESSIONBROKER_SERVICE_CONFIG_TEXT_FILE_H_
