#ifndef SESSIONBROKER_CLIENT_BROKERCTL_PROVIDER_LATER_STEPS_H_
#define SESSIONBROKER_CLIENT_BROKERCTL_PROVIDER_LATER_STEPS_H_

#include <cstddef>
#include <string>

#include "service/login/program.h"

namespace sessionbroker::brokerctl {

// For each step after `first`, by index, a line on what it needs of the answers before it.
std::string DescribeLaterSteps(const login::Program& program, std::size_t first);

}  // namespace sessionbroker::brokerctl

#endif  // SESSIONBROKER_CLIENT_BROKERCTL_PROVIDER_LATER_STEPS_H_
