#ifndef SESSIONBROKER_SERVICE_APP_CALL_STACK_H_
#define SESSIONBROKER_SERVICE_APP_CALL_STACK_H_

#include <memory>

#include "absl/status/statusor.h"
#include "service/app/logging_transport.h"
#include "service/base/clock.h"
#include "service/base/event_loop.h"
#include "service/calls/call_driver.h"
#include "service/config/settings.h"
#include "service/http/curl_transport.h"
#include "service/login/sequence_source.h"
#include "service/login/sequence_turns.h"
#include "service/sessions/session_manager.h"
#include "service/telemetry/log.h"
#include "service/telemetry/metrics.h"

namespace sessionbroker::app {

// All between a caller's request and the provider: the driver of calls, and a transport of their
// own, so that slow calls leave logins their room. Made by one thread.
class CallStack {
 public:
  // All outlive the stack; nothing runs on the loop any more when it goes.
  struct Surroundings {
    base::EventLoop* loop = nullptr;
    const base::Clock* clock = nullptr;
    telemetry::Metrics* metrics = nullptr;
    telemetry::Logger* log = nullptr;
    sessions::SessionManager* sessions = nullptr;
    login::SequenceSource* sequences = nullptr;
    login::SequenceTurns* turns = nullptr;
  };

  // Fails where the transport cannot be made: certificates that cannot be read.
  static absl::StatusOr<std::unique_ptr<CallStack>> Create(const config::Outbound& outbound,
                                                           const Surroundings& surroundings);

  calls::CallDriver& driver() { return *driver_; }

 private:
  explicit CallStack(const Surroundings& surroundings) : with_(surroundings) {}

  // Logs and counts what the driver has done.
  void Report(const calls::CallReport& report);

  const Surroundings with_;
  std::unique_ptr<http::CurlTransport> transport_;
  // Only where the log shows what it writes.
  std::unique_ptr<LoggingTransport> logging_transport_;
  std::unique_ptr<calls::CallDriver> driver_;
};

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_CALL_STACK_H_
