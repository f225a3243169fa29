#ifndef SESSIONBROKER_SERVICE_APP_ACCOUNT_BUILDER_H_
#define SESSIONBROKER_SERVICE_APP_ACCOUNT_BUILDER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "service/base/account_id.h"
#include "service/config/diagnostics.h"
#include "service/config/settings.h"
#include "service/config/source_map.h"
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

// Whether an account's secrets are read while it is built, or it is only checked.
enum class SecretReading { kNow, kLater };

// What an account is built with that stands on a line of an account file.
struct LineSurroundings {
  const config::SourceMap& places;
  // Empty: there is none.
  absl::string_view secret_file_template;
  SecretReading secrets = SecretReading::kNow;
};

// The same for such an account. Requires that none of its secrets is in the environment.
std::shared_ptr<const login::Account> BuildAccountOfLine(const config::Account& account,
                                                         const LineSurroundings& with,
                                                         const login::DefinitionSet& definitions,
                                                         config::Diagnostics* diagnostics);

// Where the secret `name` of an account lies by Settings::secret_file_template.
std::string SecretFileOf(absl::string_view path_template, base::AccountIdView account,
                         absl::string_view name);

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_ACCOUNT_BUILDER_H_
