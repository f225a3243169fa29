#ifndef SESSIONBROKER_CLIENT_BROKERCTL_PROVIDER_COMMANDS_H_
#define SESSIONBROKER_CLIENT_BROKERCTL_PROVIDER_COMMANDS_H_

#include <CLI/App.hpp>
#include <vector>

#include "client/brokerctl/command.h"

namespace sessionbroker::brokerctl {

// Adds `provider` with its subcommands: the tools of those who write definitions.
std::vector<LocalCommand> AddProviderCommands(CLI::App* app);

// Each adds one of them to `provider`; a file each.
LocalCommand AddProviderCheckCommand(CLI::App* provider);
LocalCommand AddProviderEvalCommand(CLI::App* provider);
LocalCommand AddProviderTryCommand(CLI::App* provider);

}  // namespace sessionbroker::brokerctl

#endif  // SESSIONBROKER_CLIENT_BROKERCTL_PROVIDER_COMMANDS_H_
