#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/brokerctl/command.h"
#include "client/brokerctl/json.h"
#include "client/brokerctl/request_arguments.h"
#include "client/brokerctl/signed_request_text.h"

namespace sessionbroker::brokerctl {
namespace {

struct CallArguments {
  RequestArguments request;
  bool include = false;
  bool json = false;
  bool dry_run = false;
};

// The answer as curl shows it: its body, or with `include` what stands before it, too.
std::string Describe(const v1::HttpResponse& response, bool include) {
  std::string text;
  if (include) {
    absl::StrAppend(&text, "HTTP ", response.status(), "\n");
    for (const v1::Header& header : response.headers()) {
      absl::StrAppend(&text, header.name(), ": ", header.value(), "\n");
    }
    absl::StrAppend(&text, "\n");
  }
  absl::StrAppend(&text, response.body());
  return text;
}

// What would be sent, as SignRequest has it, without what the broker adds.
absl::Status DryRun(const CallArguments& arguments, v1::HttpRequest request,
                    const Environment& environment) {
  absl::StatusOr<v1::SignRequestResponse> response = environment.broker->SignRequest(
      arguments.request.provider, arguments.request.account, std::move(request));
  if (!response.ok()) return response.status();
  Redact(&*response);
  *environment.out << (arguments.json ? ToJson(*response)
                                      : DescribeSigned(*response, environment.now()));
  return absl::OkStatus();
}

absl::Status Call(const CallArguments& arguments, const Environment& environment) {
  absl::StatusOr<v1::HttpRequest> request = RequestOf(arguments.request);
  if (!request.ok()) return request.status();
  if (arguments.dry_run) return DryRun(arguments, *std::move(request), environment);
  const absl::StatusOr<v1::CallProviderResponse> response = environment.broker->CallProvider(
      arguments.request.provider, arguments.request.account, *std::move(request));
  if (!response.ok()) return response.status();
  *environment.out << (arguments.json ? ToJson(*response)
                                      : Describe(response->response(), arguments.include));
  return absl::OkStatus();
}

}  // namespace

Command AddCallCommand(CLI::App* app) {
  CLI::App* command = app->add_subcommand(
      "call", "Have the broker send a request to the provider, and show the answer");
  const auto arguments = std::make_shared<CallArguments>();
  AddRequestArguments(command, &arguments->request);
  command->add_flag("-i,--include", arguments->include, "Show status and headers, too");
  command->add_flag("--json", arguments->json, "Print protobuf JSON");
  command->add_flag(
      "--dry-run", arguments->dry_run,
      "Send nothing; show the request with \"<redacted>\" for what the broker adds. It "
      "takes the right to sign, and a number of a sequence is used up all the same");
  return {command,
          [arguments](const Environment& environment) { return Call(*arguments, environment); }};
}

}  // namespace sessionbroker::brokerctl
