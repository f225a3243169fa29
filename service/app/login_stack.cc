#include "service/app/login_stack.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/crypto/random.h"
#include "service/telemetry/names.h"

namespace sessionbroker::app {

absl::StatusOr<std::unique_ptr<LoginStack>> LoginStack::Create(const config::Outbound& outbound,
                                                               const Surroundings& surroundings) {
  auto stack = std::unique_ptr<LoginStack>(new LoginStack(surroundings));
  const auto in_flight = static_cast<std::size_t>(outbound.max_logins_in_flight);
  SB_ASSIGN_OR_RETURN(stack->transport_,
                      http::CurlTransport::Create({.max_in_flight = in_flight,
                                                   .max_connections = in_flight,
                                                   .user_agent = outbound.user_agent,
                                                   .ca_file = outbound.ca_file.value_or("")},
                                                  surroundings.loop, surroundings.clock));
  stack->logging_transport_ =
      std::make_unique<LoggingTransport>(stack->transport_.get(), surroundings.log);
  stack->driver_ = std::make_unique<login::LoginDriver>(
      surroundings.loop, stack->logging_transport_.get(), surroundings.clock,
      &crypto::SystemRandom(),
      login::LoginDriver::Options{.max_in_flight = in_flight,
                                  .login_timeout = outbound.login_timeout,
                                  .request_timeout = outbound.request_timeout,
                                  .user_agent = outbound.user_agent},
      [raw = stack.get()](const login::LoginReport& report) { raw->Report(report); },
      surroundings.sources);
  stack->gate_ = std::make_unique<sessions::GatedAuthenticator>(
      stack->driver_.get(), surroundings.loop, surroundings.clock,
      sessions::GatedAuthenticator::Options{.longest_wait = outbound.login_timeout});
  return stack;
}

void LoginStack::Report(const login::LoginReport& report) {
  const std::string outcome(report.status.ok()
                                ? login::NameOf(report.outcome)
                                : base::NameOf(base::DetailsOf(report.status).reason));
  const char* event = telemetry::kLoginEvent;
  switch (report.conversation) {
    case login::Conversation::kLogin:  // The session manager counts it.
    case login::Conversation::kCall:   // No conversation of the driver.
      break;
    case login::Conversation::kProbe:
      event = telemetry::kProbeEvent;
      with_.metrics->CountProbe(report.account.id.provider, outcome);
      break;
    case login::Conversation::kLogout:
      event = telemetry::kLogoutEvent;
      with_.metrics->CountLogout(report.account.id.provider, outcome);
      break;
  }
  with_.log->Log(report.status.ok() ? telemetry::LogLevel::kInfo : telemetry::LogLevel::kWarning,
                 event,
                 {{telemetry::kProviderField, report.account.id.provider},
                  {telemetry::kAccountField, report.account.id.account},
                  {telemetry::kOutcomeField, outcome},
                  {telemetry::kMessageField, std::string(report.status.message())},
                  {telemetry::kDetailField, report.operator_detail},
                  {telemetry::kRequestsField, static_cast<int64_t>(report.requests)},
                  {telemetry::kDurationField, absl::ToDoubleMilliseconds(report.duration)},
                  {telemetry::kWaitedField, absl::ToDoubleMilliseconds(report.waited)}});
}

}  // namespace sessionbroker::app
