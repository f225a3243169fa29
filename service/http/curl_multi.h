#ifndef SESSIONBROKER_SERVICE_HTTP_CURL_MULTI_H_
#define SESSIONBROKER_SERVICE_HTTP_CURL_MULTI_H_

#include <curl/curl.h>

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/base/event_loop.h"
#include "service/base/scheduler.h"
#include "service/http/curl_options.h"

namespace sessionbroker::http {

// One multi handle, that is one set of kept connections, driven by an event loop through
// curl_multi_socket_action: a turn costs what has happened, not what is open. Belongs to the loop's
// thread.
class CurlMulti {
 public:
  // Called on the loop's thread, from the loop, when an exchange has ended; the handle is still in
  // the multi. May add and remove handles; must not destroy the CurlMulti.
  using DoneHandler = absl::AnyInvocable<void(CURL* easy, CURLcode code)>;

  // `loop` outlives it.
  static absl::StatusOr<std::unique_ptr<CurlMulti>> Create(base::EventLoop* loop,
                                                           const CurlOptions& options,
                                                           DoneHandler on_done);

  // Requires that all handles have been removed.
  ~CurlMulti();
  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;

  // Starts the exchange of `easy`, which outlives its stay. Calls nothing back.
  absl::Status Add(CURL* easy);

  // Ends it, closing its connection if it is not over.
  void Remove(CURL* easy);

 private:
  CurlMulti(base::EventLoop* loop, DoneHandler on_done);

  absl::Status Configure(const CurlOptions& options);
  void Act(curl_socket_t socket, int what);
  void ReportDone();

  static int OnSocket(CURL* easy, curl_socket_t socket, int what, void* self, void* socket_data);
  static int OnTimer(CURLM* multi, long timeout_ms, void* self);

  base::EventLoop* const loop_;
  DoneHandler on_done_;
  CURLM* const multi_;
  base::Scheduler::TimerId timer_ = 0;
};

}  // namespace sessionbroker::http

#endif  // SESSIONBROKER_SERVICE_HTTP_CURL_MULTI_H_
