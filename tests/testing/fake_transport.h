#ifndef SESSIONBROKER_TESTS_TESTING_FAKE_TRANSPORT_H_
#define SESSIONBROKER_TESTS_TESTING_FAKE_TRANSPORT_H_

#include <gtest/gtest.h>

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/base/scheduler.h"
#include "service/http/message.h"
#include "service/http/transport.h"

namespace sessionbroker::testing {

// A transport whose peer follows a script: an exchange the test expects, and what is answered. All
// calls and callbacks on one scheduler's thread.
class FakeTransport final : public http::Transport {
 public:
  // What the peer does with a request. Unset answer: it never answers.
  struct Reply {
    std::optional<absl::StatusOr<http::Response>> answer;
    absl::Duration delay = absl::ZeroDuration();
  };
  using Peer = std::function<Reply(const http::Request&)>;

  // What was sent.
  struct Sent {
    std::string method;
    std::string url;
    std::string body;
    http::SendOptions options;
  };

  // Runs callbacks as tasks of `scheduler`, which must outlive it.
  explicit FakeTransport(base::Scheduler* scheduler) : scheduler_(scheduler) {}
  ~FakeTransport() override {
    EXPECT_TRUE(script_.empty()) << script_.size() << " expected requests never came, the next is "
                                 << script_.front().method << " " << script_.front().url;
  }

  // The next request that no earlier call expects is `method` `url`; it gets `reply`.
  void Expect(std::string method, std::string url, Reply reply) {
    script_.push_back({std::move(method), std::move(url), std::move(reply)});
  }
  // Requests beyond the script get what `peer` says. Without one they fail the test.
  void SetPeer(Peer peer) { peer_ = std::move(peer); }

  // Every request so far.
  const std::vector<Sent>& sent() const { return sent_; }
  // Sent, not answered and not cancelled.
  std::size_t open() const { return open_.size(); }
  std::size_t most_open() const { return most_open_; }
  std::size_t cancelled() const { return cancelled_; }

  ExchangeId Send(http::Request request, const http::SendOptions& options, Callback done) override {
    sent_.push_back({request.method, request.url, request.body, options});
    Reply reply = ReplyTo(request);
    absl::StatusOr<http::Response> answer = absl::DeadlineExceededError("no answer in time");
    absl::Duration after = options.timeout;
    if (reply.answer.has_value() && reply.delay < options.timeout) {
      answer = *std::move(reply.answer);
      after = reply.delay;
    }
    const ExchangeId id = ++last_id_;
    const base::Scheduler::TimerId timer =
        scheduler_->RunAfter(after, [this, id, answer = std::move(answer)]() mutable {
          Callback callback = std::move(open_.at(id).done);
          open_.erase(id);
          std::move(callback)(std::move(answer));
        });
    open_.emplace(id, Open{timer, std::move(done)});
    most_open_ = std::max(most_open_, open_.size());
    return id;
  }

  void Cancel(ExchangeId id) override {
    const auto found = open_.find(id);
    if (found == open_.end()) return;
    scheduler_->Cancel(found->second.timer);
    open_.erase(found);
    ++cancelled_;
  }

 private:
  struct Expected {
    std::string method;
    std::string url;
    Reply reply;
  };
  struct Open {
    base::Scheduler::TimerId timer = 0;
    Callback done;
  };

  Reply ReplyTo(const http::Request& request) {
    if (!script_.empty()) {
      Expected expected = std::move(script_.front());
      script_.pop_front();
      EXPECT_EQ(request.method, expected.method);
      EXPECT_EQ(request.url, expected.url);
      return std::move(expected.reply);
    }
    if (peer_) return peer_(request);
    ADD_FAILURE() << "nobody expected " << request.method << " " << request.url;
    return Reply{absl::UnavailableError("nobody expected this"), absl::ZeroDuration()};
  }

  base::Scheduler* const scheduler_;
  std::deque<Expected> script_;
  Peer peer_;
  std::vector<Sent> sent_;
  ExchangeId last_id_ = 0;
  std::map<ExchangeId, Open> open_;
  std::size_t most_open_ = 0;
  std::size_t cancelled_ = 0;
};

}  // namespace sessionbroker::testing

#endif  // SESSIONBROKER_TESTS_TESTING_FAKE_TRANSPORT_H_
