#ifndef SESSIONBROKER_SERVICE_LOGIN_INTEGER_H_
#define SESSIONBROKER_SERVICE_LOGIN_INTEGER_H_

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace sessionbroker::login {

// An integer of 64 bits in decimal: an optional "-", then digits and nothing else, as providers
// write one in a JSON number or a text. nullopt: it is not one.
std::optional<int64_t> ParseInteger(absl::string_view text);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_INTEGER_H_
