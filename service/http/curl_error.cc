#include "service/http/curl_error.h"

#include <openssl/x509.h>

#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace sessionbroker::http {
namespace {

enum class Detail { kNone, kErrno, kCertificate };

struct Row {
  CURLcode curl;
  absl::StatusCode code;
  const char* text;
  Detail detail = Detail::kNone;
};

// All that an http or https exchange with our options can end with. What is not here is an error
// that we do not know: UNAVAILABLE, with curl's constant text for the code.
constexpr Row kRows[] = {
    // Not sent.
    {CURLE_URL_MALFORMAT, absl::StatusCode::kInvalidArgument, "the URL is malformed"},

    // No connection.
    {CURLE_COULDNT_RESOLVE_HOST, absl::StatusCode::kUnavailable, "host name not found"},
    {CURLE_COULDNT_CONNECT, absl::StatusCode::kUnavailable, "not connected", Detail::kErrno},
    {CURLE_INTERFACE_FAILED, absl::StatusCode::kUnavailable, "not connected", Detail::kErrno},

    // TLS. Refusing a certificate is the server's or the operator's fault, never a reason to go on.
    {CURLE_SSL_CONNECT_ERROR, absl::StatusCode::kUnavailable, "TLS handshake failed"},
    {CURLE_PEER_FAILED_VERIFICATION, absl::StatusCode::kUnavailable, "TLS certificate refused",
     Detail::kCertificate},
    {CURLE_SSL_ISSUER_ERROR, absl::StatusCode::kUnavailable, "TLS certificate refused",
     Detail::kCertificate},
    {CURLE_SSL_INVALIDCERTSTATUS, absl::StatusCode::kUnavailable, "TLS certificate refused"},
    {CURLE_SSL_CACERT_BADFILE, absl::StatusCode::kUnavailable, "TLS CA file is not readable"},
    {CURLE_SSL_CIPHER, absl::StatusCode::kUnavailable, "TLS handshake failed: no common cipher"},
    {CURLE_SSL_CERTPROBLEM, absl::StatusCode::kUnavailable, "TLS handshake failed"},
    {CURLE_SSL_CLIENTCERT, absl::StatusCode::kUnavailable,
     "TLS handshake failed: the server wants a client certificate"},

    // Broken off. The first three become DATA_LOSS where an answer had begun.
    {CURLE_SEND_ERROR, absl::StatusCode::kUnavailable, "connection broke off", Detail::kErrno},
    {CURLE_RECV_ERROR, absl::StatusCode::kUnavailable, "connection broke off", Detail::kErrno},
    {CURLE_GOT_NOTHING, absl::StatusCode::kUnavailable, "connection closed without an answer"},
    // Our own callback, which forbids sending a request a second time.
    {CURLE_ABORTED_BY_CALLBACK, absl::StatusCode::kUnavailable,
     "a kept connection closed without an answer"},
    {CURLE_PARTIAL_FILE, absl::StatusCode::kDataLoss, "the answer broke off"},

    // Not HTTP.
    {CURLE_UNSUPPORTED_PROTOCOL, absl::StatusCode::kDataLoss, "the answer is not HTTP/1"},
    {CURLE_WEIRD_SERVER_REPLY, absl::StatusCode::kDataLoss, "the answer is not HTTP"},
    {CURLE_HTTP2, absl::StatusCode::kDataLoss, "the answer is not HTTP/1"},
    {CURLE_HTTP2_STREAM, absl::StatusCode::kDataLoss, "the answer is not HTTP/1"},
    {CURLE_BAD_CONTENT_ENCODING, absl::StatusCode::kDataLoss, "the answer has a bad encoding"},

    // Bounds. curl reports a header line above 100 KiB as OUT_OF_MEMORY.
    {CURLE_FILESIZE_EXCEEDED, absl::StatusCode::kResourceExhausted, "the answer is too large"},
    {CURLE_OUT_OF_MEMORY, absl::StatusCode::kResourceExhausted,
     "out of memory, or an answer's header is too long"},
    {CURLE_OPERATION_TIMEDOUT, absl::StatusCode::kDeadlineExceeded, "timed out"},
};

std::string DetailOf(Detail detail, const CurlFailure& failure) {
  switch (detail) {
    case Detail::kNone:
      return "";
    case Detail::kErrno:
      if (failure.os_errno == 0) return "";
      return absl::StrCat(": ",
                          std::generic_category().message(static_cast<int>(failure.os_errno)));
    case Detail::kCertificate:
      // curl compares the names itself, before it asks OpenSSL for its verdict.
      if (failure.verify_result == X509_V_OK || failure.verify_result == X509_V_ERR_UNSPECIFIED) {
        return ": it is not for this host";
      }
      return absl::StrCat(": ", X509_verify_cert_error_string(failure.verify_result));
  }
  return "";
}

bool BreaksOff(CURLcode code) {
  return code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING;
}

}  // namespace

absl::Status StatusOfCurl(const CurlFailure& failure) {
  if (failure.code == CURLE_OK) return absl::OkStatus();
  if (failure.answer_begun && BreaksOff(failure.code)) {
    return absl::DataLossError(absl::StrCat(failure.peer, ": the answer broke off"));
  }
  for (const Row& row : kRows) {
    if (row.curl != failure.code) continue;
    return absl::Status(row.code,
                        absl::StrCat(failure.peer, ": ", row.text, DetailOf(row.detail, failure)));
  }
  return absl::UnavailableError(
      absl::StrCat(failure.peer, ": exchange failed: ", curl_easy_strerror(failure.code)));
}

absl::Status CheckCurl(CURLcode code, const char* what) {
  if (code == CURLE_OK) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("curl: ", what, ": ", curl_easy_strerror(code)));
}

absl::Status CheckCurl(CURLMcode code, const char* what) {
  if (code == CURLM_OK) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("curl: ", what, ": ", curl_multi_strerror(code)));
}

}  // namespace sessionbroker::http
