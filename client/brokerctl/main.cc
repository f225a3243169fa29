#include <cstdlib>
#include <iostream>

#include "absl/time/clock.h"
#include "client/brokerctl/brokerctl.h"
#include "client/brokerctl/provider/commands.h"

int main(int argc, char** argv) {
  // An error is one line; gRPC would add its own.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  return static_cast<int>(sessionbroker::brokerctl::Run(
      argc, argv, [] { return absl::Now(); }, &std::cout, &std::cerr,
      sessionbroker::brokerctl::AddProviderCommands));
}
