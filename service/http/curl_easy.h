#ifndef SESSIONBROKER_SERVICE_HTTP_CURL_EASY_H_
#define SESSIONBROKER_SERVICE_HTTP_CURL_EASY_H_

#include <curl/curl.h>

#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "service/http/curl_error.h"
#include "service/http/curl_options.h"

namespace sessionbroker::http {

struct CurlEasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using CurlEasy = std::unique_ptr<CURL, CurlEasyDeleter>;

struct CurlListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using CurlList = std::unique_ptr<curl_slist, CurlListDeleter>;

// curl_easy_setopt, checked.
template <typename T>
absl::Status SetOption(CURL* easy, CURLoption option, T value) {
  const CURLcode code = curl_easy_setopt(easy, option, value);
  if (code == CURLE_OK) return absl::OkStatus();
  return CheckCurl(code, curl_easy_option_by_id(option)->name);
}

// Resets `easy` and sets all that is the same for every exchange. curl's defaults look at the
// environment, home directory and answers (proxies, .netrc, cookies, redirects, Alt-Svc): each is
// set here, none is relied on.
absl::Status ResetToPolicy(CURL* easy, const CurlOptions& options);

// For curl's …_MS options: rounded up, at least 1 (0 means no limit to curl), at most 24 days.
long ToCurlMilliseconds(absl::Duration duration);

}  // namespace sessionbroker::http

#endif  // SESSIONBROKER_SERVICE_HTTP_CURL_EASY_H_
