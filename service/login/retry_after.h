#ifndef SESSIONBROKER_SERVICE_LOGIN_RETRY_AFTER_H_
#define SESSIONBROKER_SERVICE_LOGIN_RETRY_AFTER_H_

#include <optional>

#include "absl/time/time.h"
#include "service/http/message.h"

namespace sessionbroker::login {

// How long an answer's Retry-After header (RFC 9110 section 10.2.3) says to wait: so many seconds,
// or until a time of the provider's clock, which shows what the answer's Date header says, or
// `provider_now` where it has none. nullopt: it says nothing that can be read.
std::optional<absl::Duration> RetryAfter(const http::Response& response, absl::Time provider_now);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_RETRY_AFTER_H_
