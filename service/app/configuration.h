#ifndef SESSIONBROKER_SERVICE_APP_CONFIGURATION_H_
#define SESSIONBROKER_SERVICE_APP_CONFIGURATION_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "service/access/policy.h"
#include "service/app/grpc_server.h"
#include "service/config/diagnostics.h"
#include "service/config/settings.h"
#include "service/crypto/sealing.h"
#include "service/login/account.h"
#include "service/login/definitions.h"

namespace sessionbroker::app {

// Everything that the configuration file names, read and checked: what the broker is made of.
struct Configuration {
  config::Settings settings;
  std::vector<GrpcListener> listeners;
  std::shared_ptr<const login::DefinitionSet> definitions;
  std::vector<std::shared_ptr<const login::Account>> accounts;
  access::Policy policy;
  // Unset: there are none.
  std::optional<crypto::SealingKeys> sealing_keys;

  // What there is, for people: "3 accounts of 3 providers, …".
  std::string Summary() const;
};

// Reads `file` with all that it names: definitions, secrets, certificates. Every mistake goes into
// `diagnostics`, in the order of the files; one is enough for nothing. Secrets in the environment
// are wiped there, so call it before any thread starts.
std::optional<Configuration> LoadConfiguration(const std::string& file,
                                               config::Diagnostics* diagnostics);

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_CONFIGURATION_H_
