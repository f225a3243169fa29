#ifndef SESSIONBROKER_SERVICE_APP_AUDIT_H_
#define SESSIONBROKER_SERVICE_APP_AUDIT_H_

#include <memory>

#include "absl/status/statusor.h"
#include "service/access/buffered_audit_log.h"
#include "service/base/clock.h"
#include "service/base/event_loop.h"
#include "service/config/settings.h"
#include "service/sessions/account_event.h"
#include "service/telemetry/log.h"
#include "service/telemetry/metrics.h"

namespace sessionbroker::app {

// The audit log as it is configured, with the thread that writes it.
class Audit {
 public:
  // All pointers outlive it. UNAVAILABLE or FAILED_PRECONDITION where the file cannot be had.
  static absl::StatusOr<std::unique_ptr<Audit>> Start(const config::Audit& settings,
                                                      const base::Clock* clock,
                                                      telemetry::Metrics* metrics,
                                                      telemetry::Logger* log);
  // Writes what waits. Nobody records any more.
  ~Audit();
  Audit(const Audit&) = delete;
  Audit& operator=(const Audit&) = delete;

  access::AuditLog& log() { return *log_; }

  // Takes down what the broker did by itself.
  void Record(const sessions::AccountEvent& event);

 private:
  Audit() = default;

  std::unique_ptr<base::EventLoop> thread_;
  std::unique_ptr<access::BufferedAuditLog> log_;
};

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_AUDIT_H_
