#include <memory>
#include <string>
#include <vector>

#include "client/brokerctl/account_text.h"
#include "client/brokerctl/command.h"
#include "client/brokerctl/json.h"

namespace sessionbroker::brokerctl {
namespace {

struct ListArguments {
  std::string provider;
  bool json = false;
};

absl::Status List(const ListArguments& arguments, const Environment& environment) {
  absl::StatusOr<std::vector<v1::Account>> accounts =
      environment.broker->ListAccounts(arguments.provider);
  if (!accounts.ok()) return accounts.status();
  if (arguments.json) {
    v1::ListAccountsResponse all;
    for (v1::Account& account : *accounts) *all.add_accounts() = std::move(account);
    *environment.out << ToJson(all);
  } else {
    *environment.out << DescribeAccounts(*accounts, environment.now());
  }
  return absl::OkStatus();
}

}  // namespace

Command AddListCommand(CLI::App* app) {
  CLI::App* command =
      app->add_subcommand("list", "List the accounts that you may list and how each stands");
  const auto arguments = std::make_shared<ListArguments>();
  command->add_option("PROVIDER", arguments->provider, "Only this provider's accounts");
  command->add_flag("--json", arguments->json, "Print protobuf JSON");
  return {command,
          [arguments](const Environment& environment) { return List(*arguments, environment); }};
}

}  // namespace sessionbroker::brokerctl
