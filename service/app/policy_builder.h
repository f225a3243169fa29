#ifndef SESSIONBROKER_SERVICE_APP_POLICY_BUILDER_H_
#define SESSIONBROKER_SERVICE_APP_POLICY_BUILDER_H_

#include <optional>

#include "service/access/policy.h"
#include "service/config/diagnostics.h"
#include "service/config/settings.h"

namespace sessionbroker::app {

// The rules as the policy that decides. Mistakes go into `diagnostics`, each at its place; `known`
// are those that have been reported. Nothing where there is one of either.
std::optional<access::Policy> BuildPolicy(const config::Settings& settings,
                                          const config::Diagnostics& known,
                                          config::Diagnostics* diagnostics);

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_POLICY_BUILDER_H_
