#ifndef SESSIONBROKER_TESTS_CLIENT_PROVIDER_TOOLS_H_
#define SESSIONBROKER_TESTS_CLIENT_PROVIDER_TOOLS_H_

#include <sstream>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/brokerctl/brokerctl.h"
#include "client/brokerctl/provider/commands.h"

namespace sessionbroker::brokerctl {

// What a command left behind.
struct Outcome {
  ExitCode code = ExitCode::kOk;
  std::string out;
  std::string err;
};

// `brokerctl provider ARGUMENTS` on 2026-11-21T00:00:00Z.
inline Outcome RunProvider(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"brokerctl", "provider"});
  std::vector<const char*> argv;
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  std::ostringstream out;
  std::ostringstream err;
  const ExitCode code = Run(
      static_cast<int>(argv.size()), argv.data(), [] { return absl::FromUnixSeconds(1795219200); },
      &out, &err, AddProviderCommands);
  return {code, out.str(), err.str()};
}

}  // namespace sessionbroker::brokerctl

#endif  // SESSIONBROKER_TESTS_CLIENT_PROVIDER_TOOLS_H_
