#ifndef SESSIONBROKER_CLIENT_BROKERCTL_COMMAND_H_
#define SESSIONBROKER_CLIENT_BROKERCTL_COMMAND_H_

#include <CLI/App.hpp>
#include <functional>
#include <ostream>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/brokerctl/error_report.h"
#include "client/session_broker_client.h"

namespace sessionbroker::brokerctl {

// What a subcommand works with.
struct Environment {
  client::SessionBrokerClient* broker;
  std::ostream* out;
  // Asked once the answer is there: what "in 4m 30s" counts from.
  std::function<absl::Time()> now;
};

// A subcommand: its part of the command line, and what it does once that was parsed.
struct Command {
  CLI::App* arguments;
  // Writes its result to `out`; an error writes nothing.
  std::function<absl::Status(const Environment&)> run;
};

// What a subcommand works with that needs no broker.
struct LocalEnvironment {
  std::ostream* out;
  std::ostream* err;
  // The wall time.
  std::function<absl::Time()> now;
};

// A subcommand that needs no broker. It reports its own errors.
struct LocalCommand {
  CLI::App* arguments;
  std::function<ExitCode(const LocalEnvironment&)> run;
};

// Adds such subcommands to the command line.
using AddLocalCommands = std::function<std::vector<LocalCommand>(CLI::App*)>;

// Each adds one subcommand, or a group of them, to the command line; a file each.
Command AddGetCommand(CLI::App* app);
Command AddListCommand(CLI::App* app);
Command AddInvalidateCommand(CLI::App* app);
Command AddSignCommand(CLI::App* app);
Command AddCallCommand(CLI::App* app);
Command AddUnlatchCommand(CLI::App* app);
Command AddStatusCommand(CLI::App* app);
Command AddAccessCommand(CLI::App* app);
std::vector<Command> AddNonceCommands(CLI::App* app);

}  // namespace sessionbroker::brokerctl

#endif  // SESSIONBROKER_CLIENT_BROKERCTL_COMMAND_H_
