#include "client/brokerctl/url_encoded.h"

#include <cstddef>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"

namespace sessionbroker::brokerctl {

std::string Decoded(absl::string_view encoded) {
  std::string out;
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    const bool is_escape = encoded[i] == '%' && i + 2 < encoded.size() &&
                           absl::ascii_isxdigit(encoded[i + 1]) &&
                           absl::ascii_isxdigit(encoded[i + 2]);
    if (is_escape) {
      out += absl::HexStringToBytes(encoded.substr(i + 1, 2));
      i += 2;
    } else {
      out.push_back(encoded[i] == '+' ? ' ' : encoded[i]);
    }
  }
  return out;
}

std::vector<v1::Parameter> ParametersIn(absl::string_view encoded) {
  std::vector<v1::Parameter> parameters;
  for (const absl::string_view pair : absl::StrSplit(encoded, '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(pair, absl::MaxSplits('=', 1));
    v1::Parameter parameter;
    parameter.set_name(Decoded(parts.first));
    parameter.set_value(Decoded(parts.second));
    parameters.push_back(std::move(parameter));
  }
  return parameters;
}

}  // namespace sessionbroker::brokerctl
