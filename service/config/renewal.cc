#include "service/config/renewal.h"

#include "absl/strings/str_cat.h"
#include "sessionbroker/yaml/v1/renewal.pb.h"

namespace sessionbroker::config {
namespace {

using Add = absl::FunctionRef<void(absl::string_view field, const std::string& message)>;

std::optional<int> ReadNumber(bool is_set, int number, int least, int most, absl::string_view field,
                              Add add) {
  if (!is_set) return std::nullopt;
  if (number >= least && number <= most) return number;
  add(field, absl::StrCat("expected ", least, " to ", most, ", found ", number));
  return std::nullopt;
}

std::optional<absl::Duration> ReadDuration(bool is_set, const google::protobuf::Duration& written,
                                           absl::Duration most, absl::string_view field, Add add) {
  if (!is_set) return std::nullopt;
  const absl::Duration duration =
      absl::Seconds(written.seconds()) + absl::Nanoseconds(written.nanos());
  if (duration >= absl::ZeroDuration() && duration <= most) return duration;
  add(field, absl::StrCat("expected 0s to ", absl::FormatDuration(most), ", found ",
                          absl::FormatDuration(duration)));
  return std::nullopt;
}

template <typename T>
std::optional<T> Or(const std::optional<T>& later, const std::optional<T>& earlier) {
  return later.has_value() ? later : earlier;
}

}  // namespace

Renewal ReadRenewal(const yaml::v1::Renewal& renewal, Add add) {
  return {
      .advisory_percent = ReadNumber(renewal.has_advisory_percent(), renewal.advisory_percent(), 0,
                                     100, "advisory_percent", add),
      .early_percent = ReadNumber(renewal.has_early_percent(), renewal.early_percent(), 0, 100,
                                  "early_percent", add),
      .mandatory_percent = ReadNumber(renewal.has_mandatory_percent(), renewal.mandatory_percent(),
                                      0, 100, "mandatory_percent", add),
      .mandatory_at_most =
          ReadDuration(renewal.has_mandatory_at_most(), renewal.mandatory_at_most(), absl::Hours(1),
                       "mandatory_at_most", add),
      .margin_percent = ReadNumber(renewal.has_margin_percent(), renewal.margin_percent(), 0, 99,
                                   "margin_percent", add),
      .margin_at_most = ReadDuration(renewal.has_margin_at_most(), renewal.margin_at_most(),
                                     absl::Minutes(10), "margin_at_most", add),
      .demand =
          ReadDuration(renewal.has_demand(), renewal.demand(), absl::Hours(24), "demand", add),
      .max_logins_per_hour =
          ReadNumber(renewal.has_max_logins_per_hour(), renewal.max_logins_per_hour(),
                     kMinLoginsPerHour, kMaxLoginsPerHour, "max_logins_per_hour", add)};
}

Renewal Joined(const Renewal& earlier, const Renewal& later) {
  return {.advisory_percent = Or(later.advisory_percent, earlier.advisory_percent),
          .early_percent = Or(later.early_percent, earlier.early_percent),
          .mandatory_percent = Or(later.mandatory_percent, earlier.mandatory_percent),
          .mandatory_at_most = Or(later.mandatory_at_most, earlier.mandatory_at_most),
          .margin_percent = Or(later.margin_percent, earlier.margin_percent),
          .margin_at_most = Or(later.margin_at_most, earlier.margin_at_most),
          .demand = Or(later.demand, earlier.demand),
          .max_logins_per_hour = Or(later.max_logins_per_hour, earlier.max_logins_per_hour)};
}

}  // namespace sessionbroker::config
