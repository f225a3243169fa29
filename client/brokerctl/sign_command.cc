#include <memory>
#include <utility>

#include "client/brokerctl/command.h"
#include "client/brokerctl/json.h"
#include "client/brokerctl/request_arguments.h"
#include "client/brokerctl/signed_request_text.h"

namespace sessionbroker::brokerctl {
namespace {

struct SignArguments {
  RequestArguments request;
  bool json = false;
  bool dry_run = false;
};

absl::Status Sign(const SignArguments& arguments, const Environment& environment) {
  absl::StatusOr<v1::HttpRequest> request = RequestOf(arguments.request);
  if (!request.ok()) return request.status();
  absl::StatusOr<v1::SignRequestResponse> response = environment.broker->SignRequest(
      arguments.request.provider, arguments.request.account, *std::move(request));
  if (!response.ok()) return response.status();
  if (arguments.dry_run) Redact(&*response);
  *environment.out << (arguments.json ? ToJson(*response)
                                      : DescribeSigned(*response, environment.now()));
  return absl::OkStatus();
}

}  // namespace

Command AddSignCommand(CLI::App* app) {
  CLI::App* command = app->add_subcommand(
      "sign", "Show a request complete, as it must be sent: whoever reads it can send it");
  const auto arguments = std::make_shared<SignArguments>();
  AddRequestArguments(command, &arguments->request);
  command->add_flag("--json", arguments->json, "Print protobuf JSON");
  command->add_flag(
      "--dry-run", arguments->dry_run,
      "Print \"<redacted>\" for what the broker added; a number of a sequence is used "
      "up all the same");
  return {command,
          [arguments](const Environment& environment) { return Sign(*arguments, environment); }};
}

}  // namespace sessionbroker::brokerctl
