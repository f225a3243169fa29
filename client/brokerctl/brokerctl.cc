#include "client/brokerctl/brokerctl.h"

#include <CLI/CLI.hpp>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/brokerctl/arguments.h"
#include "client/session_broker_client.h"

namespace sessionbroker::brokerctl {
namespace {

struct GlobalArguments {
  std::string address = "127.0.0.1:7480";
  std::string ca_file;
  absl::Duration timeout = absl::Seconds(30);
};

void AddGlobalArguments(CLI::App* app, GlobalArguments* arguments) {
  app->add_option("--address", arguments->address, "HOST:PORT or unix:/path of the broker")
      ->envname("SESSION_BROKER_ADDRESS")
      ->capture_default_str();
  app->add_option("--ca-file", arguments->ca_file,
                  "PEM file with the certificates that vouch for the broker; without it the "
                  "connection is plaintext")
      ->check(CLI::ExistingFile);
  AddDurationOption(app, "--timeout", &arguments->timeout, "Wait at most this long for each answer")
      ->default_str("30s");
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file) return absl::InvalidArgumentError("--ca-file: cannot read " + path);
  if (text.empty()) return absl::InvalidArgumentError("--ca-file: " + path + " is empty");
  return text;
}

absl::StatusOr<std::unique_ptr<client::SessionBrokerClient>> Connect(
    const GlobalArguments& arguments) {
  client::ConnectOptions options;
  options.address = arguments.address;
  options.timeout = arguments.timeout;
  if (!arguments.ca_file.empty()) {
    absl::StatusOr<std::string> certificates = ReadFile(arguments.ca_file);
    if (!certificates.ok()) return certificates.status();
    options.ca_certificates = *std::move(certificates);
  }
  return client::SessionBrokerClient::Create(options);
}

absl::Status RunCommand(const Command& command, const GlobalArguments& arguments,
                        const std::function<absl::Time()>& now, std::ostream* out) {
  const auto broker = Connect(arguments);
  if (!broker.ok()) return broker.status();
  return command.run({broker->get(), out, now});
}

}  // namespace

ExitCode Run(int argc, const char* const* argv, const std::function<absl::Time()>& now,
             std::ostream* out, std::ostream* err, const AddLocalCommands& add_local) {
  CLI::App app("Asks a session broker for sessions.", "brokerctl");
  app.require_subcommand(1);
  app.fallthrough();  // Global options may stand behind the subcommand.
  app.footer(kExitCodesHelp);
  GlobalArguments arguments;
  AddGlobalArguments(&app, &arguments);
  std::vector<Command> commands = {AddGetCommand(&app),        AddListCommand(&app),
                                   AddInvalidateCommand(&app), AddSignCommand(&app),
                                   AddCallCommand(&app),       AddUnlatchCommand(&app),
                                   AddStatusCommand(&app)};
  for (Command& command : AddNonceCommands(&app)) commands.push_back(std::move(command));
  std::vector<LocalCommand> local_commands;
  if (add_local) local_commands = add_local(&app);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error, *out, *err) == 0 ? ExitCode::kOk : ExitCode::kUsage;
  }
  for (const Command& command : commands) {
    if (!command.arguments->parsed()) continue;
    const absl::Status status = RunCommand(command, arguments, now, out);
    if (!status.ok()) *err << "brokerctl: " << DescribeError(status, arguments.address) << "\n";
    return ExitCodeOf(status);
  }
  for (const LocalCommand& command : local_commands) {
    if (command.arguments->parsed()) return command.run({out, err, now});
  }
  return ExitCode::kUsage;
}

}  // namespace sessionbroker::brokerctl
