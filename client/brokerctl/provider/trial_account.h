#ifndef SESSIONBROKER_CLIENT_BROKERCTL_PROVIDER_TRIAL_ACCOUNT_H_
#define SESSIONBROKER_CLIENT_BROKERCTL_PROVIDER_TRIAL_ACCOUNT_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "service/config/settings.h"
#include "service/login/account.h"
#include "service/login/program.h"

namespace sessionbroker::brokerctl {

// Where the command line takes an account from: an entry of a configuration, or options.
struct AccountArguments {
  // "CONFIG_FILE:ACCOUNT" or "CONFIG_FILE:PROVIDER/ACCOUNT"; empty: the options below.
  std::string entry;
  std::string base_url;
  std::vector<std::string> origins;
  // Each "NAME=VALUE".
  std::vector<std::string> parameters;
  // Each "NAME=FILE".
  std::vector<std::string> secrets;
  bool allow_secret_in_url = false;
};

// An account that a definition is tried with.
struct TrialAccount {
  std::shared_ptr<const login::Account> account;
  // Of the configuration, or its defaults.
  config::Outbound outbound;
};

// Reads what the arguments name, secrets too, and checks it against the program as the broker does.
// nullopt: `mistakes` has a line for each mistake. Takes secrets out of the environment, so call it
// before any thread starts.
std::optional<TrialAccount> ReadTrialAccount(const AccountArguments& arguments,
                                             std::shared_ptr<const login::Program> program,
                                             std::string* mistakes);

}  // namespace sessionbroker::brokerctl

#endif  // SESSIONBROKER_CLIENT_BROKERCTL_PROVIDER_TRIAL_ACCOUNT_H_
