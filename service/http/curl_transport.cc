#include "service/http/curl_transport.h"

#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "service/base/status_macros.h"
#include "service/http/curl_exchange.h"
#include "service/http/curl_library.h"
#include "service/http/curl_multi.h"
#include "service/http/request_check.h"
#include "service/http/unsent.h"

namespace sessionbroker::http {
namespace {

absl::Status TimeoutBeforeItsTurn(const Origin& origin, absl::Duration timeout) {
  return MarkUnsent(absl::DeadlineExceededError(
      absl::StrCat(origin.HostAndPort(), ": not begun within ", absl::FormatDuration(timeout))));
}

}  // namespace

absl::StatusOr<std::unique_ptr<CurlTransport>> CurlTransport::Create(Options options,
                                                                     base::EventLoop* loop,
                                                                     const base::Clock* clock) {
  if (options.max_in_flight == 0) {
    return absl::InvalidArgumentError("http: max_in_flight is 0, must be at least 1");
  }
  if (!options.ca_file.empty() && access(options.ca_file.c_str(), R_OK) != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("http: ca_file '", options.ca_file,
                     "': ", absl::ErrnoToStatus(errno, "not readable").message()));
  }
  SB_RETURN_IF_ERROR(SetUpCurl());
  std::unique_ptr<CurlTransport> transport(new CurlTransport(std::move(options), loop, clock));
  SB_RETURN_IF_ERROR(transport->Init());
  return transport;
}

CurlTransport::CurlTransport(Options options, base::EventLoop* loop, const base::Clock* clock)
    : options_(std::move(options)), loop_(loop), clock_(clock) {}

absl::Status CurlTransport::Init() {
  const auto create_multi = [this] {
    return CurlMulti::Create(loop_, options_, [this](CURL* easy, CURLcode code) {
      OnDone(CurlExchange::Of(easy), code);
    });
  };
  SB_ASSIGN_OR_RETURN(public_multi_, create_multi());
  SB_ASSIGN_OR_RETURN(private_multi_, create_multi());
  // The first handle shows whether this curl has all the options that we rely on.
  SB_ASSIGN_OR_RETURN(std::unique_ptr<CurlExchange> first, CurlExchange::Create(&options_));
  pool_.push_back(std::move(first));
  return absl::OkStatus();
}

CurlTransport::~CurlTransport() {
  for (const auto& [id, waiting] : waiting_) loop_->Cancel(waiting.timer);
  for (const auto& [id, failed] : failed_) loop_->Cancel(failed.timer);
  for (const auto& [id, flight] : in_flight_) flight.multi->Remove(flight.exchange->easy());
}

Transport::ExchangeId CurlTransport::Send(Request request, const SendOptions& options,
                                          Callback done) {
  const ExchangeId id = ++last_id_;
  absl::StatusOr<Origin> origin = CheckRequest(request);
  if (!origin.ok()) {
    Fail(id, origin.status(), std::move(done));
    return id;
  }
  Waiting waiting{.request = std::move(request),
                  .options = options,
                  .done = std::move(done),
                  .origin = *std::move(origin),
                  .begun = clock_->BootNow()};
  if (in_flight_.size() < options_.max_in_flight) {
    Begin(id, std::move(waiting));
    return id;
  }
  waiting.timer = loop_->RunAfter(options.timeout, [this, id] { OnWaitTimeout(id); });
  waiting_.emplace(id, std::move(waiting));
  return id;
}

void CurlTransport::Cancel(ExchangeId id) {
  if (const auto it = in_flight_.find(id); it != in_flight_.end()) {
    InFlight flight = std::move(it->second);
    in_flight_.erase(it);
    flight.multi->Remove(flight.exchange->easy());
    GiveBack(std::move(flight.exchange));
    BeginWaiting();
    return;
  }
  // The callbacks are destroyed last: they may own things that call back.
  if (auto waiting = waiting_.extract(id)) {
    loop_->Cancel(waiting.mapped().timer);
    return;
  }
  if (const auto it = failed_.find(id); it != failed_.end()) {
    const Failed failed = std::move(it->second);
    failed_.erase(it);
    loop_->Cancel(failed.timer);
  }
}

void CurlTransport::Begin(ExchangeId id, Waiting waiting) {
  absl::Status begun = TryBegin(id, waiting);
  if (!begun.ok()) Fail(id, std::move(begun), std::move(waiting.done));
}

absl::Status CurlTransport::TryBegin(ExchangeId id, Waiting& waiting) {
  const base::BootTime now = clock_->BootNow();
  const absl::Duration time_left = waiting.options.timeout - (now - waiting.begun);
  if (time_left <= absl::ZeroDuration()) {
    return TimeoutBeforeItsTurn(waiting.origin, waiting.options.timeout);
  }
  SB_ASSIGN_OR_RETURN(std::unique_ptr<CurlExchange> exchange, TakeExchange());
  SB_RETURN_IF_ERROR(
      exchange->Prepare(std::move(waiting.request),
                        {.id = id,
                         .origin = waiting.origin,
                         .options = waiting.options,
                         .time_left = time_left,
                         .fresh_connection = fresh_origins_.Contains(waiting.origin, now)}));
  CurlMulti* const multi =
      waiting.options.allow_private_address ? private_multi_.get() : public_multi_.get();
  SB_RETURN_IF_ERROR(multi->Add(exchange->easy()));
  in_flight_.emplace(id, InFlight{.exchange = std::move(exchange),
                                  .multi = multi,
                                  .done = std::move(waiting.done),
                                  .origin = std::move(waiting.origin),
                                  .begun = waiting.begun});
  return absl::OkStatus();
}

void CurlTransport::BeginWaiting() {
  while (in_flight_.size() < options_.max_in_flight && !waiting_.empty()) {
    auto first = waiting_.extract(waiting_.begin());
    loop_->Cancel(first.mapped().timer);
    Begin(first.key(), std::move(first.mapped()));
  }
}

void CurlTransport::Fail(ExchangeId id, absl::Status status, Callback done) {
  const base::Scheduler::TimerId timer = loop_->RunAfter(absl::ZeroDuration(), [this, id] {
    const auto it = failed_.find(id);
    Failed failed = std::move(it->second);
    failed_.erase(it);
    failed.done(std::move(failed.status));
  });
  failed_.emplace(
      id, Failed{.status = MarkUnsent(std::move(status)), .done = std::move(done), .timer = timer});
}

void CurlTransport::OnDone(CurlExchange* exchange, int code) {
  const auto it = in_flight_.find(exchange->id());
  InFlight flight = std::move(it->second);
  in_flight_.erase(it);
  flight.multi->Remove(exchange->easy());
  const base::BootTime now = clock_->BootNow();
  if (exchange->lost_kept_connection()) fresh_origins_.Add(flight.origin, now);
  absl::StatusOr<Response> response = exchange->Finish(static_cast<CURLcode>(code));
  if (response.ok()) response->elapsed = now - flight.begun;
  GiveBack(std::move(flight.exchange));
  BeginWaiting();
  flight.done(std::move(response));
}

void CurlTransport::OnWaitTimeout(ExchangeId id) {
  auto waiting = waiting_.extract(id);
  Waiting& exchange = waiting.mapped();
  exchange.done(TimeoutBeforeItsTurn(exchange.origin, exchange.options.timeout));
}

absl::StatusOr<std::unique_ptr<CurlExchange>> CurlTransport::TakeExchange() {
  if (pool_.empty()) return CurlExchange::Create(&options_);
  std::unique_ptr<CurlExchange> exchange = std::move(pool_.back());
  pool_.pop_back();
  return exchange;
}

void CurlTransport::GiveBack(std::unique_ptr<CurlExchange> exchange) {
  if (exchange->Recycle()) pool_.push_back(std::move(exchange));
}

}  // namespace sessionbroker::http
