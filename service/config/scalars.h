#ifndef SESSIONBROKER_SERVICE_CONFIG_SCALARS_H_
#define SESSIONBROKER_SERVICE_CONFIG_SCALARS_H_

#include <google/protobuf/descriptor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace sessionbroker::config {

// An integer in decimal, without leading zeros or "+", from `least` to `most`. Errors say what was
// expected, not what was found.
absl::StatusOr<std::int64_t> ParseInteger(absl::string_view text, std::int64_t least,
                                          std::int64_t most);

// A length of time that is not negative, in Go's notation: "500ms", "24m", "1h30m". At most what
// google.protobuf.Duration holds, about 10,000 years.
absl::StatusOr<absl::Duration> ParseDuration(absl::string_view text);

// How `value` is written in YAML: lower case without the enum's prefix, "ok" for OUTCOME_OK.
std::string NameInYaml(const google::protobuf::EnumValueDescriptor& value);

// All names of `type` but the one for 0, which is not written.
std::vector<std::string> NamesInYaml(const google::protobuf::EnumDescriptor& type);

}  // namespace sessionbroker::config

#endif  // SESSIONBROKER_SERVICE_CONFIG_SCALARS_H_
