#include "service/login/expression/time_functions.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "service/base/status_macros.h"

namespace sessionbroker::login {
namespace {

// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z, google/protobuf/timestamp.proto.
constexpr int64_t kFirstSecond = -62135596800;
constexpr int64_t kLastSecond = 253402300799;
// google/protobuf/duration.proto.
constexpr int64_t kLongestDurationInSeconds = 315576000000;
// Of a format, and of a text that has one.
constexpr std::size_t kMaxFormatSizeInBytes = 256;

// What a field of a format tells of a time.
enum Part : unsigned {
  kYear = 1,
  kMonth = 2,
  kDay = 4,
  kHour = 8,
  kMinute = 16,
  kSecond = 32,
  kAll = kYear | kMonth | kDay | kHour | kMinute | kSecond,
};

// Takes a field, without its `%`, off the front of `*rest` and returns the parts that it tells.
// Nothing if it is none that absl/time/time.h has on every platform.
std::optional<unsigned> TakeField(absl::string_view* rest) {
  struct Row {
    const char* field;
    unsigned parts;
  };
  static constexpr Row kRows[] = {
      {"Y", kYear},
      {"E4Y", kYear},
      {"y", kYear},
      {"m", kMonth},
      {"b", kMonth},
      {"B", kMonth},
      {"d", kDay},
      {"e", kDay},
      {"j", kMonth | kDay},
      {"H", kHour},
      {"M", kMinute},
      {"S", kSecond},
      {"E*S", kSecond},
      {"F", kYear | kMonth | kDay},
      {"R", kHour | kMinute},
      {"T", kHour | kMinute | kSecond},
      {"s", kAll},
      {"I", 0},
      {"p", 0},
      {"a", 0},
      {"A", 0},
      {"z", 0},
      {"Ez", 0},
      {"Z", 0},
      {"E*f", 0},
      {"%", 0},
  };
  for (const Row& row : kRows) {
    if (absl::ConsumePrefix(rest, row.field)) return row.parts;
  }
  // Seconds or their fraction with so many digits.
  if (rest->size() > 2 && (*rest)[0] == 'E' && absl::ascii_isdigit((*rest)[1]) &&
      ((*rest)[2] == 'S' || (*rest)[2] == 'f')) {
    const unsigned parts = (*rest)[2] == 'S' ? static_cast<unsigned>(kSecond) : 0U;
    rest->remove_prefix(3);
    return parts;
  }
  return std::nullopt;
}

// The parts that its fields tell, or where in it the first unknown one begins.
struct FormatParts {
  unsigned parts = 0;
  std::optional<std::size_t> unknown_at;
};

FormatParts PartsOf(absl::string_view format) {
  FormatParts result;
  absl::string_view rest = format;
  while (!rest.empty()) {
    const std::size_t at = format.size() - rest.size();
    if (!absl::ConsumePrefix(&rest, "%")) {
      rest.remove_prefix(1);
      continue;
    }
    const std::optional<unsigned> parts = TakeField(&rest);
    if (!parts.has_value()) {
      result.unknown_at = at;
      return result;
    }
    result.parts |= *parts;
  }
  return result;
}

absl::Status CheckFormat(absl::string_view format) {
  if (format.size() > kMaxFormatSizeInBytes) {
    return absl::InvalidArgumentError(absl::StrCat("a format has at most ", kMaxFormatSizeInBytes,
                                                   " bytes, this has ", format.size()));
  }
  if (const auto unknown_at = PartsOf(format).unknown_at; unknown_at.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the format has an unknown field at offset ", *unknown_at));
  }
  return absl::OkStatus();
}

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

absl::StatusOr<Value> ParseTime(absl::Span<const Value> arguments) {
  const absl::string_view text = arguments[0].text();
  const absl::string_view format = arguments[1].text();
  SB_RETURN_IF_ERROR(CheckFormat(format));
  absl::Time time;
  std::string error;
  // absl::ParseTime takes white space around, and "infinite-future" whatever the format.
  if (text.empty() || text.size() > kMaxFormatSizeInBytes || absl::ascii_isspace(text.front()) ||
      absl::ascii_isspace(text.back()) || !absl::ParseTime(format, text, &time, &error) ||
      time == absl::InfiniteFuture() || time == absl::InfinitePast()) {
    return absl::InvalidArgumentError("the text is not a time in this format");
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

absl::StatusOr<Value> FormatTime(absl::Span<const Value> arguments) {
  SB_ASSIGN_OR_RETURN(const Value time, CheckedTime(arguments[0].time()));
  SB_RETURN_IF_ERROR(CheckFormat(arguments[1].text()));
  return Value::Text(absl::FormatTime(arguments[1].text(), time.time(), absl::UTCTimeZone()));
}

bool TellsTheSecond(absl::string_view format) {
  const FormatParts parts = PartsOf(format);
  return !parts.unknown_at.has_value() && parts.parts == kAll;
}

}  // namespace sessionbroker::login
