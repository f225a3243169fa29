#ifndef SESSIONBROKER_SERVICE_HTTP_CURL_EXCHANGE_H_
#define SESSIONBROKER_SERVICE_HTTP_CURL_EXCHANGE_H_

#include <curl/curl.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/http/address_class.h"
#include "service/http/curl_easy.h"
#include "service/http/curl_options.h"
#include "service/http/message.h"
#include "service/http/transport.h"
#include "service/http/url.h"

namespace sessionbroker::http {

// One exchange at a time on one easy handle, from the request to the answer. Reusable: Prepare,
// then let a multi handle drive easy(), then Finish. Belongs to one thread. Not movable: curl holds
// its address.
class CurlExchange {
 public:
  // `options` outlives it. INTERNAL where curl lacks an option that we rely on.
  static absl::StatusOr<std::unique_ptr<CurlExchange>> Create(const CurlOptions* options);

  CurlExchange(const CurlExchange&) = delete;
  CurlExchange& operator=(const CurlExchange&) = delete;

  // What the exchange is to the transport, where it goes and what is left of its time.
  struct Plan {
    Transport::ExchangeId id = 0;
    Origin origin;
    SendOptions options;
    absl::Duration time_left;
    // Not on a kept connection.
    bool fresh_connection = false;
  };

  // Requires that CheckRequest accepts `request`. Fails only where memory runs out.
  absl::Status Prepare(Request request, Plan plan);

  // The outcome, `code` being what the multi handle says. Response::elapsed is left to the caller.
  absl::StatusOr<Response> Finish(CURLcode code);

  // Forgets the exchange, which is over and out of its multi, and wipes its request. False where
  // the handle must not be used again: curl keeps the parts of a URL until the next exchange, and a
  // query may hold a session id.
  bool Recycle();

  CURL* easy() const { return easy_.get(); }

  // The exchange that owns `easy`.
  static CurlExchange* Of(CURL* easy);

  // Of the exchange that Prepare was last called for.
  Transport::ExchangeId id() const { return plan_.id; }

  // The server closed a kept connection when the request came; what it did with it is unknown.
  bool lost_kept_connection() const { return sends_ > 1; }

 private:
  CurlExchange(CurlEasy easy, const CurlOptions* options)
      : options_(options), easy_(std::move(easy)) {}

  absl::Status Configure();
  absl::Status SetHeaders();
  absl::Status SetMethodAndBody();
  absl::Status Outcome(CURLcode code);
  absl::Status TimedOut() const;
  absl::Status TakeHead();
  // Counts bytes of the answer; false where they are more than allowed.
  bool Account(std::size_t bytes);

  static curl_socket_t OnOpenSocket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int OnRequest(void* self, char* remote_ip, char* local_ip, int remote_port,
                       int local_port) noexcept;
  static size_t OnHeader(char* bytes, size_t size, size_t count, void* self) noexcept;
  static size_t OnBody(char* bytes, size_t size, size_t count, void* self) noexcept;

  const CurlOptions* const options_;
  const CurlEasy easy_;

  // Of the current exchange. curl reads the request's body and the header list where they stand.
  Request request_;
  CurlList headers_;
  Plan plan_;
  Response response_;
  std::size_t answer_bytes_ = 0;
  std::size_t header_bytes_ = 0;
  // The empty line that ends a head has come since the last status line.
  bool head_complete_ = false;
  // A bound that was crossed, for the error text; 0 while none is.
  std::size_t crossed_limit_ = 0;
  // How often curl was about to send the request.
  int sends_ = 0;
  bool tried_to_connect_ = false;
  std::optional<AddressClass> refused_;
};

}  // namespace sessionbroker::http

#endif  // SESSIONBROKER_SERVICE_HTTP_CURL_EXCHANGE_H_
