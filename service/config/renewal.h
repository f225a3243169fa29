#ifndef SESSIONBROKER_SERVICE_CONFIG_RENEWAL_H_
#define SESSIONBROKER_SERVICE_CONFIG_RENEWAL_H_

#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace sessionbroker::yaml::v1 {
class Renewal;
}  // namespace sessionbroker::yaml::v1

namespace sessionbroker::config {

// What a definition or an account says of when sessions are renewed, see
// proto/sessionbroker/yaml/v1/renewal.proto. Each field is within its own limits; what they mean
// together is login::CheckZones's. Unset: it does not say.
struct Renewal {
  std::optional<int> advisory_percent;
  std::optional<int> early_percent;
  std::optional<int> mandatory_percent;
  std::optional<absl::Duration> mandatory_at_most;
  std::optional<int> margin_percent;
  std::optional<absl::Duration> margin_at_most;
  std::optional<absl::Duration> demand;
  std::optional<int> max_logins_per_hour;

  friend bool operator==(const Renewal& a, const Renewal& b) = default;
};

// The limits of max_logins_per_hour, wherever it stands.
inline constexpr int kMinLoginsPerHour = 3;
inline constexpr int kMaxLoginsPerHour = 10000;

// `add` is told of each mistake: the field's name and what is wrong with it. A field with a mistake
// is unset.
Renewal ReadRenewal(
    const yaml::v1::Renewal& renewal,
    absl::FunctionRef<void(absl::string_view field, const std::string& message)> add);

// What `later` says, and where it does not, what `earlier` says.
Renewal Joined(const Renewal& earlier, const Renewal& later);

}  // namespace sessionbroker::config

#endif  // SESSIONBROKER_SERVICE_CONFIG_RENEWAL_H_
