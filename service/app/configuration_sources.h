#ifndef SESSIONBROKER_SERVICE_APP_CONFIGURATION_SOURCES_H_
#define SESSIONBROKER_SERVICE_APP_CONFIGURATION_SOURCES_H_

#include <string>

#include "absl/time/time.h"
#include "service/base/file_watch.h"
#include "service/config/settings.h"

namespace sessionbroker::app {

// All that the configuration in `file` is read from, by absolute paths: the file itself,
// definitions, secrets, certificates. What is not there belongs to it too.
base::WatchedPaths SourcesOf(const std::string& file, const config::Settings& settings);

// When any of them changed last, by the file system's clock: a file's content, a directory's list
// of names. InfinitePast: none is there.
absl::Time LastChangeOf(const base::WatchedPaths& sources);

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_CONFIGURATION_SOURCES_H_
