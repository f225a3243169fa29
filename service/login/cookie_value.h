#ifndef SESSIONBROKER_SERVICE_LOGIN_COOKIE_VALUE_H_
#define SESSIONBROKER_SERVICE_LOGIN_COOKIE_VALUE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace sessionbroker::login {

// INVALID_ARGUMENT where `value` has a character in it that no cookie can have (RFC 6265 section
// 4.1.1, cookie-octet; what is beyond ASCII may stand there, as servers send it).
absl::Status CheckCookieValue(absl::string_view value);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_COOKIE_VALUE_H_
