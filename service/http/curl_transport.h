#ifndef SESSIONBROKER_SERVICE_HTTP_CURL_TRANSPORT_H_
#define SESSIONBROKER_SERVICE_HTTP_CURL_TRANSPORT_H_

#include <cstddef>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/base/clock.h"
#include "service/base/event_loop.h"
#include "service/http/curl_options.h"
#include "service/http/fresh_origins.h"
#include "service/http/transport.h"
#include "service/http/url.h"

namespace sessionbroker::http {

class CurlExchange;
class CurlMulti;

// HTTP/1.1 by libcurl on an event loop. Kept connections are reused; a request is sent at most once
// (RFC 9110 §9.2.2), so one that meets a kept connection as the server closes it fails with
// UNAVAILABLE. Exchanges beyond the cap wait in the order of Send, and their timeout runs.
//
// The end of an answer that announces no length is the end of the connection; that it broke off
// cannot be told then, as curl asks for no proper end of TLS either.
//
// A connection opened by an exchange that may use private addresses is never used by one that may
// not: each of the two policies has connections of its own.
//
// Belongs to the loop's thread, like every Transport; destroyed there too (but not inside a
// callback), or once the loop has stopped. Exchanges that are not over end as if cancelled.
class CurlTransport final : public Transport {
 public:
  using Options = CurlOptions;

  // `loop` and `clock` outlive it. Calls SetUpCurl, so to be called first before other threads read
  // the environment. INVALID_ARGUMENT for a cap of 0 or a CA file that is not readable, else as
  // SetUpCurl.
  static absl::StatusOr<std::unique_ptr<CurlTransport>> Create(Options options,
                                                               base::EventLoop* loop,
                                                               const base::Clock* clock);

  ~CurlTransport() override;
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;

  ExchangeId Send(Request request, const SendOptions& options, Callback done) override;
  void Cancel(ExchangeId id) override;

  // Exchanges on the wire, and those that wait for their turn.
  std::size_t in_flight() const { return in_flight_.size(); }
  std::size_t waiting() const { return waiting_.size(); }

 private:
  struct Waiting {
    Request request;
    SendOptions options;
    Callback done;
    Origin origin;
    base::BootTime begun;
    // Fires when the timeout passes.
    base::Scheduler::TimerId timer = 0;
  };
  // Failed in Send; its callback runs at the loop's next turn.
  struct Failed {
    absl::Status status;
    Callback done;
    base::Scheduler::TimerId timer = 0;
  };
  struct InFlight {
    std::unique_ptr<CurlExchange> exchange;
    CurlMulti* multi = nullptr;
    Callback done;
    Origin origin;
    base::BootTime begun;
  };

  CurlTransport(Options options, base::EventLoop* loop, const base::Clock* clock);

  absl::Status Init();
  // Puts a checked request on the wire, or else into failed_.
  void Begin(ExchangeId id, Waiting waiting);
  absl::Status TryBegin(ExchangeId id, Waiting& waiting);
  void BeginWaiting();
  void Fail(ExchangeId id, absl::Status status, Callback done);
  void OnDone(CurlExchange* exchange, int code);
  void OnWaitTimeout(ExchangeId id);
  absl::StatusOr<std::unique_ptr<CurlExchange>> TakeExchange();
  void GiveBack(std::unique_ptr<CurlExchange> exchange);

  const Options options_;
  base::EventLoop* const loop_;
  const base::Clock* const clock_;
  ExchangeId last_id_ = 0;
  // In the order of their ids, which is that of Send.
  std::map<ExchangeId, Waiting> waiting_;
  absl::flat_hash_map<ExchangeId, Failed> failed_;
  absl::flat_hash_map<ExchangeId, InFlight> in_flight_;
  FreshOrigins fresh_origins_;
  // Handles that are not in use.
  std::vector<std::unique_ptr<CurlExchange>> pool_;
  // One for each address policy.
  std::unique_ptr<CurlMulti> public_multi_;
  std::unique_ptr<CurlMulti> private_multi_;
};

}  // namespace sessionbroker::http

#endif  // SESSIONBROKER_SERVICE_HTTP_CURL_TRANSPORT_H_
