#include "service/app/call_stack.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/crypto/random.h"
#include "service/login/answer_rules.h"
#include "service/telemetry/names.h"

namespace sessionbroker::app {
namespace {

// What the answer means, or the reason that there is none.
std::string OutcomeOf(const calls::CallReport& report) {
  if (absl::IsCancelled(report.status)) return "abandoned";
  if (!report.status.ok()) {
    return std::string(base::NameOf(base::DetailsOf(report.status).reason));
  }
  return report.outcome.has_value() ? std::string(login::NameOf(*report.outcome)) : "answered";
}

}  // namespace

absl::StatusOr<std::unique_ptr<CallStack>> CallStack::Create(const config::Outbound& outbound,
                                                             const Surroundings& surroundings) {
  auto stack = std::unique_ptr<CallStack>(new CallStack(surroundings));
  const auto in_flight = static_cast<std::size_t>(outbound.max_calls_in_flight);
  SB_ASSIGN_OR_RETURN(stack->transport_,
                      http::CurlTransport::Create({.max_in_flight = in_flight,
                                                   .max_connections = in_flight,
                                                   .user_agent = outbound.user_agent,
                                                   .ca_file = outbound.ca_file.value_or("")},
                                                  surroundings.loop, surroundings.clock));
  http::Transport* wire = stack->transport_.get();
  if (surroundings.log->Enabled(telemetry::LogLevel::kDebug)) {
    stack->logging_transport_ = std::make_unique<LoggingTransport>(wire, surroundings.log);
    wire = stack->logging_transport_.get();
  }
  stack->driver_ = std::make_unique<calls::CallDriver>(
      calls::CallDriver::Dependencies{.scheduler = surroundings.loop,
                                      .clock = surroundings.clock,
                                      .random = &crypto::SystemRandom(),
                                      .transport = wire,
                                      .sessions = surroundings.sessions,
                                      .sequences = surroundings.sequences,
                                      .turns = surroundings.turns},
      calls::CallDriver::Options{.timeout = outbound.call_timeout,
                                 .user_agent = outbound.user_agent},
      [raw = stack.get()](const calls::CallReport& report) { raw->Report(report); });
  return stack;
}

void CallStack::Report(const calls::CallReport& report) {
  const std::string outcome = OutcomeOf(report);
  const std::string& provider = report.account.provider;
  with_.metrics->CountCall(provider, outcome);
  if (report.tried.number) {
    with_.metrics->CountReplay(provider, login::NameOf(login::Outcome::kNonceRejected));
  }
  if (report.tried.session) {
    with_.metrics->CountReplay(provider, login::NameOf(login::Outcome::kSessionExpired));
  }
  const telemetry::LogLevel level =
      report.status.ok() ? telemetry::LogLevel::kDebug : telemetry::LogLevel::kWarning;
  if (!with_.log->Enabled(level)) return;
  with_.log->Log(level, telemetry::kCallEvent,
                 {{telemetry::kProviderField, provider},
                  {telemetry::kAccountField, report.account.account},
                  {telemetry::kCallerField, report.caller},
                  {telemetry::kMethodField, report.method},
                  {telemetry::kStatusField, static_cast<int64_t>(report.http_status)},
                  {telemetry::kOutcomeField, outcome},
                  {telemetry::kMessageField, std::string(report.status.message())},
                  {telemetry::kRequestsField, static_cast<int64_t>(report.sends)},
                  {telemetry::kBytesField, static_cast<int64_t>(report.answer_bytes)},
                  {telemetry::kDurationField, absl::ToDoubleMilliseconds(report.duration)},
                  {telemetry::kWaitedField, absl::ToDoubleMilliseconds(report.waited)}});
}

}  // namespace sessionbroker::app
