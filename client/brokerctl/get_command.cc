#include <memory>
#include <string>

#include "client/brokerctl/arguments.h"
#include "client/brokerctl/command.h"
#include "client/brokerctl/json.h"
#include "client/brokerctl/redact.h"
#include "client/brokerctl/session_text.h"

namespace sessionbroker::brokerctl {
namespace {

struct GetArguments {
  std::string provider;
  std::string account;
  absl::Duration min_validity;
  bool json = false;
  bool reveal = false;
};

absl::Status Get(const GetArguments& arguments, const Environment& environment) {
  absl::StatusOr<v1::Session> session =
      environment.broker->GetSession(arguments.provider, arguments.account, arguments.min_validity);
  if (!session.ok()) return session.status();
  if (!arguments.reveal) Redact(&*session);
  *environment.out << (arguments.json ? ToJson(*session)
                                      : DescribeSession(*session, environment.now()));
  return absl::OkStatus();
}

}  // namespace

Command AddGetCommand(CLI::App* app) {
  CLI::App* command =
      app->add_subcommand("get", "Show the live session of an account; log in if there is none");
  const auto arguments = std::make_shared<GetArguments>();
  command->add_option("PROVIDER", arguments->provider, "The provider's name")->required();
  command->add_option("ACCOUNT", arguments->account, "The account's name")->required();
  AddDurationOption(command, "--min-validity", &arguments->min_validity,
                    "The session must stay usable this long, e.g. 5m");
  command->add_flag("--json", arguments->json, "Print protobuf JSON");
  command->add_flag("--reveal", arguments->reveal,
                    "Print the session id in full: whoever reads it has the session");
  return {command,
          [arguments](const Environment& environment) { return Get(*arguments, environment); }};
}

}  // namespace sessionbroker::brokerctl
