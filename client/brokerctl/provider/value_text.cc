#include "client/brokerctl/provider/value_text.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "client/brokerctl/format.h"

namespace sessionbroker::brokerctl {

std::string ValueText(const login::Value& value) {
  using login::Type;
  switch (value.type()) {
    case Type::kText:
      return Printable(value.text());
    case Type::kBytes:
      return absl::BytesToHexString(value.bytes());
    case Type::kInt:
      return absl::StrCat(value.int_value());
    case Type::kBool:
      return value.bool_value() ? "true" : "false";
    case Type::kTime:
      return absl::FormatTime(absl::RFC3339_full, value.time(), absl::UTCTimeZone());
    case Type::kDuration:
      return absl::FormatDuration(value.duration());
    case Type::kParams:
      break;
  }
  std::vector<std::string> pairs;
  for (const login::Param& param : value.params()) {
    pairs.push_back(
        absl::StrCat("\"", Printable(param.name()), "\" = \"", Printable(param.value()), "\""));
  }
  return absl::StrJoin(pairs, ", ");
}

absl::string_view TaintText(login::Taint taint) {
  switch (taint) {
    case login::Taint::kConstant:
      return "constant: nothing of a secret, the same for every login";
    case login::Taint::kFresh:
      return "fresh: nothing of a secret, new with each login";
    case login::Taint::kSealed:
      return "sealed: made of a secret and something fresh; for login requests only";
    case login::Taint::kRaw:
      return "raw: as good as the secret; for login requests only";
  }
  return "";
}

}  // namespace sessionbroker::brokerctl
