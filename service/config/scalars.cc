#include "service/config/scalars.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace sessionbroker::config {
namespace {

// The limit that google/protobuf/duration.proto gives.
constexpr std::int64_t kMaxSeconds = 315'576'000'000;

// Digits without a leading zero. absl::SimpleAtoi also takes blanks, "+" and "010".
bool IsDecimal(absl::string_view text) {
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return false;
  for (const char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return false;
  }
  return true;
}

// "ValueType" gives "VALUE_TYPE_".
std::string PrefixOf(const google::protobuf::EnumDescriptor& type) {
  std::string prefix;
  for (const char c : type.name()) {
    if (absl::ascii_isupper(static_cast<unsigned char>(c)) && !prefix.empty()) prefix += '_';
    prefix += absl::ascii_toupper(static_cast<unsigned char>(c));
  }
  return prefix + "_";
}

}  // namespace

absl::StatusOr<std::int64_t> ParseInteger(absl::string_view text, std::int64_t least,
                                          std::int64_t most) {
  if (!IsDecimal(absl::StripPrefix(text, "-"))) {
    return absl::InvalidArgumentError("an integer");
  }
  std::int64_t value = 0;
  if (!absl::SimpleAtoi(text, &value) || value < least || value > most) {
    return absl::InvalidArgumentError(absl::StrCat("an integer from ", least, " to ", most));
  }
  return value;
}

absl::StatusOr<absl::Duration> ParseDuration(absl::string_view text) {
  absl::Duration duration;
  if (!absl::ParseDuration(text, &duration) ||
      absl::AbsDuration(duration) == absl::InfiniteDuration()) {
    return absl::InvalidArgumentError("a length of time such as 500ms, 30s, 24m or 1h30m");
  }
  if (duration < absl::ZeroDuration()) {
    return absl::InvalidArgumentError("a length of time that is not negative");
  }
  if (duration > absl::Seconds(kMaxSeconds)) {
    return absl::InvalidArgumentError(
        absl::StrCat("a length of time of at most ", kMaxSeconds, "s"));
  }
  return duration;
}

std::string NameInYaml(const google::protobuf::EnumValueDescriptor& value) {
  const std::string prefix = PrefixOf(*value.type());
  return absl::AsciiStrToLower(absl::StripPrefix(absl::string_view(value.name()), prefix));
}

std::vector<std::string> NamesInYaml(const google::protobuf::EnumDescriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() != 0) names.push_back(NameInYaml(*type.value(i)));
  }
  return names;
}

}  // namespace sessionbroker::config
