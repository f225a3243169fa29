#ifndef SESSIONBROKER_SERVICE_APP_ACCOUNT_BUILDER_H_
#define SESSIONBROKER_SERVICE_APP_ACCOUNT_BUILDER_H_

#include <memory>
#include <vector>

#include "service/config/diagnostics.h"
#include "service/config/settings.h"
#include "service/login/account.h"
#include "service/login/definitions.h"
#include "service/login/program.h"
#include "service/secrets/environment_secrets.h"

namespace sessionbroker::app {

// Brings together what the configuration says of each account, the definition of its provider and
// its secrets, which are read here. Mistakes go into `diagnostics`, each at its line: a provider
// without a definition, a base URL that is none, a secret that cannot be read, and what
// login::CheckAccount finds. An account with a mistake is left out, and so is one
// whose definition has mistakes of its own.
std::vector<std::shared_ptr<const login::Account>> BuildAccounts(
    const config::Settings& settings, const login::DefinitionSet& definitions,
    const config::Diagnostics& known, secrets::EnvironmentSecrets* environment,
    config::Diagnostics* diagnostics);

// The same of one account and a program that may be in no set: what an author tries. nullptr: there
// is a mistake.
std::shared_ptr<const login::Account> BuildAccount(const config::Settings& settings,
                                                   const config::Account& account,
                                                   std::shared_ptr<const login::Program> program,
                                                   secrets::EnvironmentSecrets* environment,
                                                   config::Diagnostics* diagnostics);

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_ACCOUNT_BUILDER_H_
