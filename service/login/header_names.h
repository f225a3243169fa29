#ifndef SESSIONBROKER_SERVICE_LOGIN_HEADER_NAMES_H_
#define SESSIONBROKER_SERVICE_LOGIN_HEADER_NAMES_H_

#include "absl/strings/string_view.h"

namespace sessionbroker::login {

// A token (RFC 9110 section 5.6.2): what a header or a cookie may be called.
bool IsToken(absl::string_view name);

// A header that frames the message, names the peer or belongs to the connection, or the User-Agent:
// no definition may set it.
bool IsReservedHeader(absl::string_view name);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_HEADER_NAMES_H_
