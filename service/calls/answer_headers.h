#ifndef SESSIONBROKER_SERVICE_CALLS_ANSWER_HEADERS_H_
#define SESSIONBROKER_SERVICE_CALLS_ANSWER_HEADERS_H_

#include <vector>

#include "service/http/message.h"
#include "service/login/additions.h"

namespace sessionbroker::calls {

// What a caller gets of an answer's headers, in their order: all but
//   those that frame the message or belong to the connection, and what `Connection` names
//   those that set or ask for credentials: Set-Cookie, WWW-Authenticate, …
//   those in whose value something appears that was added to the request
// A value that is not UTF-8 is read as ISO-8859-1, as HTTP once had it.
std::vector<http::Header> HeadersForCaller(std::vector<http::Header> headers,
                                           const std::vector<login::Added>& added);

}  // namespace sessionbroker::calls

#endif  // SESSIONBROKER_SERVICE_CALLS_ANSWER_HEADERS_H_
