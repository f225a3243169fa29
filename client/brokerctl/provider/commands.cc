#include "client/brokerctl/provider/commands.h"

namespace sessionbroker::brokerctl {

std::vector<LocalCommand> AddProviderCommands(CLI::App* app) {
  CLI::App* provider =
      app->add_subcommand("provider", "Check and try provider definitions, without a broker");
  provider->require_subcommand(1);
  return {AddProviderCheckCommand(provider), AddProviderEvalCommand(provider),
          AddProviderTryCommand(provider)};
}

}  // namespace sessionbroker::brokerctl
