#include "service/login/retry_after.h"

#include <cstdint>
#include <string>

#include "service/login/http_date.h"
#include "service/login/integer.h"

namespace sessionbroker::login {

std::optional<absl::Duration> RetryAfter(const http::Response& response, absl::Time provider_now) {
  const std::string* header = response.FindHeader("Retry-After");
  if (header == nullptr) return std::nullopt;
  if (const std::optional<int64_t> seconds = ParseInteger(*header)) return absl::Seconds(*seconds);
  const std::optional<absl::Time> until = ParseHttpDate(*header);
  if (!until.has_value()) return std::nullopt;
  const std::string* date = response.FindHeader("Date");
  const std::optional<absl::Time> told = date == nullptr ? std::nullopt : ParseHttpDate(*date);
  return *until - told.value_or(provider_now);
}

}  // namespace sessionbroker::login
