#ifndef SESSIONBROKER_SERVICE_APP_LISTENER_BUILDER_H_
#define SESSIONBROKER_SERVICE_APP_LISTENER_BUILDER_H_

#include <vector>

#include "service/app/grpc_server.h"
#include "service/config/diagnostics.h"
#include "service/config/settings.h"

namespace sessionbroker::app {

// The listeners with what their files hold: certificates, keys, authorities, keys of tokens, all
// read and checked. Mistakes go into `diagnostics`, each at its place; what they are about is left
// out.
std::vector<GrpcListener> BuildListeners(const config::Settings& settings,
                                         config::Diagnostics* diagnostics);

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_LISTENER_BUILDER_H_
