#ifndef SESSIONBROKER_SERVICE_LOGIN_HTTP_DATE_H_
#define SESSIONBROKER_SERVICE_LOGIN_HTTP_DATE_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace sessionbroker::login {

// The time that a header or cookie tells: RFC 9110 section 5.6.7 (all three forms), and the dashes
// that cookies have. nullopt: it is none.
std::optional<absl::Time> ParseHttpDate(absl::string_view text);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_HTTP_DATE_H_
