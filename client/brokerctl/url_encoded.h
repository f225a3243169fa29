#ifndef SESSIONBROKER_CLIENT_BROKERCTL_URL_ENCODED_H_
#define SESSIONBROKER_CLIENT_BROKERCTL_URL_ENCODED_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "sessionbroker/v1/session_broker.pb.h"

namespace sessionbroker::brokerctl {

// What is percent-encoded, or in a form, as plain text: "%41+b" is "A b". What is no escape stays.
std::string Decoded(absl::string_view encoded);

// The pairs of "a=1&b=2", decoded.
std::vector<v1::Parameter> ParametersIn(absl::string_view encoded);

}  // namespace sessionbroker::brokerctl

#endif  // SESSIONBROKER_CLIENT_BROKERCTL_URL_ENCODED_H_
