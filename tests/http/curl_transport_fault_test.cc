// What goes wrong on the wire, and how it is told: each fault is made by bytes of a real server.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/http/unsent.h"
#include "tests/http/transport_harness.h"
#include "tests/testing/raw_server.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::http {
namespace {

using ::sessionbroker::testing::IsOk;
using ::sessionbroker::testing::RawConnection;
using ::sessionbroker::testing::RawServer;
using ::sessionbroker::testing::RefusingPort;
using ::sessionbroker::testing::SilentPort;
using ::sessionbroker::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

// Sends this and closes.
RawServer::Script Saying(std::string bytes) {
  return [bytes = std::move(bytes)](RawConnection& connection) {
    connection.ReadRequest();
    connection.Send(bytes);
  };
}

RawServer::Script SayingThenReset(std::string bytes) {
  return [bytes = std::move(bytes)](RawConnection& connection) {
    connection.ReadRequest();
    connection.Send(bytes);
    connection.Reset();
  };
}

RawServer::Script SayingThenSilent(std::string bytes) {
  return [bytes = std::move(bytes)](RawConnection& connection) {
    connection.ReadRequest();
    connection.Send(bytes);
    connection.AwaitClose();
  };
}

RawServer::Script SayingForEver(std::string once, std::string again) {
  // Many at a time: a system call for each would make this test slow.
  while (again.size() < 4096) again += again;
  return [once = std::move(once), again = std::move(again)](RawConnection& connection) {
    connection.ReadRequest();
    connection.Send(once);
    connection.SendForever(again);
  };
}

struct Fault {
  std::string name;
  RawServer::Script script;
  absl::StatusCode code;
  std::string says;

  friend void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.name; }
};

constexpr absl::StatusCode kUnavailable = absl::StatusCode::kUnavailable;
constexpr absl::StatusCode kDataLoss = absl::StatusCode::kDataLoss;
constexpr absl::StatusCode kExhausted = absl::StatusCode::kResourceExhausted;
constexpr absl::StatusCode kDeadline = absl::StatusCode::kDeadlineExceeded;

const std::vector<Fault>& Faults() {
  static const auto* const kFaults = new std::vector<Fault>{
      {"ClosedAtOnce", [](RawConnection&) {}, kUnavailable, ""},
      {"ClosedWithoutAnswer", Saying(""), kUnavailable, "connection closed without an answer"},
      {"ResetWithoutAnswer", SayingThenReset(""), kUnavailable, "Connection reset by peer"},
      {"ResetInStatusLine", SayingThenReset("HTTP/1."), kUnavailable, "broke off"},
      {"ResetInHead", SayingThenReset("HTTP/1.1 200 OK\r\nContent-Le"), kDataLoss, "broke off"},
      {"ResetInBody", SayingThenReset("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), kDataLoss,
       "broke off"},
      {"ClosedInStatusLine", Saying("HTTP/1.1 2"), kUnavailable, "without an answer"},
      {"ClosedInHead", Saying("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"), kDataLoss, "broke off"},
      {"ClosedAfterStatusLine", Saying("HTTP/1.1 200 OK\r\n"), kDataLoss, "broke off"},
      {"ClosedInHeaderLine", Saying("HTTP/1.1 200 OK\r\nContent-Le"), kDataLoss, "broke off"},
      {"ClosedInBody", Saying("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), kDataLoss,
       "the answer broke off"},
      {"ClosedInChunk", Saying("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc"),
       kDataLoss, "the answer broke off"},
      {"ClosedBeforeLastChunk",
       Saying("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"), kDataLoss,
       "the answer broke off"},
      {"ClosedAfterContinue", Saying("HTTP/1.1 100 Continue\r\n\r\n"), kDataLoss, "broke off"},
      {"ClosedInHeadAfterContinue",
       Saying("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n"), kDataLoss,
       "broke off"},
      {"BadChunk", Saying("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"),
       kDataLoss, ""},
      {"BadLength", Saying("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabc"), kDataLoss, ""},
      {"Garbage", Saying("\x16\x03\x01 garbage\r\n\r\n"), kDataLoss, "not HTTP"},
      {"OldHttp", Saying("<html>hello</html>"), kDataLoss, "not HTTP"},
      {"OtherProtocol", Saying("SSH-2.0-OpenSSH_9.2\r\n"), kDataLoss, "not HTTP"},
      {"OtherVersion", Saying("HTTP/7.1 200 OK\r\n\r\n"), kDataLoss, ""},
      {"NoStatus", Saying("HTTP/1.1 abc\r\n\r\n"), kDataLoss, ""},
      {"NulInHeader", Saying(std::string("HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n", 27)), kDataLoss, ""},
      {"EndlessBody", SayingForEver("HTTP/1.1 200 OK\r\n\r\n", std::string(4096, 'x')), kExhausted,
       "larger than 1000000 bytes"},
      {"AnnouncedHugeBody",
       SayingForEver("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
                     std::string(4096, 'x')),
       kExhausted, "larger than 1000000 bytes"},
      {"EndlessChunks",
       SayingForEver("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"),
       kExhausted, "larger than 1000000 bytes"},
      {"EndlessHeaders", SayingForEver("HTTP/1.1 200 OK\r\n", "X-Header: value\r\n"), kExhausted,
       "larger than 262144 bytes"},
      {"EndlessHeaderLine", SayingForEver("HTTP/1.1 200 OK\r\nX-Header: ", std::string(4096, 'x')),
       kExhausted, "too long"},
      {"EndlessContinues", SayingForEver("", "HTTP/1.1 100 Continue\r\n\r\n"), kExhausted,
       "larger than 262144 bytes"},
      {"EndlessTrailers",
       SayingForEver("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X: y\r\n"),
       kExhausted, "larger than 262144 bytes"},
      {"SilentAtOnce", SayingThenSilent(""), kDeadline, "within 500ms"},
      {"SilentInHead", SayingThenSilent("HTTP/1.1 200 OK\r\n"), kDeadline, "within 500ms"},
      {"SilentInBody", SayingThenSilent("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"),
       kDeadline, "within 500ms"},
      {"SilentAfterContinue", SayingThenSilent("HTTP/1.1 100 Continue\r\n\r\n"), kDeadline,
       "within 500ms"},
  };
  return *kFaults;
}

class FaultTest : public ::testing::TestWithParam<Fault> {};

TEST_P(FaultTest, IsToldByItsCodeAndShowsNothingOfTheRequest) {
  const Fault& fault = GetParam();
  RawServer server(fault.script);
  TransportHarness http;
  SendOptions options = Loopback();
  options.max_response_bytes = 1'000'000;
  if (fault.code == kDeadline) options.timeout = absl::Milliseconds(500);
  Request request = Post(server.Url("/hunter2?key=hunter2"), "hunter2");
  request.headers = {{"X-Key", "hunter2"}};

  const Outcome outcome = http.Exchange(std::move(request), options);

  const std::string peer = absl::StrCat("127.0.0.1:", server.port());
  EXPECT_THAT(outcome, StatusIs(fault.code, AllOf(HasSubstr(peer), HasSubstr(fault.says),
                                                  Not(HasSubstr("hunter2")))));
  EXPECT_FALSE(IsUnsent(outcome.status()));
  // Whatever happened: sent once.
  EXPECT_LE(server.requests().size(), 1);
  EXPECT_EQ(server.accepted(), 1);
}

INSTANTIATE_TEST_SUITE_P(OnTheWire, FaultTest, ::testing::ValuesIn(Faults()),
                         [](const auto& test) { return test.param.name; });

TEST(CurlTransportFaultTest, RefusedConnectionIsUnavailable) {
  const RefusingPort port;
  TransportHarness http;
  const Outcome outcome =
      http.Exchange(Get(absl::StrCat("http://127.0.0.1:", port.port(), "/hunter2")));
  EXPECT_THAT(outcome, StatusIs(kUnavailable, absl::StrCat("127.0.0.1:", port.port(),
                                                           ": not connected: Connection refused")));
  EXPECT_TRUE(IsUnsent(outcome.status()));
}

TEST(CurlTransportFaultTest, ConnectionThatIsNotMadeInItsOwnTimeIsUnavailable) {
  const SilentPort port;
  TransportHarness http(CurlOptions{.connect_timeout = absl::Milliseconds(50)});
  const Outcome outcome =
      http.Exchange(Get(absl::StrCat("http://127.0.0.1:", port.port(), "/hunter2")));
  EXPECT_THAT(outcome, StatusIs(kUnavailable, absl::StrCat("127.0.0.1:", port.port(),
                                                           ": no connection within 50ms")));
  EXPECT_TRUE(IsUnsent(outcome.status()));
}

TEST(CurlTransportFaultTest, ConnectionThatIsNotMadeInTheWholeTimeIsLate) {
  const SilentPort port;
  TransportHarness http;
  SendOptions options = Loopback();
  options.timeout = absl::Milliseconds(50);
  EXPECT_THAT(
      http.Exchange(Get(absl::StrCat("http://127.0.0.1:", port.port(), "/")), options),
      StatusIs(kDeadline, absl::StrCat("127.0.0.1:", port.port(), ": no connection within 50ms")));
}

TEST(CurlTransportFaultTest, TimeoutThatIsOverAtSendIsLate) {
  RawServer server(RawServer::Answering(kOk));
  TransportHarness http;
  for (const absl::Duration timeout : {absl::ZeroDuration(), -absl::Seconds(1)}) {
    SendOptions options = Loopback();
    options.timeout = timeout;
    const Outcome outcome = http.Exchange(Get(server.Url()), options);
    EXPECT_THAT(outcome, StatusIs(kDeadline, HasSubstr("not begun within")));
    EXPECT_TRUE(IsUnsent(outcome.status()));
  }
  EXPECT_EQ(server.accepted(), 0);
}

TEST(CurlTransportFaultTest, InfiniteTimeoutIsAllowed) {
  RawServer server(RawServer::Answering(kOk));
  TransportHarness http;
  SendOptions options = Loopback();
  options.timeout = absl::InfiniteDuration();
  EXPECT_THAT(http.Exchange(Get(server.Url()), options), IsOk());
}

TEST(CurlTransportFaultTest, AnswerOfExactlyTheLimitIsTaken) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";
  RawServer server(RawServer::Answering(absl::StrCat(head, "0123456789")));
  TransportHarness http;
  SendOptions options = Loopback();
  options.max_response_bytes = head.size() + 10;
  EXPECT_THAT(http.Exchange(Get(server.Url()), options), IsOk());
  --options.max_response_bytes;
  EXPECT_THAT(http.Exchange(Get(server.Url()), options),
              StatusIs(kExhausted, HasSubstr(absl::StrCat("larger than ", head.size() + 9))));
}

// Answers the first request of each connection; closes it, without a word, when the second has
// come.
void LoseSecondRequest(RawConnection& connection) {
  connection.ReadRequest();
  connection.Send(kOk);
  connection.ReadRequest();
}

TEST(CurlTransportFaultTest, RequestLostInAKeptConnectionIsNotSentAgain) {
  for (const std::string method : {"GET", "POST"}) {
    SCOPED_TRACE(method);
    RawServer server(LoseSecondRequest);
    TransportHarness http;
    const auto exchange = [&] {
      Request request = Get(server.Url("/hunter2"));
      request.method = method;
      return http.Exchange(std::move(request));
    };
    EXPECT_THAT(exchange(), IsOk());
    const Outcome lost = exchange();
    EXPECT_THAT(lost, StatusIs(kUnavailable, AllOf(HasSubstr("kept connection closed"),
                                                   Not(HasSubstr("hunter2")))));
    EXPECT_FALSE(IsUnsent(lost.status()));
    EXPECT_THAT(server.requests(), SizeIs(2));
    // From now on this server is not trusted with kept connections.
    EXPECT_THAT(exchange(), IsOk());
    EXPECT_THAT(exchange(), IsOk());
    EXPECT_THAT(exchange(), IsOk());
    EXPECT_THAT(server.requests(), SizeIs(5));
  }
}

TEST(CurlTransportFaultTest, ServerThatClosesAfterEachAnswerLosesOneRequestAtMost) {
  RawServer server([&](RawConnection& connection) {
    connection.ReadRequest();
    connection.Send(kOk);
  });
  TransportHarness http;
  constexpr int kExchanges = 20;
  int lost = 0;
  for (int i = 0; i < kExchanges; ++i) {
    const Outcome outcome = http.Exchange(Get(server.Url()));
    if (outcome.ok()) continue;
    // It met the kept connection before the end of it had arrived.
    EXPECT_THAT(outcome, StatusIs(kUnavailable, HasSubstr("kept connection closed")));
    ++lost;
  }
  EXPECT_LE(lost, 1);
  EXPECT_EQ(server.requests().size(), kExchanges - lost);
}

TEST(CurlTransportFaultTest, FaultOfOneExchangeDoesNotTouchOthers) {
  RawServer good(RawServer::Answering(kOk));
  RawServer bad(SayingThenReset("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"));
  TransportHarness http;
  std::vector<std::future<Outcome>> from_good;
  std::vector<std::future<Outcome>> from_bad;
  for (int i = 0; i < 30; ++i) {
    from_good.push_back(http.Send(Get(good.Url())));
    from_bad.push_back(http.Send(Get(bad.Url())));
  }
  for (std::future<Outcome>& outcome : from_good) EXPECT_THAT(outcome.get(), IsOk());
  for (std::future<Outcome>& outcome : from_bad) EXPECT_FALSE(outcome.get().ok());
}

}  // namespace
}  // namespace sessionbroker::http
