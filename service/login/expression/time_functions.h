#ifndef SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_TIME_FUNCTIONS_H_
#define SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_TIME_FUNCTIONS_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "service/login/expression/value.h"

namespace sessionbroker::login {

// CEL's bounds: a time within the years 1 to 9999, a duration of at most about 10,000 years either
// way. OUT_OF_RANGE outside of them.
absl::StatusOr<Value> CheckedTime(absl::Time time);
absl::StatusOr<Value> CheckedDuration(absl::Duration duration);

// Bodies of functions, functions.h.

// (int) → duration
absl::StatusOr<Value> SecondsToDuration(absl::Span<const Value> arguments);
absl::StatusOr<Value> MillisecondsToDuration(absl::Span<const Value> arguments);
// (int) → time
absl::StatusOr<Value> UnixSecondsToTime(absl::Span<const Value> arguments);
// (text) → time. The text is no secret: it is copied.
absl::StatusOr<Value> Rfc3339ToTime(absl::Span<const Value> arguments);
// (text, format: text) → time. The text is no secret: it is copied.
absl::StatusOr<Value> ParseTime(absl::Span<const Value> arguments);
// (time) → int
absl::StatusOr<Value> TimeToUnixSeconds(absl::Span<const Value> arguments);
absl::StatusOr<Value> TimeToUnixMilliseconds(absl::Span<const Value> arguments);
// (time) → text
absl::StatusOr<Value> TimeToRfc3339(absl::Span<const Value> arguments);
// (time, format: text) → text
absl::StatusOr<Value> FormatTime(absl::Span<const Value> arguments);

// Of a time in this format, date and time of day to the second can be told.
bool TellsTheSecond(absl::string_view format);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_TIME_FUNCTIONS_H_
