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
  std::string cert_file;
  std::string key_file;
  std::string token_file;
  absl::Duration timeout = absl::Seconds(30);
};

void AddGlobalArguments(CLI::App* app, GlobalArguments* arguments) {
  app->add_option("--address", arguments->address, "HOST:PORT or unix:/path of the broker")
      ->envname("SESSION_BROKER_ADDRESS")
      ->capture_default_str();
  app->add_option("--ca-file", arguments->ca_file,
                  "PEM file with the certificates that vouch for the broker; without it the "
                  "connection is plaintext")
      ->envname("SESSION_BROKER_CA_FILE")
      ->check(CLI::ExistingFile);
  CLI::Option* const ca_file = app->get_option("--ca-file");
  CLI::Option* const cert_file =
      app->add_option("--cert-file", arguments->cert_file,
                      "PEM file with the client certificate to show, leaf first")
          ->envname("SESSION_BROKER_CERT_FILE")
          ->check(CLI::ExistingFile)
          ->needs(ca_file);
  CLI::Option* const key_file =
      app->add_option("--key-file", arguments->key_file, "PEM file with its key")
          ->envname("SESSION_BROKER_KEY_FILE")
          ->check(CLI::ExistingFile)
          ->needs(cert_file);
  cert_file->needs(key_file);
  app->add_option("--token-file", arguments->token_file, "File with the bearer token to show")
      ->envname("SESSION_BROKER_TOKEN_FILE")
      ->check(CLI::ExistingFile)
      ->needs(ca_file);
  AddDurationOption(app, "--timeout", &arguments->timeout, "Wait at most this long for each answer")
      ->default_str("30s");
}

// Empty where the option was not given.
absl::StatusOr<std::string> ReadFile(const std::string& option, const std::string& path) {
  if (path.empty()) return "";
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file) return absl::InvalidArgumentError(option + ": cannot read " + path);
  if (text.empty()) return absl::InvalidArgumentError(option + ": " + path + " is empty");
  return text;
}

absl::StatusOr<std::unique_ptr<client::SessionBrokerClient>> Connect(
    const GlobalArguments& arguments) {
  client::ConnectOptions options;
  options.address = arguments.address;
  options.timeout = arguments.timeout;
  options.token_file = arguments.token_file;
  const struct {
    const char* option;
    const std::string& path;
    std::string* text;
  } files[] = {{"--ca-file", arguments.ca_file, &options.ca_certificates},
               {"--cert-file", arguments.cert_file, &options.certificate_chain},
               {"--key-file", arguments.key_file, &options.private_key}};
  for (const auto& file : files) {
    absl::StatusOr<std::string> text = ReadFile(file.option, file.path);
    if (!text.ok()) return text.status();
    *file.text = *std::move(text);
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
                                   AddStatusCommand(&app),     AddAccessCommand(&app)};
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
