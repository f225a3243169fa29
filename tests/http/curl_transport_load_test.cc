// Many exchanges at once: the cap, the queue behind it, cancelling, and the transport's own end.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/http/transport_harness.h"
#include "tests/testing/raw_server.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::http {
namespace {

using ::sessionbroker::testing::IsOk;
using ::sessionbroker::testing::RawConnection;
using ::sessionbroker::testing::RawServer;
using ::sessionbroker::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Answers once the test says so.
class Gate {
 public:
  RawServer::Script Script() {
    return [this](RawConnection& connection) {
      while (!connection.ReadRequest().empty()) {
        arrived_.set_value();
        opened_.wait();
        connection.Send(kOk);
      }
    };
  }
  // Returns when a first request has come. To be called once.
  void AwaitRequest() { arrived_.get_future().wait(); }
  void Open() { open_.set_value(); }

 private:
  std::promise<void> arrived_;
  std::promise<void> open_;
  const std::shared_future<void> opened_ = open_.get_future().share();
};

CurlOptions OneAtATime() { return CurlOptions{.max_in_flight = 1}; }

TEST(CurlTransportLoadTest, CapIsKept) {
  RawServer server(RawServer::Answering(kOk));
  TransportHarness http(CurlOptions{.max_in_flight = 3});
  std::vector<std::future<Outcome>> outcomes(60);
  http.OnLoop([&] {
    for (std::future<Outcome>& result : outcomes) {
      std::promise<Outcome> outcome;
      result = outcome.get_future();
      http.transport()->Send(
          Get(server.Url()), Loopback(),
          [promise = std::move(outcome)](Outcome o) mutable { promise.set_value(std::move(o)); });
    }
    EXPECT_EQ(http.transport()->in_flight(), 3);
    EXPECT_EQ(http.transport()->waiting(), 57);
  });
  for (std::future<Outcome>& outcome : outcomes) EXPECT_THAT(outcome.get(), IsOk());
  EXPECT_EQ(server.accepted(), 3);
}

TEST(CurlTransportLoadTest, WaitingExchangesBeginInTheOrderOfSend) {
  Gate gate;
  RawServer blocking(gate.Script());
  RawServer server(RawServer::Answering(kOk));
  TransportHarness http(OneAtATime());
  std::vector<std::future<Outcome>> outcomes;
  outcomes.push_back(http.Send(Get(blocking.Url())));
  gate.AwaitRequest();
  for (int i = 0; i < 5; ++i) {
    outcomes.push_back(http.Send(Get(server.Url(absl::StrCat("/", i)))));
  }
  http.OnLoop([&] {
    EXPECT_EQ(http.transport()->in_flight(), 1);
    EXPECT_EQ(http.transport()->waiting(), 5);
  });
  gate.Open();
  for (std::future<Outcome>& outcome : outcomes) EXPECT_THAT(outcome.get(), IsOk());
  EXPECT_THAT(server.requests(), ElementsAre(HasSubstr("/0 "), HasSubstr("/1 "), HasSubstr("/2 "),
                                             HasSubstr("/3 "), HasSubstr("/4 ")));
}

TEST(CurlTransportLoadTest, TimeoutCountsFromSendWhileWaiting) {
  Gate gate;
  RawServer blocking(gate.Script());
  RawServer server(RawServer::Answering(kOk));
  TransportHarness http(OneAtATime());
  std::future<Outcome> first = http.Send(Get(blocking.Url()));
  gate.AwaitRequest();
  SendOptions options = Loopback();
  options.timeout = absl::Milliseconds(20);
  EXPECT_THAT(http.Send(Get(server.Url()), options).get(),
              StatusIs(absl::StatusCode::kDeadlineExceeded,
                       absl::StrCat("127.0.0.1:", server.port(), ": not begun within 20ms")));
  gate.Open();
  EXPECT_THAT(first.get(), IsOk());
  EXPECT_EQ(server.accepted(), 0);
}

TEST(CurlTransportLoadTest, CancelledExchangeIsNotToldAndMakesRoom) {
  Gate gate;
  RawServer blocking(gate.Script());
  RawServer server(RawServer::Answering(kOk));
  TransportHarness http(OneAtATime());
  Transport::ExchangeId id = 0;
  std::future<Outcome> cancelled = http.Send(Get(blocking.Url()), Loopback(), &id);
  gate.AwaitRequest();
  std::future<Outcome> next = http.Send(Get(server.Url()));
  http.Cancel(id);
  EXPECT_THAT(next.get(), IsOk());
  EXPECT_TRUE(IsBroken(std::move(cancelled)));
  http.Cancel(id);
  gate.Open();
}

TEST(CurlTransportLoadTest, CancelledWaitingExchangeIsNotSent) {
  Gate gate;
  RawServer blocking(gate.Script());
  RawServer server(RawServer::Answering(kOk));
  TransportHarness http(OneAtATime());
  std::future<Outcome> first = http.Send(Get(blocking.Url()));
  gate.AwaitRequest();
  Transport::ExchangeId id = 0;
  std::future<Outcome> cancelled = http.Send(Get(server.Url("/cancelled")), Loopback(), &id);
  std::future<Outcome> next = http.Send(Get(server.Url("/next")));
  http.Cancel(id);
  gate.Open();
  EXPECT_THAT(first.get(), IsOk());
  EXPECT_THAT(next.get(), IsOk());
  EXPECT_TRUE(IsBroken(std::move(cancelled)));
  EXPECT_THAT(server.requests(), ElementsAre(HasSubstr("/next")));
}

TEST(CurlTransportLoadTest, RefusedRequestCanBeCancelledToo) {
  TransportHarness http;
  std::promise<Outcome> outcome;
  std::future<Outcome> result = outcome.get_future();
  http.OnLoop([&] {
    const Transport::ExchangeId id = http.transport()->Send(
        Get("ftp://a.example"), Loopback(),
        [promise = std::move(outcome)](Outcome o) mutable { promise.set_value(std::move(o)); });
    http.transport()->Cancel(id);
  });
  EXPECT_TRUE(IsBroken(std::move(result)));
}

TEST(CurlTransportLoadTest, CallbackMaySendAndCancel) {
  RawServer server(RawServer::Answering(kOk));
  Gate gate;
  RawServer blocking(gate.Script());
  TransportHarness http;
  Transport::ExchangeId blocked_id = 0;
  std::future<Outcome> blocked = http.Send(Get(blocking.Url()), Loopback(), &blocked_id);
  gate.AwaitRequest();
  std::promise<Outcome> second;
  http.OnLoop([&] {
    http.transport()->Send(Get(server.Url("/1")), Loopback(), [&](Outcome) {
      http.transport()->Cancel(blocked_id);
      http.transport()->Send(Get(server.Url("/2")), Loopback(),
                             [&](Outcome outcome) { second.set_value(std::move(outcome)); });
    });
  });
  EXPECT_THAT(second.get_future().get(), IsOk());
  EXPECT_TRUE(IsBroken(std::move(blocked)));
  EXPECT_EQ(server.accepted(), 1);
  gate.Open();
}

TEST(CurlTransportLoadTest, EndOfTheTransportEndsItsExchangesUntold) {
  Gate gate;
  RawServer blocking(gate.Script());
  RawServer server(RawServer::Answering(kOk));
  TransportHarness http(CurlOptions{.max_in_flight = 2});
  // One kept connection, two exchanges in flight, one waiting, one refused.
  EXPECT_THAT(http.Exchange(Get(server.Url())), IsOk());
  std::vector<std::future<Outcome>> outcomes;
  outcomes.push_back(http.Send(Get(blocking.Url())));
  gate.AwaitRequest();
  http.OnLoop([&] {
    for (const std::string& url : {server.Url("/2"), server.Url("/3"), std::string("ftp://a")}) {
      std::promise<Outcome> outcome;
      outcomes.push_back(outcome.get_future());
      http.transport()->Send(
          Get(url), Loopback(),
          [promise = std::move(outcome)](Outcome o) mutable { promise.set_value(std::move(o)); });
    }
    http.transport().reset();
  });
  for (std::future<Outcome>& outcome : outcomes) EXPECT_TRUE(IsBroken(std::move(outcome)));
  gate.Open();
}

TEST(CurlTransportLoadTest, TransportMayOutliveTheLoopsThread) {
  Gate gate;
  RawServer blocking(gate.Script());
  const base::SystemClock clock;
  const std::unique_ptr<base::EventLoop> loop = base::EventLoop::Create().value();
  SB_ASSERT_OK_AND_ASSIGN(std::unique_ptr<CurlTransport> transport,
                          CurlTransport::Create({}, loop.get(), &clock));
  ASSERT_THAT(loop->Start(), IsOk());
  loop->Post(
      [&] { transport->Send(Get(blocking.Url()), Loopback(), [](Outcome) { ADD_FAILURE(); }); });
  gate.AwaitRequest();
  loop->Stop();
  transport.reset();
  gate.Open();
}

TEST(CurlTransportLoadTest, ManyExchangesOverFewConnectionsAllEnd) {
  RawServer server([](RawConnection& connection) {
    for (std::string request = connection.ReadRequest(); !request.empty();
         request = connection.ReadRequest()) {
      // The body comes back: answers do not get mixed up.
      const std::string body = request.substr(request.find("\r\n\r\n") + 4);
      connection.Send(
          absl::StrCat("HTTP/1.1 200 OK\r\nContent-Length: ", body.size(), "\r\n\r\n", body));
    }
  });
  TransportHarness http(CurlOptions{.max_in_flight = 16});
  constexpr int kExchanges = 2'000;
  std::vector<std::future<Outcome>> outcomes;
  for (int i = 0; i < kExchanges; ++i) {
    outcomes.push_back(http.Send(Post(server.Url(), absl::StrCat("number ", i))));
  }
  for (int i = 0; i < kExchanges; ++i) {
    const Outcome outcome = outcomes[i].get();
    ASSERT_THAT(outcome, IsOk());
    EXPECT_EQ(outcome->body, absl::StrCat("number ", i));
  }
  EXPECT_LE(server.accepted(), 16);
}

}  // namespace
}  // namespace sessionbroker::http
