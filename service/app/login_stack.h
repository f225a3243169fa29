#ifndef SESSIONBROKER_SERVICE_APP_LOGIN_STACK_H_
#define SESSIONBROKER_SERVICE_APP_LOGIN_STACK_H_

#include <memory>

#include "absl/status/statusor.h"
#include "service/app/logging_transport.h"
#include "service/base/clock.h"
#include "service/base/event_loop.h"
#include "service/config/settings.h"
#include "service/http/curl_transport.h"
#include "service/login/authenticator.h"
#include "service/login/driver.h"
#include "service/sessions/gated_authenticator.h"
#include "service/telemetry/log.h"
#include "service/telemetry/metrics.h"

namespace sessionbroker::app {

// All between a session's keeper and the provider: the gate of each origin, the driver of logins,
// the transport. Made by one thread.
class LoginStack {
 public:
  // All outlive the stack; nothing runs on the loop any more when it goes. `sources` as the
  // driver's.
  struct Surroundings {
    base::EventLoop* loop = nullptr;
    const base::Clock* clock = nullptr;
    telemetry::Metrics* metrics = nullptr;
    telemetry::Logger* log = nullptr;
    login::LoginDriver::Sources sources;
  };

  // Fails where the transport cannot be made: certificates that cannot be read.
  static absl::StatusOr<std::unique_ptr<LoginStack>> Create(const config::Outbound& outbound,
                                                            const Surroundings& surroundings);

  login::Authenticator& authenticator() { return *gate_; }

 private:
  explicit LoginStack(const Surroundings& surroundings) : with_(surroundings) {}

  // Logs what the driver has done, and counts what nobody else does.
  void Report(const login::LoginReport& report);

  const Surroundings with_;
  std::unique_ptr<http::CurlTransport> transport_;
  std::unique_ptr<LoggingTransport> logging_transport_;
  std::unique_ptr<login::LoginDriver> driver_;
  std::unique_ptr<sessions::GatedAuthenticator> gate_;
};

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_LOGIN_STACK_H_
