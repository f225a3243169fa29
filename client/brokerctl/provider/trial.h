#ifndef SESSIONBROKER_CLIENT_BROKERCTL_PROVIDER_TRIAL_H_
#define SESSIONBROKER_CLIENT_BROKERCTL_PROVIDER_TRIAL_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/login/account.h"
#include "service/login/grant.h"
#include "service/login/trace.h"

namespace sessionbroker::brokerctl {

struct TrialOptions {
  std::string user_agent;
  absl::Duration login_timeout;
  absl::Duration request_timeout;
  // Empty: the system's certificates.
  std::string ca_file;
};

// What became of a login.
struct TrialResult {
  absl::StatusOr<login::Grant> grant = absl::UnknownError("");
  // What the provider said, see login::Failure.
  std::string operator_detail;
  std::size_t requests = 0;
  absl::Duration duration;
};

// Logs in once, with the broker's own driver and transport, and waits for the end. Sequences give
// ClockNumbers; nothing is kept from earlier logins, nor for later ones. `trace` is called on
// another thread until this returns. An error: it could not begin.
absl::StatusOr<TrialResult> TryLogin(std::shared_ptr<const login::Account> account,
                                     const TrialOptions& options, login::Trace* trace);

// Makes the first request, shows it to `trace` and sends nothing. An error: it cannot be made.
absl::Status ShowFirstRequest(std::shared_ptr<const login::Account> account,
                              const TrialOptions& options, absl::Time now, login::Trace* trace);

}  // namespace sessionbroker::brokerctl

#endif  // SESSIONBROKER_CLIENT_BROKERCTL_PROVIDER_TRIAL_H_
