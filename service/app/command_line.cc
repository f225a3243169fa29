#include "service/app/command_line.h"

#include <CLI/CLI.hpp>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "service/app/version.h"

namespace sessionbroker::app {
namespace {

constexpr char kDescription[] =
    "Logs in to third-party HTTP APIs on behalf of its callers and hands out sessions that work "
    "now.";

// Where an image's configuration has its Unix socket.
constexpr char kDefaultHealthAddress[] = "unix:/run/session-broker/broker.sock";

constexpr char kFooter[] = R"(Exit codes:
  0  stopped by SIGTERM or SIGINT once logins under way had ended; or the configuration is in order;
     or the broker asked by --health serves, by --alive answers
  1  the command line or the configuration has mistakes; stderr has one a line,
     file:line:column: field: what is wrong; or the broker asked by --health or --alive does not
  2  could not start: an address is taken, the state directory is in use, ...; stderr says why
  128+N  ended at once by a second signal, number N

Signals:
  SIGTERM, SIGINT  stop: health turns to NOT_SERVING, logins under way may finish within 10 seconds;
                   a second one ends the process at once

The log goes to stderr, one JSON object a line. The configuration file is described field by field in
docs/configuration.md; docs/examples/demo.yaml is one to start from.)";

}  // namespace

std::variant<CommandLine, ExitCode> ParseCommandLine(int argc, char** argv) {
  CommandLine command_line;
  CLI::App app(kDescription, "session-broker");
  app.footer(kFooter);
  app.set_version_flag("--version", absl::StrCat("session-broker ", Version()),
                       "Print the version and exit");
  app.add_option("--config", command_line.config_file, "The configuration, a YAML file")
      ->type_name("FILE");
  app.add_flag(
      "--check-config", command_line.check_config,
      "Check the configuration with all that it names (definitions, secrets, certificates), "
      "report every mistake and exit; nothing is started or changed");
  app.add_option(
         "--ready-file", command_line.ready_file,
         "Write this file once callers are served, and remove it at the end: a JSON object "
         "with \"pid\", \"listeners\" and \"admin\", the addresses as they are bound (a port 0 "
         "is resolved)")
      ->type_name("FILE");
  std::string asked_address;
  const auto add_question = [&](const char* name, const char* about) {
    return app
        .add_option(name, asked_address,
                    absl::StrCat(about,
                                 ": asks on this plaintext address (HOST:PORT or unix:PATH), waits "
                                 "at most 3 seconds and exits. Without one: ",
                                 kDefaultHealthAddress))
        ->type_name("[ADDRESS]")
        ->expected(0, 1);
  };
  CLI::Option* health = add_question("--health", "Tell whether the broker that runs serves");
  CLI::Option* alive =
      add_question("--alive", "Tell whether the broker that runs answers, serving or not");
  alive->excludes(health);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitRefused;
  }
  if (const CLI::Option* asked = health->count() > 0 ? health : alive; asked->count() > 0) {
    absl::StatusOr<config::ListenAddress> address = config::ListenAddress::Create(
        asked_address.empty() ? kDefaultHealthAddress : asked_address, "");
    if (!address.ok()) {
      app.exit(CLI::ValidationError(asked->get_name(),
                                    absl::StrCat("expected ", address.status().message())));
      return kExitRefused;
    }
    command_line.health = {.address = *std::move(address),
                           .goal = asked == health ? HealthGoal::kServing : HealthGoal::kAnswering};
    return command_line;
  }
  // Asked for here and not by CLI11, which would report it instead of a flag that it does not know.
  if (command_line.config_file.empty()) {
    app.exit(CLI::RequiredError("--config"));
    return kExitRefused;
  }
  return command_line;
}

}  // namespace sessionbroker::app
