#include "service/app/logging_transport.h"

#include <string>
#include <utility>

#include "service/http/url.h"
#include "service/telemetry/names.h"

namespace sessionbroker::app {
namespace {

using telemetry::LogLevel;

void LogAnswer(telemetry::Logger& log, const std::string& method, const std::string& origin,
               const absl::StatusOr<http::Response>& answer) {
  if (!answer.ok()) {
    log.Log(LogLevel::kDebug, telemetry::kExchangeEvent,
            {{telemetry::kMethodField, method},
             {telemetry::kOriginField, origin},
             {telemetry::kOutcomeField, absl::StatusCodeToString(answer.status().code())},
             {telemetry::kDetailField, std::string(answer.status().message())}});
    return;
  }
  log.Log(LogLevel::kDebug, telemetry::kExchangeEvent,
          {{telemetry::kMethodField, method},
           {telemetry::kOriginField, origin},
           {telemetry::kStatusField, static_cast<int64_t>(answer->status)},
           {telemetry::kBytesField, static_cast<int64_t>(answer->body.size())},
           {telemetry::kDurationField, absl::ToDoubleMilliseconds(answer->elapsed)}});
}

}  // namespace

http::Transport::ExchangeId LoggingTransport::Send(http::Request request,
                                                   const http::SendOptions& options,
                                                   Callback done) {
  if (!log_->Enabled(LogLevel::kDebug)) {
    return transport_->Send(std::move(request), options, std::move(done));
  }
  const absl::StatusOr<http::Origin> origin = http::OriginOf(request.url);
  const std::string method = request.method;
  return transport_->Send(std::move(request), options,
                          [log = log_, method, origin = origin.ok() ? origin->ToString() : "",
                           done = std::move(done)](absl::StatusOr<http::Response> answer) mutable {
                            LogAnswer(*log, method, origin, answer);
                            std::move(done)(std::move(answer));
                          });
}

}  // namespace sessionbroker::app
