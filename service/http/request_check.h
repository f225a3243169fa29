#ifndef SESSIONBROKER_SERVICE_HTTP_REQUEST_CHECK_H_
#define SESSIONBROKER_SERVICE_HTTP_REQUEST_CHECK_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/http/message.h"
#include "service/http/url.h"

namespace sessionbroker::http {

// Where `request` goes, if it can be sent as it stands. INVALID_ARGUMENT, with no byte of the
// request's path, query, header values or body:
//   method    not upper-case letters, or CONNECT or TRACE
//   url       as OriginOf, and a fragment
//   header    a name that is no token (RFC 9110 §5.6.2), a value with a control character other
//   than
//             a tab, or a name that the transport sets itself (Host, Content-Length, …)
//   body      with GET or HEAD
absl::StatusOr<Origin> CheckRequest(const Request& request);

// GET and HEAD, whose requests have no body.
bool IsBodiless(absl::string_view method);

}  // namespace sessionbroker::http

#endif  // SESSIONBROKER_SERVICE_HTTP_REQUEST_CHECK_H_
