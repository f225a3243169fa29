#include "service/login/expression/time_functions.h"

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "service/base/status_macros.h"

namespace sessionbroker::login {
namespace {

// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z, google/protobuf/timestamp.proto.
constexpr int64_t kFirstSecond = -62135596800;
constexpr int64_t kLastSecond = 253402300799;
// google/protobuf/duration.proto.
constexpr int64_t kLongestDurationInSeconds = 315576000000;

}  // namespace

absl::StatusOr<Value> CheckedTime(absl::Time time) {
  if (time < absl::FromUnixSeconds(kFirstSecond) ||
      time >= absl::FromUnixSeconds(kLastSecond + 1)) {
    return absl::OutOfRangeError("the time is not within the years 1 to 9999");
  }
  return Value::Time(time);
}

absl::StatusOr<Value> CheckedDuration(absl::Duration duration) {
  if (absl::AbsDuration(duration) > absl::Seconds(kLongestDurationInSeconds)) {
    return absl::OutOfRangeError("the duration is longer than 315,576,000,000 s");
  }
  return Value::Duration(duration);
}

absl::StatusOr<Value> SecondsToDuration(absl::Span<const Value> arguments) {
  return CheckedDuration(absl::Seconds(arguments[0].int_value()));
}

absl::StatusOr<Value> MillisecondsToDuration(absl::Span<const Value> arguments) {
  return CheckedDuration(absl::Milliseconds(arguments[0].int_value()));
}

absl::StatusOr<Value> UnixSecondsToTime(absl::Span<const Value> arguments) {
  return CheckedTime(absl::FromUnixSeconds(arguments[0].int_value()));
}

absl::StatusOr<Value> Rfc3339ToTime(absl::Span<const Value> arguments) {
  // absl::ParseTime takes more than RFC 3339: white space around, "infinite-future", short fields.
  static constexpr absl::string_view kShape = "dddd-dd-ddTdd:dd:dd";
  const absl::string_view text = arguments[0].text();
  bool fits = text.size() > kShape.size() && absl::ascii_isalnum(text.back());
  for (std::size_t i = 0; fits && i < kShape.size(); ++i) {
    fits = kShape[i] == 'd' ? absl::ascii_isdigit(text[i]) : text[i] == kShape[i];
  }
  absl::Time time;
  std::string error;
  if (!fits || !absl::ParseTime(absl::RFC3339_full, text, &time, &error)) {
    return absl::InvalidArgumentError("the text is not an RFC 3339 time");
  }
  return CheckedTime(time);
}

absl::StatusOr<Value> TimeToUnixSeconds(absl::Span<const Value> arguments) {
  return Value::Int(absl::ToUnixSeconds(arguments[0].time()));
}

absl::StatusOr<Value> TimeToUnixMilliseconds(absl::Span<const Value> arguments) {
  return Value::Int(absl::ToUnixMillis(arguments[0].time()));
}

absl::StatusOr<Value> TimeToRfc3339(absl::Span<const Value> arguments) {
  SB_ASSIGN_OR_RETURN(const Value time, CheckedTime(arguments[0].time()));
  return Value::Text(absl::FormatTime("%E4Y-%m-%dT%H:%M:%SZ", time.time(), absl::UTCTimeZone()));
}

}  // namespace sessionbroker::login
