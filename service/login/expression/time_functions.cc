#include "service/login/expression/time_functions.h"

#include <cstdint>

#include "absl/status/status.h"

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

absl::StatusOr<Value> UnixSecondsToTime(absl::Span<const Value> arguments) {
  return CheckedTime(absl::FromUnixSeconds(arguments[0].int_value()));
}

absl::StatusOr<Value> TimeToUnixSeconds(absl::Span<const Value> arguments) {
  return Value::Int(absl::ToUnixSeconds(arguments[0].time()));
}

}  // namespace sessionbroker::login
