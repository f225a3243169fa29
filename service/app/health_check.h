#ifndef SESSIONBROKER_SERVICE_APP_HEALTH_CHECK_H_
#define SESSIONBROKER_SERVICE_APP_HEALTH_CHECK_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "service/config/listen_address.h"

namespace sessionbroker::app {

// What is asked of a broker.
enum class HealthGoal {
  // That it serves: not while it drains, or is not fit to hand anything out.
  kServing,
  // That it answers at all, whatever it says: what it takes to be left running.
  kAnswering,
};

// Asks the broker that serves on a plaintext `address`; waits for the answer at most `timeout`. OK:
// the goal is met. UNAVAILABLE: it is not, or nobody answers; the text says which. Neither takes a
// proxy from the environment nor reads a configuration: a file that was changed, or is wrong, does
// not make a broker that serves look ill.
absl::Status CheckHealth(const config::ListenAddress& address, HealthGoal goal,
                         absl::Duration timeout);

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_HEALTH_CHECK_H_
