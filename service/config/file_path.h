#ifndef SESSIONBROKER_SERVICE_CONFIG_FILE_PATH_H_
#define SESSIONBROKER_SERVICE_CONFIG_FILE_PATH_H_

#include <string>

#include "absl/strings/string_view.h"

namespace sessionbroker::config {

// `path` as it is meant in a file of `directory` ("" is the current one), without "." and needless
// "..", and without a slash at its end. Does not look at the file system.
std::string ResolvePath(absl::string_view path, absl::string_view directory);

// The directory of `file`; "" for a bare name.
std::string DirectoryOf(absl::string_view file);

}  // namespace sessionbroker::config

#endif  // SESSIONBROKER_SERVICE_CONFIG_FILE_PATH_H_
