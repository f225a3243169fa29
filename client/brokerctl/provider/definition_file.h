#ifndef SESSIONBROKER_CLIENT_BROKERCTL_PROVIDER_DEFINITION_FILE_H_
#define SESSIONBROKER_CLIENT_BROKERCTL_PROVIDER_DEFINITION_FILE_H_

#include <string>

#include "service/config/diagnostics.h"
#include "service/login/definitions.h"

namespace sessionbroker::brokerctl {

// Reads and checks the definition in `file`. Mistakes, also that it cannot be read, go into
// `diagnostics`.
login::CheckedDefinition ReadDefinitionFile(const std::string& file,
                                            config::Diagnostics* diagnostics);

}  // namespace sessionbroker::brokerctl

#endif  // SESSIONBROKER_CLIENT_BROKERCTL_PROVIDER_DEFINITION_FILE_H_
