#include "service/http/request_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tests/testing/status_matchers.h"

namespace sessionbroker::http {
namespace {

using ::sessionbroker::testing::IsOk;
using ::sessionbroker::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Request Valid() {
  Request request;
  request.method = "POST";
  request.url = "https://a.example/login?x=1";
  request.headers = {{"Content-Type", "application/json"}};
  request.body = "{}";
  return request;
}

TEST(CheckRequestTest, ValidRequestGivesItsOrigin) {
  SB_ASSERT_OK_AND_ASSIGN(const Origin origin, CheckRequest(Valid()));
  EXPECT_EQ(origin.ToString(), "https://a.example");
}

TEST(CheckRequestTest, MethodIsUpperCaseLetters) {
  for (const std::string method : {"GET", "HEAD", "DELETE", "OPTIONS", "MKCALENDAR"}) {
    Request request = Valid();
    request.method = method;
    request.body.clear();
    EXPECT_THAT(CheckRequest(request), IsOk()) << method;
  }
  for (const std::string method : {"", "get", "GET ", "G-T", "GET / HTTP/1.1\r\nX:", "CONNECT",
                                   "TRACE", "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG"}) {
    Request request = Valid();
    request.method = method;
    EXPECT_THAT(CheckRequest(request),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("method")))
        << method;
  }
}

TEST(CheckRequestTest, UrlIsCheckedAndNotShown) {
  for (const std::string url :
       {"", "a.example/hunter2", "ftp://a.example/hunter2", "https://u:hunter2@a.example/",
        "https://a.example/hunter2#x", "https://a.example/hunter2\r\nX: y",
        "https://a.example/ hunter2"}) {
    Request request = Valid();
    request.url = url;
    EXPECT_THAT(CheckRequest(request), StatusIs(absl::StatusCode::kInvalidArgument,
                                                AllOf(HasSubstr("URL"), Not(HasSubstr("hunter2")))))
        << url;
  }
}

TEST(CheckRequestTest, HeaderThatWouldBreakTheHeadIsRefusedAndNotShown) {
  const std::pair<std::string, std::string> kHeaders[] = {
      {"", "hunter2"},          {"X Y", "hunter2"},       {"X:", "hunter2"},
      {"X\r\n", "hunter2"},     {"hunter2;", "x"},        {std::string("X\0Y", 3), "hunter2"},
      {"X\xc3\xbc", "hunter2"}, {"X", "hunter2\r\nY: z"}, {"X", "hunter2\n"},
      {"X", "hunter2\r"},       {"X", {"hunter2\0", 8}},  {"X", "hunter2\x7f"},
      {"X", "\x1bhunter2"},
  };
  for (const auto& [name, value] : kHeaders) {
    Request request = Valid();
    request.headers.push_back({name, value});
    EXPECT_THAT(CheckRequest(request),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(HasSubstr("header 2 "), Not(HasSubstr("hunter2")))))
        << name;
  }
}

TEST(CheckRequestTest, HeadersOfTheTransportAreRefused) {
  for (const std::string name :
       {"host", "Content-Length", "content-length", "Transfer-Encoding", "TE", "Connection",
        "Keep-Alive", "Upgrade", "Expect", "Trailer", "Proxy-Connection", "Proxy-Authorization"}) {
    Request request = Valid();
    request.headers.push_back({name, "hunter2"});
    EXPECT_THAT(CheckRequest(request),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(HasSubstr("set by the transport"), Not(HasSubstr("hunter2")))))
        << name;
  }
}

TEST(CheckRequestTest, TabsAndBytesAboveAsciiMayStandInAValue) {
  Request request = Valid();
  request.headers.push_back({"X", "a\tb \xc3\xbc \xff"});
  EXPECT_THAT(CheckRequest(request), IsOk());
}

TEST(CheckRequestTest, GetAndHeadHaveNoBody) {
  for (const std::string method : {"GET", "HEAD"}) {
    Request request = Valid();
    request.method = method;
    request.body = "hunter2";
    EXPECT_THAT(CheckRequest(request), StatusIs(absl::StatusCode::kInvalidArgument,
                                                HasSubstr(method + " with a body of 7 bytes")));
  }
}

}  // namespace
}  // namespace sessionbroker::http
