#include "service/http/curl_exchange.h"

#include <sys/socket.h>

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/base/status_macros.h"
#include "service/http/request_check.h"
#include "service/http/unsent.h"
#include "service/http/wipe.h"

namespace sessionbroker::http {
namespace {

// Whatever an exchange allows: curl itself gives up at 300 KiB, with an error that says less.
constexpr std::size_t kMaxHeaderBytes = 256 * 1024;

// Appends "name: value" as curl wants it: a header without a value ends in a semicolon, one that
// ends in a colon is curl's word for "leave out".
absl::Status Append(CurlList& list, absl::string_view name, absl::string_view value,
                    std::string& line) {
  const bool blank = absl::StripAsciiWhitespace(value).empty();
  Wipe(line);
  // In one piece: growing would leave unwiped copies.
  line.reserve(name.size() + value.size() + 3);
  line.append(name.data(), name.size());
  line.append(blank ? ";" : ": ");
  if (!blank) line.append(value.data(), value.size());
  curl_slist* grown = curl_slist_append(list.get(), line.c_str());
  if (grown == nullptr) return CheckCurl(CURLE_OUT_OF_MEMORY, "curl_slist_append");
  if (list == nullptr) list.reset(grown);
  return absl::OkStatus();
}

// Keeps curl from adding a header of its own.
absl::Status LeaveOut(CurlList& list, const char* name_and_colon) {
  curl_slist* grown = curl_slist_append(list.get(), name_and_colon);
  if (grown == nullptr) return CheckCurl(CURLE_OUT_OF_MEMORY, "curl_slist_append");
  if (list == nullptr) list.reset(grown);
  return absl::OkStatus();
}

bool HasHeader(const Request& request, absl::string_view name) {
  return std::any_of(request.headers.begin(), request.headers.end(), [&](const Header& header) {
    return absl::EqualsIgnoreCase(header.name, name);
  });
}

// Methods that RFC 9110 §9.3 gives a body: they say "Content-Length: 0" where it is empty.
bool AnnouncesBody(const Request& request) {
  return !request.body.empty() || request.method == "POST" || request.method == "PUT" ||
         request.method == "PATCH";
}

}  // namespace

absl::StatusOr<std::unique_ptr<CurlExchange>> CurlExchange::Create(const CurlOptions* options) {
  CurlEasy easy(curl_easy_init());
  if (easy == nullptr) return CheckCurl(CURLE_OUT_OF_MEMORY, "curl_easy_init");
  std::unique_ptr<CurlExchange> exchange(new CurlExchange(std::move(easy), options));
  SB_RETURN_IF_ERROR(exchange->Configure());
  return exchange;
}

CurlExchange* CurlExchange::Of(CURL* easy) {
  char* self = nullptr;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &self);
  return reinterpret_cast<CurlExchange*>(self);
}

absl::Status CurlExchange::Configure() {
  CURL* const easy = easy_.get();
  SB_RETURN_IF_ERROR(ResetToPolicy(easy, *options_));
  void* const self = this;
  SB_RETURN_IF_ERROR(SetOption(easy, CURLOPT_PRIVATE, self));
  SB_RETURN_IF_ERROR(SetOption(easy, CURLOPT_OPENSOCKETFUNCTION, &OnOpenSocket));
  SB_RETURN_IF_ERROR(SetOption(easy, CURLOPT_OPENSOCKETDATA, self));
  SB_RETURN_IF_ERROR(SetOption(easy, CURLOPT_PREREQFUNCTION, &OnRequest));
  SB_RETURN_IF_ERROR(SetOption(easy, CURLOPT_PREREQDATA, self));
  SB_RETURN_IF_ERROR(SetOption(easy, CURLOPT_HEADERFUNCTION, &OnHeader));
  SB_RETURN_IF_ERROR(SetOption(easy, CURLOPT_HEADERDATA, self));
  SB_RETURN_IF_ERROR(SetOption(easy, CURLOPT_WRITEFUNCTION, &OnBody));
  return SetOption(easy, CURLOPT_WRITEDATA, self);
}

absl::Status CurlExchange::Prepare(Request request, Plan plan) {
  request_ = std::move(request);
  plan_ = std::move(plan);
  response_ = Response();
  answer_bytes_ = 0;
  header_bytes_ = 0;
  head_complete_ = false;
  crossed_limit_ = 0;
  sends_ = 0;
  tried_to_connect_ = false;
  refused_.reset();

  CURL* const easy = easy_.get();
  SB_RETURN_IF_ERROR(SetOption(easy, CURLOPT_URL, request_.url.c_str()));
  SB_RETURN_IF_ERROR(SetMethodAndBody());
  SB_RETURN_IF_ERROR(SetHeaders());
  SB_RETURN_IF_ERROR(SetOption(easy, CURLOPT_TIMEOUT_MS, ToCurlMilliseconds(plan_.time_left)));
  SB_RETURN_IF_ERROR(
      SetOption(easy, CURLOPT_CONNECTTIMEOUT_MS, ToCurlMilliseconds(options_->connect_timeout)));
  return SetOption(easy, CURLOPT_FRESH_CONNECT, plan_.fresh_connection ? 1L : 0L);
}

absl::Status CurlExchange::SetMethodAndBody() {
  CURL* const easy = easy_.get();
  if (request_.method == "HEAD") {
    SB_RETURN_IF_ERROR(SetOption(easy, CURLOPT_NOBODY, 1L));
  } else if (AnnouncesBody(request_)) {
    SB_RETURN_IF_ERROR(SetOption(easy, CURLOPT_POST, 1L));
    // Not copied: curl reads request_.body.
    SB_RETURN_IF_ERROR(SetOption(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                                 static_cast<curl_off_t>(request_.body.size())));
    SB_RETURN_IF_ERROR(SetOption(easy, CURLOPT_POSTFIELDS, request_.body.c_str()));
  } else {
    SB_RETURN_IF_ERROR(SetOption(easy, CURLOPT_HTTPGET, 1L));
  }
  return SetOption(easy, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
}

absl::Status CurlExchange::SetHeaders() {
  headers_.reset();
  std::string line;
  for (const Header& header : request_.headers) {
    SB_RETURN_IF_ERROR(Append(headers_, header.name, header.value, line));
  }
  Wipe(line);
  SB_RETURN_IF_ERROR(LeaveOut(headers_, "Expect:"));
  if (!HasHeader(request_, "Content-Type")) {
    SB_RETURN_IF_ERROR(LeaveOut(headers_, "Content-Type:"));
  }
  return SetOption(easy_.get(), CURLOPT_HTTPHEADER, headers_.get());
}

absl::StatusOr<Response> CurlExchange::Finish(CURLcode code) {
  if (absl::Status outcome = Outcome(code); !outcome.ok()) {
    return sends_ == 0 ? MarkUnsent(std::move(outcome)) : outcome;
  }
  SB_RETURN_IF_ERROR(TakeHead());
  return std::move(response_);
}

bool CurlExchange::Recycle() {
  const bool has_query = absl::StrContains(request_.url, '?');
  headers_.reset();
  request_ = Request();
  response_ = Response();
  return !has_query && Configure().ok();
}

absl::Status CurlExchange::Outcome(CURLcode code) {
  const std::string peer = plan_.origin.HostAndPort();
  if (crossed_limit_ > 0) {
    return absl::ResourceExhaustedError(
        absl::StrCat(peer, ": the answer is larger than ", crossed_limit_, " bytes"));
  }
  if (code == CURLE_OPERATION_TIMEDOUT) return TimedOut();
  if (code == CURLE_COULDNT_CONNECT && refused_.has_value() && !tried_to_connect_) {
    return absl::PermissionDeniedError(absl::StrCat(
        peer, ": the host's address is ", NameOf(*refused_), ", which may not be connected to"));
  }
  CurlFailure failure{.code = code, .peer = peer, .answer_begun = answer_bytes_ > 0};
  curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &failure.os_errno);
  curl_easy_getinfo(easy_.get(), CURLINFO_SSL_VERIFYRESULT, &failure.verify_result);
  return StatusOfCurl(failure);
}

absl::Status CurlExchange::TimedOut() const {
  const std::string peer = plan_.origin.HostAndPort();
  // Less time than the whole: then it was the connection's own limit.
  if (sends_ == 0 && options_->connect_timeout < plan_.time_left) {
    return absl::UnavailableError(absl::StrCat(peer, ": no connection within ",
                                               absl::FormatDuration(options_->connect_timeout)));
  }
  return absl::DeadlineExceededError(
      absl::StrCat(peer, ": no ", sends_ == 0 ? "connection" : "complete answer", " within ",
                   absl::FormatDuration(plan_.options.timeout)));
}

absl::Status CurlExchange::TakeHead() {
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  // curl takes a head that breaks off, and a 1xx that nothing follows, for an answer.
  if (!head_complete_ || status < 200) {
    return absl::DataLossError(
        absl::StrCat(plan_.origin.HostAndPort(), ": the answer broke off in its head"));
  }
  response_.status = static_cast<int>(status);
  curl_header* header = nullptr;
  while ((header = curl_easy_nextheader(easy_.get(), CURLH_HEADER, /*request=*/-1, header)) !=
         nullptr) {
    // Stripped: curl 7.88 leaves the line's CR in an empty value.
    response_.headers.push_back(
        {header->name, std::string(absl::StripAsciiWhitespace(header->value))});
  }
  return absl::OkStatus();
}

bool CurlExchange::Account(std::size_t bytes) {
  answer_bytes_ += bytes;
  if (answer_bytes_ > plan_.options.max_response_bytes) {
    crossed_limit_ = plan_.options.max_response_bytes;
  }
  return crossed_limit_ == 0;
}

curl_socket_t CurlExchange::OnOpenSocket(void* self, curlsocktype /*purpose*/,
                                         curl_sockaddr* address) {
  auto* const exchange = static_cast<CurlExchange*>(self);
  const AddressClass address_class = Classify(address->addr);
  if (!MayConnect(address_class, exchange->plan_.options.allow_private_address)) {
    exchange->refused_ = address_class;
    return CURL_SOCKET_BAD;
  }
  exchange->tried_to_connect_ = true;
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// curl sends a request again, whatever its method, where a kept connection closes before a byte of
// the answer came. The server may have acted on it: a login is tried once, a nonce is used once.
int CurlExchange::OnRequest(void* self, char* /*remote_ip*/, char* /*local_ip*/,
                            int /*remote_port*/, int /*local_port*/) noexcept {
  auto* const exchange = static_cast<CurlExchange*>(self);
  ++exchange->sends_;
  return exchange->sends_ == 1 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

size_t CurlExchange::OnHeader(char* bytes, size_t size, size_t count, void* self) noexcept {
  auto* const exchange = static_cast<CurlExchange*>(self);
  const absl::string_view line(bytes, size * count);
  exchange->header_bytes_ += line.size();
  if (exchange->header_bytes_ > kMaxHeaderBytes) exchange->crossed_limit_ = kMaxHeaderBytes;
  if (!exchange->Account(line.size())) return 0;
  // A trailer's lines come here too and change nothing.
  if (absl::StartsWithIgnoreCase(line, "HTTP/")) exchange->head_complete_ = false;
  if (line == "\r\n" || line == "\n") exchange->head_complete_ = true;
  return line.size();
}

size_t CurlExchange::OnBody(char* bytes, size_t size, size_t count, void* self) noexcept {
  auto* const exchange = static_cast<CurlExchange*>(self);
  if (!exchange->Account(size * count)) return 0;
  exchange->response_.body.append(bytes, size * count);
  return size * count;
}

}  // namespace sessionbroker::http
