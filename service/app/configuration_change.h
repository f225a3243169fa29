#ifndef SESSIONBROKER_SERVICE_APP_CONFIGURATION_CHANGE_H_
#define SESSIONBROKER_SERVICE_APP_CONFIGURATION_CHANGE_H_

#include <memory>
#include <string>
#include <vector>

#include "service/app/configuration.h"
#include "service/base/account_id.h"
#include "service/login/account.h"

namespace sessionbroker::app {

// What differs between two configurations, as far as a running broker can follow.
struct ConfigurationChange {
  bool rules = false;
  bool log_level = false;
  // What the files of certificates, authorities and keys of tokens hold.
  bool listeners = false;
  // Those that are new, and those that are not as they were, in the order of the file.
  std::vector<std::shared_ptr<const login::Account>> configured;
  std::vector<base::AccountId> removed;
  // Lines of account files; what has been built of them LazyAccounts compares, whose secrets may
  // differ where lines do not.
  bool catalog = false;

  bool accounts() const { return catalog || !configured.empty() || !removed.empty(); }
  bool empty() const { return !rules && !log_level && !listeners && !accounts(); }
};

ConfigurationChange Compare(const Configuration& now, const Configuration& next);

// Puts what only a start can change (where the broker listens, what lasts, how it speaks to
// providers) back into `next` as it is in `running`. Returns the fields that were different, e.g.
// "outbound.user_agent".
std::vector<std::string> KeepWhatCannotChange(const Configuration& running, Configuration* next);

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_CONFIGURATION_CHANGE_H_
