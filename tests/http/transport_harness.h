#ifndef SESSIONBROKER_TESTS_HTTP_TRANSPORT_HARNESS_H_
#define SESSIONBROKER_TESTS_HTTP_TRANSPORT_HARNESS_H_

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "service/base/event_loop.h"
#include "service/base/system_clock.h"
#include "service/http/curl_transport.h"
#include "service/http/message.h"

namespace sessionbroker::http {

// What a callback is called with.
using Outcome = absl::StatusOr<Response>;

// What a server says that has nothing to tell.
inline constexpr char kOk[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

inline Request Get(std::string url) {
  Request request;
  request.method = "GET";
  request.url = std::move(url);
  return request;
}

inline Request Post(std::string url, std::string body) {
  Request request = Get(std::move(url));
  request.method = "POST";
  request.body = std::move(body);
  return request;
}

// The servers of these tests are on 127.0.0.1.
inline SendOptions Loopback() {
  SendOptions options;
  options.allow_private_address = true;
  return options;
}

// A CurlTransport on a loop of its own, for a test that waits.
class TransportHarness {
 public:
  explicit TransportHarness(CurlOptions options = {}) {
    absl::StatusOr<std::unique_ptr<CurlTransport>> created =
        CurlTransport::Create(std::move(options), loop_.get(), &clock_);
    EXPECT_TRUE(created.ok()) << created.status();
    transport_ = *std::move(created);
    EXPECT_TRUE(loop_->Start().ok());
  }
  ~TransportHarness() {
    OnLoop([this] { transport_.reset(); });
    loop_->Stop();
  }

  // Runs `task` on the loop's thread and waits for it.
  template <typename Task>
  void OnLoop(Task task) {
    std::promise<void> done;
    loop_->Post([&] {
      task();
      done.set_value();
    });
    done.get_future().wait();
  }

  // Begins an exchange. The future is broken where the callback is destroyed uncalled.
  std::future<Outcome> Send(Request request, SendOptions options = Loopback(),
                            Transport::ExchangeId* id = nullptr) {
    std::promise<Outcome> outcome;
    std::future<Outcome> result = outcome.get_future();
    OnLoop([&] {
      const Transport::ExchangeId sent =
          transport_->Send(std::move(request), options,
                           [this, promise = std::move(outcome)](Outcome response) mutable {
                             EXPECT_TRUE(loop_->IsLoopThread());
                             promise.set_value(std::move(response));
                           });
      if (id != nullptr) *id = sent;
    });
    return result;
  }

  Outcome Exchange(Request request, SendOptions options = Loopback()) {
    return Send(std::move(request), options).get();
  }

  void Cancel(Transport::ExchangeId id) {
    OnLoop([&] { transport_->Cancel(id); });
  }

  // Belongs to the loop's thread.
  std::unique_ptr<CurlTransport>& transport() { return transport_; }
  base::EventLoop& loop() { return *loop_; }

 private:
  const base::SystemClock clock_;
  const std::unique_ptr<base::EventLoop> loop_ = base::EventLoop::Create().value();
  std::unique_ptr<CurlTransport> transport_;
};

// The future's callback was destroyed uncalled.
inline bool IsBroken(std::future<Outcome> future) {
  try {
    (void)future.get();
    return false;
  } catch (const std::future_error&) {
    return true;
  }
}

}  // namespace sessionbroker::http

#endif  // SESSIONBROKER_TESTS_HTTP_TRANSPORT_HARNESS_H_
