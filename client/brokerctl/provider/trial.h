#ifndef SESSIONBROKER_CLIENT_BROKERCTL_PROVIDER_TRIAL_H_
#define SESSIONBROKER_CLIENT_BROKERCTL_PROVIDER_TRIAL_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/login/account.h"
#include "service/login/authenticator.h"
#include "service/login/grant.h"
#include "service/login/trace.h"

namespace sessionbroker::brokerctl {

struct TrialOptions {
  std::string user_agent;
  absl::Duration login_timeout;
  absl::Duration request_timeout;
  // Empty: the system's certificates.
  std::string ca_file;
  // What to do with the session, if there is one; both, in this order. Require that the program
  // can.
  bool probe = false;
  bool logout = false;
};

// What became of a login, and of the session that it gave.
struct TrialResult {
  absl::StatusOr<login::Grant> grant = absl::UnknownError("");
  // Unset: it was not asked after, or not ended.
  std::optional<absl::StatusOr<login::ProbeAnswer>> probe;
  std::optional<absl::Status> logout;
  // What the provider said to the last of them that failed, see login::Failure.
  std::string operator_detail;
  // Of the login alone.
  std::size_t requests = 0;
  absl::Duration duration;
};

// Logs in once and does what else the options say, with the broker's own driver and transport, and
// waits for the end. Sequences give ClockNumbers; nothing is kept from earlier logins, nor for
// later ones. `trace` is called on another thread until this returns. An error: it could not begin.
absl::StatusOr<TrialResult> TryLogin(const std::shared_ptr<const login::Account>& account,
                                     const TrialOptions& options, login::Trace* trace);

// Makes the first request, shows it to `trace` and sends nothing. An error: it cannot be made.
absl::Status ShowFirstRequest(std::shared_ptr<const login::Account> account,
                              const TrialOptions& options, absl::Time now, login::Trace* trace);

}  // namespace sessionbroker::brokerctl

#endif  // SESSIONBROKER_CLIENT_BROKERCTL_PROVIDER_TRIAL_H_
