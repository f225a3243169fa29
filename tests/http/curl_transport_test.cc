// The transport between a caller and a real server: what goes out, what comes back, and what is
// never done. Faults are in curl_transport_fault_test.cc.

#include "service/http/curl_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/http/transport_harness.h"
#include "tests/testing/raw_server.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_directory.h"

namespace sessionbroker::http {
namespace {

using ::sessionbroker::testing::IsOk;
using ::sessionbroker::testing::RawConnection;
using ::sessionbroker::testing::RawServer;
using ::sessionbroker::testing::StatusIs;
using ::sessionbroker::testing::TempDirectory;
using ::testing::_;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::FieldsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// What the server saw of `request` (its URL is the path to send it to), with the port taken out.
std::string OnTheWire(Request request) {
  RawServer server(RawServer::Answering(kOk));
  TransportHarness http(CurlOptions{.user_agent = "broker/1"});
  const std::string method = request.method;
  request.url = server.Url(request.url);
  EXPECT_THAT(http.Exchange(std::move(request)), IsOk());
  const std::vector<std::string> seen = server.requests();
  EXPECT_THAT(seen, SizeIs(1));
  return absl::StrReplaceAll(seen.front(), {{absl::StrCat(":", server.port()), ":PORT"}});
}

Request WithMethod(const std::string& method, const std::string& body = "") {
  Request request = Post("/", body);
  request.method = method;
  return request;
}

TEST(CurlTransportWireTest, GetIsNothingButItsHead) {
  EXPECT_EQ(OnTheWire(Get("/webservice.php?operation=getchallenge&username=ann%40x")),
            "GET /webservice.php?operation=getchallenge&username=ann%40x HTTP/1.1\r\n"
            "Host: 127.0.0.1:PORT\r\n"
            "User-Agent: broker/1\r\n"
            "Accept: */*\r\n"
            "\r\n");
}

TEST(CurlTransportWireTest, PostSendsItsBodyAndNoTypeOfCurls) {
  EXPECT_EQ(OnTheWire(Post("/login", std::string("a\0b\r\n", 5))),
            std::string("POST /login HTTP/1.1\r\n"
                        "Host: 127.0.0.1:PORT\r\n"
                        "User-Agent: broker/1\r\n"
                        "Accept: */*\r\n"
                        "Content-Length: 5\r\n"
                        "\r\n") +
                std::string("a\0b\r\n", 5));
}

TEST(CurlTransportWireTest, HeadersKeepOrderCaseAndRepetition) {
  Request request = Post("/", "{}");
  request.headers = {{"content-TYPE", "application/json"},
                     {"X-B", "2"},
                     {"X-A", "1"},
                     {"X-B", "3"},
                     {"X-Empty", ""},
                     {"X-Blank", " \t"},
                     {"X-Semi", ";"},
                     {"X-Utf8", "ü"},
                     {"Cookie", "a=b; c=d"},
                     {"user-agent", "Mozilla/5.0"},
                     {"Accept", "a/b"}};
  EXPECT_EQ(OnTheWire(std::move(request)),
            "POST / HTTP/1.1\r\n"
            "Host: 127.0.0.1:PORT\r\n"
            "content-TYPE: application/json\r\n"
            "X-B: 2\r\n"
            "X-A: 1\r\n"
            "X-B: 3\r\n"
            "X-Empty:\r\n"
            "X-Blank:\r\n"
            "X-Semi: ;\r\n"
            "X-Utf8: ü\r\n"
            "Cookie: a=b; c=d\r\n"
            "user-agent: Mozilla/5.0\r\n"
            "Accept: a/b\r\n"
            "Content-Length: 2\r\n"
            "\r\n"
            "{}");
}

TEST(CurlTransportWireTest, MethodDecidesWhetherAnEmptyBodyIsAnnounced) {
  const struct {
    std::string method;
    std::string body;
    std::string announced;
  } kCases[] = {
      {"POST", "", "Content-Length: 0\r\n"},
      {"PUT", "", "Content-Length: 0\r\n"},
      {"PATCH", "", "Content-Length: 0\r\n"},
      {"DELETE", "", ""},
      {"OPTIONS", "", ""},
      {"PUT", "abc", "Content-Length: 3\r\n"},
      {"PATCH", "abc", "Content-Length: 3\r\n"},
      {"DELETE", "abc", "Content-Length: 3\r\n"},
      {"REPORT", "abc", "Content-Length: 3\r\n"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(OnTheWire(WithMethod(c.method, c.body)),
              absl::StrCat(c.method,
                           " / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nUser-Agent: broker/1\r\n"
                           "Accept: */*\r\n",
                           c.announced, "\r\n", c.body));
  }
}

TEST(CurlTransportWireTest, PathIsSentAsItStands) {
  for (const std::string path :
       {"//evil.example/x", "/a/../b/./c", "/%2e%2e/%2F?q=%20+&&=", "/a?b?c/../d", "/?http://x/"}) {
    EXPECT_THAT(OnTheWire(Get(path)), HasSubstr(absl::StrCat("GET ", path, " HTTP/1.1\r\n")));
  }
}

TEST(CurlTransportWireTest, LargeBodyArrivesWholeWithoutAskingFirst) {
  std::string body;
  for (int i = 0; i < 300'000; ++i) body.append(absl::StrCat(i, ";"));
  const std::string wire = OnTheWire(Post("/", body));
  EXPECT_THAT(wire.substr(0, 300), Not(HasSubstr("Expect")));
  EXPECT_TRUE(wire.substr(wire.find("\r\n\r\n") + 4) == body);
}

TEST(CurlTransportTest, AnyStatusIsAnAnswer) {
  for (const int status : {200, 201, 204, 304, 400, 401, 403, 404, 418, 429, 500, 503, 599}) {
    RawServer server(RawServer::Answering(
        absl::StrCat("HTTP/1.1 ", status, " Some Words\r\nX-A: b\r\nContent-Length: 0\r\n\r\n")));
    TransportHarness http;
    SB_ASSERT_OK_AND_ASSIGN(const Response response, http.Exchange(Get(server.Url())));
    EXPECT_EQ(response.status, status);
    EXPECT_GT(response.elapsed, absl::ZeroDuration());
    ASSERT_NE(response.FindHeader("x-a"), nullptr);
    EXPECT_EQ(*response.FindHeader("x-a"), "b");
  }
}

TEST(CurlTransportTest, AnswersHeadersStayApartInOrder) {
  RawServer server(
      RawServer::Answering("HTTP/1.1 100 Continue\r\nX-Not: this\r\n\r\n"
                           "HTTP/1.1 200 OK\r\n"
                           "Set-Cookie: a=1\r\n"
                           "x-Two:  spaces  \r\n"
                           "Set-Cookie: b=2\r\n"
                           "X-Empty:\r\n"
                           "Transfer-Encoding: chunked\r\n"
                           "\r\n"
                           "3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nX-Trailer: not\r\n\r\n"));
  TransportHarness http;
  SB_ASSERT_OK_AND_ASSIGN(const Response response, http.Exchange(Get(server.Url())));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "abcde");
  EXPECT_THAT(response.headers,
              ElementsAre(FieldsAre("Set-Cookie", "a=1"), FieldsAre("x-Two", "spaces"),
                          FieldsAre("Set-Cookie", "b=2"), FieldsAre("X-Empty", ""),
                          FieldsAre("Transfer-Encoding", "chunked")));
}

TEST(CurlTransportTest, BodyWithoutLengthEndsWithTheConnection) {
  RawServer server([](RawConnection& connection) {
    connection.ReadRequest();
    connection.Send("HTTP/1.0 200 OK\r\n\r\nuntil the end");
  });
  TransportHarness http;
  SB_ASSERT_OK_AND_ASSIGN(const Response response, http.Exchange(Get(server.Url())));
  EXPECT_EQ(response.body, "until the end");
}

TEST(CurlTransportTest, AnswerToHeadHasNoBodyWhateverItsLengthSays) {
  RawServer server(RawServer::Answering("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"));
  TransportHarness http;
  Request request = Get(server.Url());
  request.method = "HEAD";
  SB_ASSERT_OK_AND_ASSIGN(const Response response, http.Exchange(std::move(request)));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "");
}

TEST(CurlTransportTest, CompressedAnswerIsNotTouched) {
  RawServer server(RawServer::Answering(
      "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnot!"));
  TransportHarness http;
  SB_ASSERT_OK_AND_ASSIGN(const Response response, http.Exchange(Get(server.Url())));
  EXPECT_EQ(response.body, "not!");
}

TEST(CurlTransportTest, RedirectIsAnAnswerNotAnOrder) {
  RawServer elsewhere(RawServer::Answering(kOk));
  RawServer server(RawServer::Answering(absl::StrCat(
      "HTTP/1.1 302 Found\r\nLocation: ", elsewhere.Url(), "\r\nContent-Length: 0\r\n\r\n")));
  TransportHarness http;
  SB_ASSERT_OK_AND_ASSIGN(const Response response, http.Exchange(Get(server.Url())));
  EXPECT_EQ(response.status, 302);
  EXPECT_EQ(*response.FindHeader("Location"), elsewhere.Url());
  EXPECT_EQ(elsewhere.accepted(), 0);
  EXPECT_THAT(server.requests(), SizeIs(1));
}

TEST(CurlTransportTest, CookiesAreNotSentBack) {
  RawServer server(RawServer::Answering(
      "HTTP/1.1 200 OK\r\nSet-Cookie: sid=1; Path=/\r\nContent-Length: 0\r\n\r\n"));
  TransportHarness http;
  for (int i = 0; i < 3; ++i) EXPECT_THAT(http.Exchange(Get(server.Url())), IsOk());
  for (const std::string& request : server.requests()) {
    EXPECT_THAT(request, Not(HasSubstr("ookie")));
  }
}

TEST(CurlTransportTest, DemandForCredentialsIsAnAnswer) {
  RawServer server(
      RawServer::Answering("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\n"
                           "WWW-Authenticate: Negotiate\r\nContent-Length: 0\r\n\r\n"));
  TransportHarness http;
  SB_ASSERT_OK_AND_ASSIGN(const Response response, http.Exchange(Get(server.Url())));
  EXPECT_EQ(response.status, 401);
  EXPECT_THAT(server.requests(), ElementsAre(Not(HasSubstr("Authorization"))));
}

// Sets environment variables for a scope.
class Environment {
 public:
  explicit Environment(std::vector<std::pair<std::string, std::string>> variables)
      : variables_(std::move(variables)) {
    for (const auto& [name, value] : variables_) setenv(name.c_str(), value.c_str(), 1);
  }
  ~Environment() {
    for (const auto& [name, value] : variables_) unsetenv(name.c_str());
  }

 private:
  const std::vector<std::pair<std::string, std::string>> variables_;
};

TEST(CurlTransportTest, EnvironmentAndHomeDirectoryDoNotCount) {
  RawServer proxy(RawServer::Answering(kOk));
  RawServer server(RawServer::Answering(kOk));
  const TempDirectory home;
  home.Write(".netrc", "machine 127.0.0.1 login ann password hunter2\n");
  home.Write("_netrc", "default login ann password hunter2\n");
  home.Write(".curlrc", "user-agent = curlrc\n");
  const Environment environment({{"http_proxy", proxy.Url()},
                                 {"HTTP_PROXY", proxy.Url()},
                                 {"https_proxy", proxy.Url()},
                                 {"ALL_PROXY", proxy.Url()},
                                 {"all_proxy", proxy.Url()},
                                 {"NO_PROXY", ""},
                                 {"HOME", home.path()},
                                 {"CURL_HOME", home.path()}});
  TransportHarness http;
  EXPECT_THAT(http.Exchange(Get(server.Url())), IsOk());
  EXPECT_EQ(proxy.accepted(), 0);
  EXPECT_THAT(server.requests(),
              ElementsAre(AllOf(Not(HasSubstr("Authorization")), HasSubstr("session-broker"))));
}

TEST(CurlTransportTest, KeptConnectionIsUsedAgain) {
  RawServer server(RawServer::Answering(kOk));
  TransportHarness http;
  for (int i = 0; i < 5; ++i) EXPECT_THAT(http.Exchange(Post(server.Url(), "x")), IsOk());
  EXPECT_EQ(server.accepted(), 1);
  EXPECT_THAT(server.requests(), SizeIs(5));
}

TEST(CurlTransportTest, HandleLeavesNothingOfItsLastExchange) {
  RawServer server(RawServer::Answering(kOk));
  TransportHarness http(CurlOptions{.user_agent = "broker/1"});
  Request first = Post(server.Url("/secret"), "password=hunter2");
  first.method = "PUT";
  first.headers = {{"X-Secret", "hunter2"}, {"User-Agent", "first"}, {"Content-Type", "a/b"}};
  EXPECT_THAT(http.Exchange(std::move(first)), IsOk());
  Request head = Get(server.Url());
  head.method = "HEAD";
  EXPECT_THAT(http.Exchange(std::move(head)), IsOk());
  EXPECT_THAT(http.Exchange(Get(server.Url("/second"))), IsOk());
  EXPECT_EQ(server.requests().back(),
            absl::StrCat("GET /second HTTP/1.1\r\nHost: 127.0.0.1:", server.port(),
                         "\r\nUser-Agent: broker/1\r\n"
                         "Accept: */*\r\n\r\n"));
}

TEST(CurlTransportTest, WrongRequestIsRefusedAfterSendHasReturned) {
  TransportHarness http;
  bool returned = false;
  bool returned_before_callback = false;
  std::promise<Outcome> outcome;
  http.OnLoop([&] {
    http.transport()->Send(Get("ftp://a.example"), Loopback(), [&](Outcome result) {
      returned_before_callback = returned;
      outcome.set_value(std::move(result));
    });
    returned = true;
  });
  EXPECT_THAT(outcome.get_future().get(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("scheme is 'ftp'")));
  EXPECT_TRUE(returned_before_callback);
}

TEST(CurlTransportTest, CreateRefusesWhatCannotWork) {
  const std::unique_ptr<base::EventLoop> loop = base::EventLoop::Create().value();
  const base::SystemClock clock;
  EXPECT_THAT(CurlTransport::Create({.max_in_flight = 0}, loop.get(), &clock),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("max_in_flight is 0")));
  EXPECT_THAT(CurlTransport::Create({.ca_file = "/nonexistent/ca.pem"}, loop.get(), &clock),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("'/nonexistent/ca.pem'")));
}

}  // namespace
}  // namespace sessionbroker::http
