#include "service/login/zone_policy.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace sessionbroker::login {
namespace {

absl::Status CheckPercent(absl::string_view field, int actual, int limit) {
  if (actual >= 0 && actual <= limit) return absl::OkStatus();
  return base::MakeError(base::Reason::kInvalidArgument,
                         absl::StrCat(field, ": from 0 to ", limit, ", got ", actual));
}

absl::Status CheckDuration(absl::string_view field, absl::Duration actual) {
  if (actual >= absl::ZeroDuration()) return absl::OkStatus();
  return base::MakeError(base::Reason::kInvalidArgument,
                         absl::StrCat(field, ": at least 0, got ", absl::FormatDuration(actual)));
}

}  // namespace

absl::Status CheckZones(const ZonePolicy& policy) {
  SB_RETURN_IF_ERROR(CheckPercent("advisory_percent", policy.advisory_percent, 100));
  SB_RETURN_IF_ERROR(
      CheckPercent("early_percent", policy.early_percent, 100 - policy.advisory_percent));
  SB_RETURN_IF_ERROR(
      CheckPercent("mandatory_percent", policy.mandatory_percent, policy.advisory_percent));
  SB_RETURN_IF_ERROR(CheckPercent("margin_percent", policy.margin_percent, 99));
  SB_RETURN_IF_ERROR(CheckDuration("mandatory_at_most", policy.mandatory_at_most));
  return CheckDuration("margin_at_most", policy.margin_at_most);
}

ZonePolicy ZonesOf(const config::Renewal& renewal) {
  const ZonePolicy otherwise;
  return {.advisory_percent = renewal.advisory_percent.value_or(otherwise.advisory_percent),
          .early_percent = renewal.early_percent.value_or(otherwise.early_percent),
          .mandatory_percent = renewal.mandatory_percent.value_or(otherwise.mandatory_percent),
          .mandatory_at_most = renewal.mandatory_at_most.value_or(otherwise.mandatory_at_most),
          .margin_percent = renewal.margin_percent.value_or(otherwise.margin_percent),
          .margin_at_most = renewal.margin_at_most.value_or(otherwise.margin_at_most)};
}

}  // namespace sessionbroker::login
