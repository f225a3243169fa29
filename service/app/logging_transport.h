#ifndef SESSIONBROKER_SERVICE_APP_LOGGING_TRANSPORT_H_
#define SESSIONBROKER_SERVICE_APP_LOGGING_TRANSPORT_H_

#include "service/http/transport.h"
#include "service/telemetry/log.h"

namespace sessionbroker::app {

// A transport that writes a line at level debug for each exchange that ends: method, origin, status
// or error, sizes and duration. Neither path nor query, headers or body: secrets go there.
class LoggingTransport final : public http::Transport {
 public:
  // Both must outlive it.
  LoggingTransport(http::Transport* transport, telemetry::Logger* log)
      : transport_(transport), log_(log) {}

  ExchangeId Send(http::Request request, const http::SendOptions& options, Callback done) override;
  void Cancel(ExchangeId id) override { transport_->Cancel(id); }

 private:
  http::Transport* const transport_;
  telemetry::Logger* const log_;
};

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_LOGGING_TRANSPORT_H_
