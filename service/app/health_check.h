#ifndef SESSIONBROKER_SERVICE_APP_HEALTH_CHECK_H_
#define SESSIONBROKER_SERVICE_APP_HEALTH_CHECK_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "service/config/listen_address.h"

namespace sessionbroker::app {

// Asks the broker that serves on a plaintext `address` whether it serves; waits for the answer at
// most `timeout`. OK: it does. UNAVAILABLE: it drains, or nobody answers; the text says which.
// Neither takes a proxy from the environment nor reads a configuration: a file that was changed, or
// is wrong, does not make a broker that serves look ill.
absl::Status CheckHealth(const config::ListenAddress& address, absl::Duration timeout);

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_HEALTH_CHECK_H_
