#ifndef SESSIONBROKER_SERVICE_APP_CONFIGURATION_H_
#define SESSIONBROKER_SERVICE_APP_CONFIGURATION_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "service/access/policy.h"
#include "service/app/account_catalog.h"
#include "service/app/grpc_server.h"
#include "service/base/file_watch.h"
#include "service/config/diagnostics.h"
#include "service/config/settings.h"
#include "service/crypto/sealing.h"
#include "service/login/account.h"
#include "service/login/definitions.h"
#include "service/secrets/environment_secrets.h"

namespace sessionbroker::app {

// Everything that the configuration file names, read and checked: what the broker is made of.
struct Configuration {
  config::Settings settings;
  std::vector<GrpcListener> listeners;
  std::shared_ptr<const login::DefinitionSet> definitions;
  std::vector<std::shared_ptr<const login::Account>> accounts;
  // Those of account files. Not nullptr.
  std::shared_ptr<const AccountCatalog> catalog;
  access::Policy policy;
  // Unset: there are none.
  std::optional<crypto::SealingKeys> sealing_keys;

  // What there is, for people: "3 accounts of 3 providers, …".
  std::string Summary() const;
};

// What a load needs, and what it leaves besides.
struct LoadOptions {
  // Required. Variables are taken from there, and wiped in the process's environment unless it is
  // closed.
  secrets::EnvironmentSecrets* environment = nullptr;
  // What serves until now; nullptr: nothing does. What only a start can change is judged by it.
  const Configuration* before = nullptr;
  // Reads the secrets of accounts in account files too, and forgets them.
  bool read_all_secrets = false;
  // Gets all that was read or should have been; nullptr: is not asked for.
  base::WatchedPaths* sources = nullptr;
};

// Reads `file` with all that it names: definitions, secrets, certificates. Every mistake goes into
// `diagnostics`, in the order of the files; one is enough for nothing.
std::optional<Configuration> LoadConfiguration(const std::string& file, const LoadOptions& options,
                                               config::Diagnostics* diagnostics);

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_CONFIGURATION_H_
