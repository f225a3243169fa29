#include "service/http/curl_easy.h"

#include <algorithm>

#include "service/base/status_macros.h"

namespace sessionbroker::http {
namespace {

struct LongOption {
  CURLoption option;
  long value;
};

constexpr LongOption kLongOptions[] = {
    // Nothing but one exchange with the server that the URL names. Alt-Svc is off unless
    // ALTSVC_CTRL is set; curl takes no 0 there.
    {CURLOPT_FOLLOWLOCATION, 0},
    {CURLOPT_MAXREDIRS, 0},
    {CURLOPT_NETRC, CURL_NETRC_IGNORED},
    {CURLOPT_HSTS_CTRL, 0},
    {CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_NONE)},
    {CURLOPT_UNRESTRICTED_AUTH, 0},
    {CURLOPT_DISALLOW_USERNAME_IN_URL, 1},

    // The message as it is. HTTP/1.1 alone: one exchange at a time on a connection, so nothing is
    // ever sent a second time behind our back (a stream refused by HTTP/2 is), and the answer's
    // bytes are bounded by what we read.
    {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
    {CURLOPT_HTTP09_ALLOWED, 0},
    {CURLOPT_PATH_AS_IS, 1},
    {CURLOPT_TRANSFER_ENCODING, 0},
    {CURLOPT_HTTP_TRANSFER_DECODING, 1},
    {CURLOPT_HTTP_CONTENT_DECODING, 0},
    {CURLOPT_IGNORE_CONTENT_LENGTH, 0},
    {CURLOPT_AUTOREFERER, 0},
    {CURLOPT_HEADER, 0},
    {CURLOPT_FAILONERROR, 0},
    {CURLOPT_BUFFERSIZE, 8192},

    // TLS 1.2 and later, certificate and host name verified.
    {CURLOPT_SSL_VERIFYPEER, 1},
    {CURLOPT_SSL_VERIFYHOST, 2},
    {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
    {CURLOPT_SSL_OPTIONS, 0},
    // A changed CA file counts after this many seconds.
    {CURLOPT_CA_CACHE_TIMEOUT, 300},

    // The event loop's thread: no signals, no waiting. QUICK_EXIT lets an exchange that times out
    // or is cancelled leave its resolver thread; curl would join it, and block until the look-up is
    // over.
    {CURLOPT_NOSIGNAL, 1},
    {CURLOPT_QUICK_EXIT, 1},
    {CURLOPT_NOPROGRESS, 1},
    {CURLOPT_VERBOSE, 0},

    {CURLOPT_TCP_NODELAY, 1},
    {CURLOPT_TCP_KEEPALIVE, 1},
    {CURLOPT_FORBID_REUSE, 0},
};

struct TextOption {
  CURLoption option;
  const char* value;
};

constexpr TextOption kTextOptions[] = {
    {CURLOPT_PROTOCOLS_STR, "http,https"},
    {CURLOPT_REDIR_PROTOCOLS_STR, "http,https"},
    // "" is "none, whatever http_proxy says"; nullptr would read the environment.
    {CURLOPT_PROXY, ""},
    {CURLOPT_PRE_PROXY, nullptr},
    {CURLOPT_NOPROXY, "*"},
    {CURLOPT_NETRC_FILE, nullptr},
    // nullptr keeps the cookie engine off; "" would turn it on.
    {CURLOPT_COOKIEFILE, nullptr},
    {CURLOPT_COOKIE, nullptr},
    {CURLOPT_ACCEPT_ENCODING, nullptr},
    {CURLOPT_USERPWD, nullptr},
    {CURLOPT_DOH_URL, nullptr},
    {CURLOPT_UNIX_SOCKET_PATH, nullptr},
};

long ToCurlSeconds(absl::Duration duration) {
  return std::max<long>(1, absl::ToInt64Seconds(std::min(duration, absl::Hours(24))));
}

}  // namespace

long ToCurlMilliseconds(absl::Duration duration) {
  const absl::Duration bounded = std::clamp(duration, absl::Milliseconds(1), absl::Hours(24 * 24));
  return absl::ToInt64Milliseconds(absl::Ceil(bounded, absl::Milliseconds(1)));
}

absl::Status ResetToPolicy(CURL* easy, const CurlOptions& options) {
  curl_easy_reset(easy);
  for (const LongOption& option : kLongOptions) {
    SB_RETURN_IF_ERROR(SetOption(easy, option.option, option.value));
  }
  for (const TextOption& option : kTextOptions) {
    SB_RETURN_IF_ERROR(SetOption(easy, option.option, option.value));
  }
  const LongOption kFromOptions[] = {
      {CURLOPT_MAXAGE_CONN, ToCurlSeconds(options.max_idle)},
      {CURLOPT_DNS_CACHE_TIMEOUT, ToCurlSeconds(options.dns_cache)},
      {CURLOPT_TCP_KEEPIDLE, ToCurlSeconds(options.tcp_keepalive)},
      {CURLOPT_TCP_KEEPINTVL, ToCurlSeconds(options.tcp_keepalive)},
  };
  for (const LongOption& option : kFromOptions) {
    SB_RETURN_IF_ERROR(SetOption(easy, option.option, option.value));
  }
  SB_RETURN_IF_ERROR(SetOption(easy, CURLOPT_USERAGENT, options.user_agent.c_str()));
  if (!options.ca_file.empty()) {
    SB_RETURN_IF_ERROR(SetOption(easy, CURLOPT_CAINFO, options.ca_file.c_str()));
    SB_RETURN_IF_ERROR(SetOption(easy, CURLOPT_CAPATH, static_cast<const char*>(nullptr)));
  }
  return absl::OkStatus();
}

}  // namespace sessionbroker::http
