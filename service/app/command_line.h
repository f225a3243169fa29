#ifndef SESSIONBROKER_SERVICE_APP_COMMAND_LINE_H_
#define SESSIONBROKER_SERVICE_APP_COMMAND_LINE_H_

#include <optional>
#include <string>
#include <variant>

#include "service/app/health_check.h"
#include "service/config/listen_address.h"

namespace sessionbroker::app {

// What the process ends with; --help lists them too.
enum ExitCode : int {
  // Stopped by a signal after draining, or the configuration is in order, or the broker is healthy.
  kExitOk = 0,
  // The command line or the configuration has mistakes; stderr lists them.
  kExitRefused = 1,
  // The broker that was asked does not serve, or not answer. 1 because Docker reserves the others.
  kExitUnhealthy = 1,
  // Could not start: an address taken, the state directory in use; stderr says why.
  kExitCannotStart = 2,
};

// What the process was asked to do.
struct CommandLine {
  std::string config_file;
  // Only check the configuration.
  bool check_config = false;
  // Written once the broker serves; empty: none.
  std::string ready_file;
  // Only ask a broker that runs already.
  struct HealthQuestion {
    config::ListenAddress address;
    HealthGoal goal;
  };
  std::optional<HealthQuestion> health;
};

// The command line, or, where it asks for help or makes no sense, the code to exit with: everything
// has been said by then.
std::variant<CommandLine, ExitCode> ParseCommandLine(int argc, char** argv);

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_COMMAND_LINE_H_
