#ifndef SESSIONBROKER_CLIENT_BROKERCTL_PROVIDER_VALUE_TEXT_H_
#define SESSIONBROKER_CLIENT_BROKERCTL_PROVIDER_VALUE_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "service/login/expression/taint.h"
#include "service/login/expression/value.h"

namespace sessionbroker::brokerctl {

// A value for people: text and bytes (as hex) bare, a time as RFC 3339, params as name and value in
// quotes, one pair a line.
std::string ValueText(const login::Value& value);

// What may be done with a value of this taint.
absl::string_view TaintText(login::Taint taint);

}  // namespace sessionbroker::brokerctl

#endif  // SESSIONBROKER_CLIENT_BROKERCTL_PROVIDER_VALUE_TEXT_H_
