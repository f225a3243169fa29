#ifndef SESSIONBROKER_SERVICE_APP_SECRET_SOURCE_H_
#define SESSIONBROKER_SERVICE_APP_SECRET_SOURCE_H_

#include "absl/status/statusor.h"
#include "service/config/settings.h"
#include "service/secrets/environment_secrets.h"
#include "service/secrets/secret.h"

namespace sessionbroker::app {

// Reads a secret from where the configuration says it is. Errors are those of the source.
absl::StatusOr<secrets::Secret> ReadSecret(const config::SecretSource& source,
                                           secrets::EnvironmentSecrets* environment);

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_SECRET_SOURCE_H_
