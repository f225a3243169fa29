#ifndef SESSIONBROKER_CLIENT_BROKERCTL_ARGUMENTS_H_
#define SESSIONBROKER_CLIENT_BROKERCTL_ARGUMENTS_H_

#include <CLI/App.hpp>
#include <string>

#include "absl/time/time.h"

namespace sessionbroker::brokerctl {

// An option that takes "90s", "5m", "1h30m" …; refuses what is negative, infinite or no duration.
// `value` keeps its default where the option is not given.
CLI::Option* AddDurationOption(CLI::App* app, const std::string& name, absl::Duration* value,
                               const std::string& about);

}  // namespace sessionbroker::brokerctl

#endif  // SESSIONBROKER_CLIENT_BROKERCTL_ARGUMENTS_H_
