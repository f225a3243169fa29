#ifndef SESSIONBROKER_SERVICE_HTTP_CURL_ERROR_H_
#define SESSIONBROKER_SERVICE_HTTP_CURL_ERROR_H_

#include <curl/curl.h>

#include <string>

#include "absl/status/status.h"

namespace sessionbroker::http {

// What is known of an exchange that curl ended with an error. curl's own error text is not among
// it: it may hold parts of the URL.
struct CurlFailure {
  CURLcode code = CURLE_OK;
  // "host:port".
  std::string peer;
  // CURLINFO_OS_ERRNO.
  long os_errno = 0;
  // CURLINFO_SSL_VERIFYRESULT, an X509_V_ERR_….
  long verify_result = 0;
  // Some bytes of an answer arrived.
  bool answer_begun = false;
};

// The error that a Transport reports, by the one table of CURLcodes. CURLE_OK gives OK.
absl::Status StatusOfCurl(const CurlFailure& failure);

// For calls that fail only where memory runs out or the library is not what we expect.
absl::Status CheckCurl(CURLcode code, const char* what);
absl::Status CheckCurl(CURLMcode code, const char* what);

}  // namespace sessionbroker::http

#endif  // SESSIONBROKER_SERVICE_HTTP_CURL_ERROR_H_
