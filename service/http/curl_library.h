#ifndef SESSIONBROKER_SERVICE_HTTP_CURL_LIBRARY_H_
#define SESSIONBROKER_SERVICE_HTTP_CURL_LIBRARY_H_

#include "absl/status/status.h"

namespace sessionbroker::http {

// Sets libcurl up for this process, once; later calls return the first one's result. To be called
// before any other use of curl and before other threads read the environment. From then on all that
// curl frees is wiped: it copies URLs, headers and bodies. SSLKEYLOGFILE, to which libcurl would
// write the keys of TLS sessions, is taken out of the environment.
//
// FAILED_PRECONDITION where the library cannot do TLS or would block on name look-ups.
absl::Status SetUpCurl();

}  // namespace sessionbroker::http

#endif  // SESSIONBROKER_SERVICE_HTTP_CURL_LIBRARY_H_
