#ifndef SESSIONBROKER_SERVICE_HTTP_UNSENT_H_
#define SESSIONBROKER_SERVICE_HTTP_UNSENT_H_

#include "absl/status/status.h"

namespace sessionbroker::http {

// The same error of a Transport, which says that no byte of the request was sent: nobody can have
// acted on it. Requires !status.ok().
absl::Status MarkUnsent(absl::Status status);

// Whether it says so. False: the server may have got the request, and done what it asks for.
bool IsUnsent(const absl::Status& status);

}  // namespace sessionbroker::http

#endif  // SESSIONBROKER_SERVICE_HTTP_UNSENT_H_
