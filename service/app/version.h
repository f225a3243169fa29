#ifndef SESSIONBROKER_SERVICE_APP_VERSION_H_
#define SESSIONBROKER_SERVICE_APP_VERSION_H_

namespace sessionbroker::app {

// The release, e.g. "0.1.0": the version of the CMake project.
const char* Version();

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_VERSION_H_
