#ifndef SESSIONBROKER_CLIENT_BROKERCTL_BROKERCTL_H_
#define SESSIONBROKER_CLIENT_BROKERCTL_BROKERCTL_H_

#include <functional>
#include <ostream>

#include "absl/time/time.h"
#include "client/brokerctl/command.h"
#include "client/brokerctl/error_report.h"

namespace sessionbroker::brokerctl {

// brokerctl from its command line to its exit code. `now` tells the wall time, which "in 4m 30s"
// counts from. Results go to `out`, one line about an error to `err`. `add_local`, which may be
// empty, adds subcommands to those that ask a broker.
ExitCode Run(int argc, const char* const* argv, const std::function<absl::Time()>& now,
             std::ostream* out, std::ostream* err, const AddLocalCommands& add_local = nullptr);

}  // namespace sessionbroker::brokerctl

#endif  // SESSIONBROKER_CLIENT_BROKERCTL_BROKERCTL_H_
