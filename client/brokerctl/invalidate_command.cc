#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/brokerctl/command.h"
#include "client/brokerctl/json.h"

namespace sessionbroker::brokerctl {
namespace {

using InvalidateRequest = v1::InvalidateSessionRequest;
using InvalidateResponse = v1::InvalidateSessionResponse;

struct InvalidateArguments {
  std::string provider;
  std::string account;
  // 0: the current session's.
  int64_t version = 0;
  InvalidateRequest::Reason reason = InvalidateRequest::REASON_UNSPECIFIED;
  std::string detail;
  bool json = false;
};

// 0: none is alive.
absl::StatusOr<int64_t> CurrentVersion(const InvalidateArguments& arguments,
                                       const Environment& environment) {
  absl::StatusOr<std::vector<v1::Account>> accounts =
      environment.broker->ListAccounts(arguments.provider);
  if (!accounts.ok()) return accounts.status();
  for (const v1::Account& account : *accounts) {
    if (account.account() == arguments.account) return account.version();
  }
  return absl::NotFoundError(absl::StrCat("no account ", arguments.provider, "/", arguments.account,
                                          " that you may list"));
}

std::string Describe(const InvalidateResponse& response, int64_t version) {
  switch (response.result()) {
    case InvalidateResponse::RESULT_INVALIDATED:
      return absl::StrCat("version ", version, " is not handed out any more\n");
    case InvalidateResponse::RESULT_STALE_VERSION:
      if (response.version() == 0) return "no session is alive\n";
      return absl::StrCat("version ", version, " is not the current session, that is version ",
                          response.version(), "; nothing was changed\n");
    case InvalidateResponse::RESULT_PROBING:
      return absl::StrCat("the provider is being asked whether version ", version,
                          " is alive; ask again with `brokerctl get`\n");
    default:
      return absl::StrCat("result ", response.result(), "\n");
  }
}

absl::Status Invalidate(const InvalidateArguments& arguments, const Environment& environment) {
  int64_t version = arguments.version;
  if (version == 0) {
    const absl::StatusOr<int64_t> current = CurrentVersion(arguments, environment);
    if (!current.ok()) return current.status();
    version = *current;
  }
  if (version == 0) {
    *environment.out << "no session is alive\n";
    return absl::OkStatus();
  }
  const absl::StatusOr<InvalidateResponse> response = environment.broker->InvalidateSession(
      arguments.provider, arguments.account, version, arguments.reason, arguments.detail);
  if (!response.ok()) return response.status();
  *environment.out << (arguments.json ? ToJson(*response) : Describe(*response, version));
  return absl::OkStatus();
}

}  // namespace

Command AddInvalidateCommand(CLI::App* app) {
  CLI::App* command =
      app->add_subcommand("invalidate", "Report that the session of an account is dead");
  const auto arguments = std::make_shared<InvalidateArguments>();
  command->add_option("PROVIDER", arguments->provider, "The provider's name")->required();
  command->add_option("ACCOUNT", arguments->account, "The account's name")->required();
  command
      ->add_option("--version", arguments->version,
                   "The session that is dead; another than the current one changes nothing. "
                   "Default: the current one, which takes the right to list")
      ->check(CLI::PositiveNumber);
  command->add_option("--reason", arguments->reason, "For the broker's log: refused or logged-out")
      ->transform(CLI::CheckedTransformer(std::map<std::string, InvalidateRequest::Reason>{
          {"refused", InvalidateRequest::REASON_REFUSED},
          {"logged-out", InvalidateRequest::REASON_LOGGED_OUT}}));
  command->add_option("--detail", arguments->detail,
                      "The same in words, at most 200 bytes; no session id");
  command->add_flag("--json", arguments->json, "Print protobuf JSON");
  return {command, [arguments](const Environment& environment) {
            return Invalidate(*arguments, environment);
          }};
}

}  // namespace sessionbroker::brokerctl
