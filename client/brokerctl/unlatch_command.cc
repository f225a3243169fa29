#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/brokerctl/command.h"
#include "client/brokerctl/json.h"

namespace sessionbroker::brokerctl {
namespace {

using UnlatchResponse = admin::v1::UnlatchAccountResponse;

struct UnlatchArguments {
  std::string provider;
  std::string account;
  bool json = false;
};

std::string Describe(const UnlatchResponse& response) {
  switch (response.result()) {
    case UnlatchResponse::RESULT_WAS_LATCHED:
      return "the provider had refused the credentials; the next call logs in with them once "
             "more\n";
    case UnlatchResponse::RESULT_WAS_BACKING_OFF:
      return "the account rested after a login that failed; the next call logs in\n";
    case UnlatchResponse::RESULT_WAS_OUT_OF_LOGINS:
      return "the account had used up its logins of an hour; the next call logs in\n";
    case UnlatchResponse::RESULT_WAS_NEITHER:
      return "nothing stood against a login\n";
    default:
      return absl::StrCat("result ", response.result(), "\n");
  }
}

absl::Status Unlatch(const UnlatchArguments& arguments, const Environment& environment) {
  const absl::StatusOr<UnlatchResponse> response =
      environment.broker->UnlatchAccount(arguments.provider, arguments.account);
  if (!response.ok()) return response.status();
  *environment.out << (arguments.json ? ToJson(*response) : Describe(*response));
  return absl::OkStatus();
}

}  // namespace

Command AddUnlatchCommand(CLI::App* app) {
  CLI::App* command = app->add_subcommand(
      "unlatch",
      "Let an account log in again whose last login failed or was refused, or that has used up its "
      "logins");
  const auto arguments = std::make_shared<UnlatchArguments>();
  command->add_option("PROVIDER", arguments->provider, "The provider's name")->required();
  command->add_option("ACCOUNT", arguments->account, "The account's name")->required();
  command->add_flag("--json", arguments->json, "Print protobuf JSON");
  return {command,
          [arguments](const Environment& environment) { return Unlatch(*arguments, environment); }};
}

}  // namespace sessionbroker::brokerctl
