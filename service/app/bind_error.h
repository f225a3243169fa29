#ifndef SESSIONBROKER_SERVICE_APP_BIND_ERROR_H_
#define SESSIONBROKER_SERVICE_APP_BIND_ERROR_H_

#include <string>

#include "absl/status/status.h"

namespace sessionbroker::app {

// UNAVAILABLE that tells why nobody can listen on TCP `host`:`port`: the libraries that listen for
// us only say that they failed, so this tries once more and looks.
absl::Status CannotListen(const std::string& host, int port);

// The same for a Unix socket.
absl::Status CannotListen(const std::string& socket_path);

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_BIND_ERROR_H_
