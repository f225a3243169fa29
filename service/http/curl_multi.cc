#include "service/http/curl_multi.h"

#include <sys/epoll.h>

#include <utility>

#include "service/base/status_macros.h"
#include "service/http/curl_error.h"

namespace sessionbroker::http {
namespace {

uint32_t EventsOf(int what) {
  switch (what) {
    case CURL_POLL_IN:
      return EPOLLIN;
    case CURL_POLL_OUT:
      return EPOLLOUT;
    case CURL_POLL_INOUT:
      return EPOLLIN | EPOLLOUT;
    default:
      return 0;
  }
}

// An error or hang-up alone becomes 0, "look yourself": told of an error, curl would not read what
// has arrived before it.
int SelectOf(uint32_t events) {
  int select = 0;
  if (events & EPOLLIN) select |= CURL_CSELECT_IN;
  if (events & EPOLLOUT) select |= CURL_CSELECT_OUT;
  return select;
}

}  // namespace

absl::StatusOr<std::unique_ptr<CurlMulti>> CurlMulti::Create(base::EventLoop* loop,
                                                             const CurlOptions& options,
                                                             DoneHandler on_done) {
  std::unique_ptr<CurlMulti> multi(new CurlMulti(loop, std::move(on_done)));
  if (multi->multi_ == nullptr) return CheckCurl(CURLE_OUT_OF_MEMORY, "curl_multi_init");
  SB_RETURN_IF_ERROR(multi->Configure(options));
  return multi;
}

CurlMulti::CurlMulti(base::EventLoop* loop, DoneHandler on_done)
    : loop_(loop), on_done_(std::move(on_done)), multi_(curl_multi_init()) {}

CurlMulti::~CurlMulti() {
  // Closes the kept connections, which calls OnSocket.
  if (multi_ != nullptr) curl_multi_cleanup(multi_);
  loop_->Cancel(timer_);
}

absl::Status CurlMulti::Configure(const CurlOptions& options) {
  const auto set = [&](CURLMoption option, auto value, const char* what) {
    return CheckCurl(curl_multi_setopt(multi_, option, value), what);
  };
  void* const self = this;
  SB_RETURN_IF_ERROR(set(CURLMOPT_SOCKETFUNCTION, &OnSocket, "SOCKETFUNCTION"));
  SB_RETURN_IF_ERROR(set(CURLMOPT_SOCKETDATA, self, "SOCKETDATA"));
  SB_RETURN_IF_ERROR(set(CURLMOPT_TIMERFUNCTION, &OnTimer, "TIMERFUNCTION"));
  SB_RETURN_IF_ERROR(set(CURLMOPT_TIMERDATA, self, "TIMERDATA"));
  SB_RETURN_IF_ERROR(set(CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING), "PIPELINING"));
  return set(CURLMOPT_MAXCONNECTS, static_cast<long>(options.max_connections), "MAXCONNECTS");
}

absl::Status CurlMulti::Add(CURL* easy) {
  return CheckCurl(curl_multi_add_handle(multi_, easy), "curl_multi_add_handle");
}

void CurlMulti::Remove(CURL* easy) { curl_multi_remove_handle(multi_, easy); }

void CurlMulti::Act(curl_socket_t socket, int what) {
  int running = 0;
  curl_multi_socket_action(multi_, socket, what, &running);
  ReportDone();
}

void CurlMulti::ReportDone() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    // `message` does not survive the handle's removal.
    if (message->msg == CURLMSG_DONE) on_done_(message->easy_handle, message->data.result);
  }
}

int CurlMulti::OnSocket(CURL* /*easy*/, curl_socket_t socket, int what, void* self,
                        void* /*socket_data*/) {
  auto* const multi = static_cast<CurlMulti*>(self);
  if (what == CURL_POLL_REMOVE) {
    multi->loop_->UnwatchFd(socket);
    return 0;
  }
  if (multi->loop_->ChangeFd(socket, EventsOf(what)).ok()) return 0;
  multi->loop_->UnwatchFd(socket);
  // Where epoll has no room left the exchange runs into its timeout. To tell curl would be worse:
  // it fails all exchanges of the multi handle then, for good.
  multi->loop_
      ->WatchFd(socket, EventsOf(what),
                [multi, socket](uint32_t events) { multi->Act(socket, SelectOf(events)); })
      .IgnoreError();
  return 0;
}

int CurlMulti::OnTimer(CURLM* /*handle*/, long timeout_ms, void* self) {
  auto* const multi = static_cast<CurlMulti*>(self);
  multi->loop_->Cancel(multi->timer_);
  multi->timer_ = 0;
  if (timeout_ms < 0) return 0;
  multi->timer_ = multi->loop_->RunAfter(absl::Milliseconds(timeout_ms), [multi] {
    multi->timer_ = 0;
    multi->Act(CURL_SOCKET_TIMEOUT, 0);
  });
  return 0;
}

}  // namespace sessionbroker::http
