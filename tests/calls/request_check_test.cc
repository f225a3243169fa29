#include "service/calls/request_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "service/calls/path_check.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::calls {
namespace {

using sessionbroker::testing::HasReason;
using sessionbroker::testing::IsOk;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Optional;

Request Valid() {
  Request request;
  request.method = "POST";
  request.path = "/webservice.php";
  request.query = {{"operation", "query"}};
  request.headers = {{"Accept", "application/json"}};
  request.body = FormBody{{{"query", "select * from Leads;"}}};
  return request;
}

ReservedNames Reserved() {
  ReservedNames reserved;
  reserved.AddParameter("sessionName");
  reserved.AddParameter("session.key");
  reserved.AddHeader("X-Session-Id");
  return reserved;
}

absl::Status Check(const Request& request) { return CheckRequest(request, Reserved(), {}); }

TEST(PathCheckTest, WhatStaysBelowTheBaseUrlMayBeSent) {
  for (const char* path : {"/", "/a", "/a/", "/webservice.php", "/clientapi/v1/getoperation",
                           "/a.b/c..d/.well-known", "/x@y.example:80/a", "/~user/$(a)!*'+,;=&",
                           "/caf%C3%A9/100%25", "/a%20b", "/a;v=1/b", "/a%2Bb", "/%E2%82%AC"}) {
    EXPECT_THAT(CheckPath(path), IsOk()) << path;
  }
}

TEST(PathCheckTest, LengthHasALimit) {
  const std::string longest = absl::StrCat("/", std::string(kMaxPathBytes - 1, 'a'));
  EXPECT_THAT(CheckPath(longest), IsOk());
  const absl::Status status = CheckPath(longest + "a");
  EXPECT_THAT(status, HasReason(base::Reason::kInvalidArgument));
  EXPECT_THAT(std::string(status.message()), HasSubstr("has 2049 bytes, at most 2048"));
}

// What would leave the base URL, or lead to another resource there than it says.
TEST(PathCheckTest, AttacksAreRefusedEachWithItsMessage) {
  struct Attack {
    absl::string_view path;
    const char* message;
  };
  constexpr char kSlash[] = "has an encoded '/', which";
  constexpr char kDots[] = "has a dot segment";
  constexpr char kEncodedDots[] = "has a dot segment that is percent-encoded";
  const Attack attacks[] = {
      {"", "must begin with '/'"},
      {"a", "must begin with '/'"},
      {"@evil.example/", "must begin with '/'"},
      {":80@evil.example", "must begin with '/'"},
      {".evil.example/", "must begin with '/'"},
      {"https://evil.example/", "is an absolute URL"},
      {"HTTP://evil.example/", "is an absolute URL"},
      {"https://user:word@evil.example/", "is an absolute URL"},
      {"//evil.example/", "what begins with '//' names a host"},
      {"//user@evil.example/", "what begins with '//' names a host"},
      {"/a//b", "has an empty segment at offset 3"},
      {"/a//", "has an empty segment at offset 3"},
      {"/\\evil.example/", "has a backslash at offset 1"},
      {"\\\\evil.example", "must begin with '/'"},
      {"/a\\..\\b", "has a backslash at offset 2"},
      {"/a%5cb", "has an encoded '\\'"},
      {"/a%5C..%5Cb", "has an encoded '\\'"},
      {"/a%255cb", "has an encoded '\\'"},
      {"/..", kDots},
      {"/../", kDots},
      {"/a/../b", kDots},
      {"/a/./b", kDots},
      {"/.", kDots},
      {"/a/..;x=1/b", kDots},
      {"/a/.;/b", kDots},
      {"/a/.../b", kDots},
      {"/%2e%2e/a", kEncodedDots},
      {"/%2E%2E/a", kEncodedDots},
      {"/.%2e/a", kEncodedDots},
      {"/%2e./a", kEncodedDots},
      {"/a/%2e", kEncodedDots},
      {"/%2e%2e;x/a", kEncodedDots},
      {"/..%20/a", kEncodedDots},
      {"/%252e%252e/a", kEncodedDots},
      {"/%252E%252e/a", kEncodedDots},
      {"/%25252e%25252e/a", kEncodedDots},
      {"/%2%65%2%65/a", "has a '%' at offset 1 that two hexadecimal digits do not follow"},
      {"/%25%32%65%25%32%65/a", kEncodedDots},
      {"/%2e%2e%2fa", kSlash},
      {"/a%2fb", kSlash},
      {"/a%2Fb", kSlash},
      {"/a%252fb", kSlash},
      {"/a%25252Fb", kSlash},
      {"/%c0%ae%c0%ae/a", "is not UTF-8 once it is decoded"},
      {"/%c0%af", "is not UTF-8 once it is decoded"},
      {"/%25c0%25af", "is not UTF-8 once it is decoded"},
      {"/%ff", "is not UTF-8 once it is decoded"},
      {"/a?b=c", "has a '?' at offset 2"},
      {"/a%3fb=c", "has an encoded '?'"},
      {"/a%253Fb=c", "has an encoded '?'"},
      {"/a#b", "has a '#' at offset 2"},
      {"/a%23b", "has an encoded '#'"},
      {"/a b", "has byte 0x20 at offset 2"},
      {"/a\tb", "has byte 0x09 at offset 2"},
      {"/a\r\nX: y", "has byte 0x0d at offset 2"},
      {"/a HTTP/1.1\r\nHost: evil.example", "has byte 0x20 at offset 2"},
      {absl::string_view("/a\0b", 4), "has byte 0x00 at offset 2"},
      {"/a\x7f", "has byte 0x7f at offset 2"},
      {"/caf\xc3\xa9", "has byte 0xc3 at offset 4"},
      {"/a%00", "has an encoded control byte"},
      {"/a%0d%0aX:y", "has an encoded control byte"},
      {"/a%250d", "has an encoded control byte"},
      {"/a%7F", "has an encoded control byte"},
      {"/a%", "has a '%' at offset 2"},
      {"/a%2", "has a '%' at offset 2"},
      {"/a%zz", "has a '%' at offset 2"},
      {"/a\"b", "has byte 0x22 at offset 2"},
      {"/<a>", "has byte 0x3c at offset 1"},
      {"/a|b^c`{d}", "has byte 0x7c at offset 2"},
  };
  for (const Attack& attack : attacks) {
    const absl::Status status = CheckPath(attack.path);
    ASSERT_THAT(status, HasReason(base::Reason::kInvalidArgument)) << absl::CEscape(attack.path);
    EXPECT_THAT(std::string(status.message()), HasSubstr(attack.message))
        << absl::CEscape(attack.path);
  }
}

TEST(RequestCheckTest, OrdinaryRequestsMayBeSent) {
  EXPECT_THAT(Check(Valid()), IsOk());
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE"}) {
    Request request = Valid();
    request.method = method;
    EXPECT_THAT(Check(request), IsOk());
    request.body = RawBody{"{}"};
    request.headers = {{"Content-Type", "application/json"}, {"If-Match", "\"1\""}};
    EXPECT_THAT(Check(request), IsOk());
    request.body = std::monostate();
    EXPECT_THAT(Check(request), IsOk());
  }
  Request get = Valid();
  get.method = "GET";
  get.body = std::monostate();
  get.query = {{"a", "1"}, {"a", "2"}, {"b[]", "\r\n"}, {"", ""}};
  get.headers = {{"User-Agent", "mine"}, {"X-Empty", ""}, {"Accept", "a"}, {"Accept", "b\tc"}};
  EXPECT_THAT(Check(get), IsOk());
}

// What servers would take for another request than the broker does, or what the broker adds itself.
TEST(RequestCheckTest, AttacksAreRefusedEachWithItsMessage) {
  struct Attack {
    const char* what;
    std::function<void(Request&)> change;
    const char* message;
  };
  const auto header = [](std::string name, std::string value = "x") {
    return [name = std::move(name), value = std::move(value)](Request& request) {
      request.headers.push_back({name, value});
    };
  };
  const auto query = [](std::string name) {
    return [name = std::move(name)](Request& request) { request.query.push_back({name, "x"}); };
  };
  const auto field = [](std::string name) {
    return [name = std::move(name)](Request& request) {
      std::get<FormBody>(request.body).fields.push_back({name, "x"});
    };
  };
  const auto method = [](std::string name) {
    return [name = std::move(name)](Request& request) { request.method = name; };
  };
  constexpr char kMethods[] = "request.method: must be GET, POST, PUT, PATCH or DELETE";
  constexpr char kConnection[] = "belongs to the connection, which is the broker's";
  constexpr char kCredentials[] = "carries credentials, which the broker sets";
  constexpr char kOther[] = "tells servers of another request or client than there is";
  constexpr char kSessionParameter[] =
      "is a parameter of session or signature, which the broker sets";
  constexpr char kToken[] = "its name is no token of HTTP";
  constexpr char kControl[] = "its value has a line break or another control character";
  const Attack attacks[] = {
      {"no method", method(""), kMethods},
      {"lower case", method("get"), kMethods},
      {"CONNECT", method("CONNECT"), kMethods},
      {"TRACE", method("TRACE"), kMethods},
      {"two lines", method("GET / HTTP/1.1\r\nX: y\r\n\r\nPOST"), kMethods},
      {"path", [](Request& r) { r.path = "/../x"; }, "request.path: has a dot segment"},
      {"a body with GET", method("GET"), "request.method: GET has no body"},
      {"Host", header("Host", "evil.example"), kConnection},
      {"host", header("hOST", "evil.example"), kConnection},
      {"Content-Length", header("Content-Length", "0"), kConnection},
      {"content_length", header("content_length", "0"), kConnection},
      {"Transfer-Encoding", header("Transfer-Encoding", "chunked"), kConnection},
      {"Connection", header("Connection", "Authorization"), kConnection},
      {"Keep-Alive", header("Keep-Alive"), kConnection},
      {"Proxy-Connection", header("Proxy-Connection"), kConnection},
      {"Proxy-Authorization", header("Proxy-Authorization"), kCredentials},
      {"TE", header("TE", "trailers"), kConnection},
      {"Trailer", header("Trailer"), kConnection},
      {"Upgrade", header("Upgrade", "h2c"), kConnection},
      {"HTTP2-Settings", header("HTTP2-Settings"), kConnection},
      {"Expect", header("Expect", "100-continue"), kConnection},
      {"Authorization", header("Authorization", "Basic x"), kCredentials},
      {"authorization", header("authorization"), kCredentials},
      {"corebos-authorization", header("corebos-authorization"), kCredentials},
      {"COREBOS_AUTHORIZATION", header("COREBOS_AUTHORIZATION"), kCredentials},
      {"Cookie", header("Cookie", "a=b"), kCredentials},
      {"Cookie2", header("Cookie2"), kCredentials},
      {"session header", header("x-session-id"), "belongs to session or signature"},
      {"session header, as CGI", header("X_Session_ID"), "belongs to session or signature"},
      {"X-HTTP-Method-Override", header("X-HTTP-Method-Override", "DELETE"), kOther},
      {"X-Original-URL", header("X-Original-URL", "/admin"), kOther},
      {"X-Rewrite-URL", header("X-Rewrite-Url", "/admin"), kOther},
      {"X-Forwarded-For", header("X-Forwarded-For", "127.0.0.1"), kOther},
      {"X-Forwarded-Host", header("x-forwarded-host", "evil.example"), kOther},
      {"Forwarded", header("Forwarded", "for=127.0.0.1"), kOther},
      {"header name with a colon", header("X: y"), kToken},
      {"header name with a line break", header("X\r\nHost"), kToken},
      {"no header name", header(""), kToken},
      {"header name with a space", header("Host "), kToken},
      {"header name beyond ASCII", header("H\xc3\xb6st"), kToken},
      {"CR LF in a header", header("X", "y\r\nHost: evil.example"), kControl},
      {"LF in a header", header("X", "y\nz"), kControl},
      {"NUL in a header", header("X", std::string("y\0z", 3)), kControl},
      {"Content-Type beside a form", header("Content-Type", "multipart/form-data"),
       "Content-Type follows from request.form"},
      {"session in the query", query("sessionName"), kSessionParameter},
      {"session in another case", query("SESSIONNAME"), kSessionParameter},
      {"session as an array", query("sessionName[]"), kSessionParameter},
      {"session as a key of an array", query("sessionName[0]"), kSessionParameter},
      {"session behind a space", query(" sessionName"), kSessionParameter},
      {"session before a NUL", query(std::string("sessionName\0x", 13)), kSessionParameter},
      {"session with a dot", query("session.key"), kSessionParameter},
      {"session with an underscore", query("session_key"), kSessionParameter},
      {"session in the form", field("sessionName"), kSessionParameter},
      {"session in the form, as an array", field("sessionname[a][b]"), kSessionParameter},
      {"_method in the query", query("_method"), "_method for the request's method"},
      {"_method in the form", field("_METHOD"), "_method for the request's method"},
  };
  for (const Attack& attack : attacks) {
    Request request = Valid();
    attack.change(request);
    const absl::Status status = Check(request);
    ASSERT_THAT(status, HasReason(base::Reason::kInvalidArgument)) << attack.what;
    EXPECT_THAT(std::string(status.message()), HasSubstr(attack.message)) << attack.what;
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("evil"))) << attack.what;
  }
}

TEST(RequestCheckTest, SecondContentTypeIsRefused) {
  Request request = Valid();
  request.body = RawBody{"{}"};
  request.headers = {{"Content-Type", "application/json"}, {"content-type", "text/plain"}};
  EXPECT_THAT(std::string(Check(request).message()),
              HasSubstr("headers[1]: a second Content-Type"));
}

TEST(RequestCheckTest, SizesHaveLimitsWhichMayBeReached) {
  const RequestLimits limits = {.max_parameters = 3,
                                .max_headers = 2,
                                .max_query_bytes = 10,
                                .max_header_bytes = 12,
                                .max_body_bytes = 8};
  Request largest;
  largest.method = "POST";
  largest.path = "/";
  largest.query = {{"a", "2345"}, {"b", "7890"}};
  largest.headers = {{"Xa", "3456"}, {"Xb", "9012"}};
  largest.body = FormBody{{{"c", "2345678"}}};
  EXPECT_THAT(CheckRequest(largest, {}, limits), IsOk());

  struct Case {
    std::function<void(Request&)> change;
    const char* message;
  };
  const Case cases[] = {
      {[](Request& r) { r.query[0].value += "x"; }, "request.query: has 11 bytes, at most 10"},
      {[](Request& r) { r.query.resize(4); }, "request.query: 4 are too many, at most 3"},
      {[](Request& r) { r.query.resize(3); }, "request.query and form: 4 are too many, at most 3"},
      {[](Request& r) { r.headers[0].value += "x"; }, "request.headers: has 13 bytes, at most 12"},
      {[](Request& r) {
         r.headers.push_back({"X", ""});
       },
       "request.headers: 3 are too many"},
      {[](Request& r) { std::get<FormBody>(r.body).fields[0].name += "x"; },
       "request.form.fields: has 9 bytes, at most 8"},
      {[](Request& r) { r.body = RawBody{"123456789"}; }, "request.raw: has 9 bytes, at most 8"},
  };
  for (const Case& c : cases) {
    Request request = largest;
    c.change(request);
    const absl::Status status = CheckRequest(request, {}, limits);
    EXPECT_THAT(status, HasReason(base::Reason::kInvalidArgument)) << c.message;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.message));
  }
}

TEST(RuledParameterTest, RuleSeesTheOneValueThatTheProviderSees) {
  Request request = Valid();
  SB_ASSERT_OK_AND_ASSIGN(std::optional<std::string> value, RuledParameter(request, "operation"));
  EXPECT_THAT(value, Optional(Eq("query")));
  SB_ASSERT_OK_AND_ASSIGN(value, RuledParameter(request, "query"));
  EXPECT_THAT(value, Optional(Eq("select * from Leads;")));
  SB_ASSERT_OK_AND_ASSIGN(value, RuledParameter(request, "other"));
  EXPECT_EQ(value, std::nullopt);
}

TEST(RuledParameterTest, WhatServersCouldReadOtherwiseIsRefused) {
  struct Case {
    std::vector<Parameter> query;
    Body body;
    const char* message;
  };
  const Case cases[] = {
      {{{"operation", "a"}, {"operation", "a"}}, {}, "must occur once, not twice"},
      {{{"operation", "a"}}, FormBody{{{"operation", "b"}}}, "must occur once, not twice"},
      {{}, FormBody{{{"operation", "a"}, {"operation", "b"}}}, "must occur once, not twice"},
      {{{"operation[]", "a"}}, {}, "some servers take another one for it"},
      {{{"operation", "a"}}, FormBody{{{"operation[]", "b"}}}, "some servers take another one"},
      {{{"operation[0]", "a"}}, {}, "some servers take another one for it"},
      {{{" operation", "a"}}, {}, "some servers take another one for it"},
      {{{"Operation", "a"}}, {}, "some servers take another one for it"},
      {{{"operation", "a"}}, RawBody{""}, "which bytes could hold; send a form"},
  };
  for (const Case& c : cases) {
    Request request = Valid();
    request.query = c.query;
    request.body = c.body;
    const auto value = RuledParameter(request, "operation");
    ASSERT_THAT(value, HasReason(base::Reason::kInvalidArgument)) << c.message;
    EXPECT_THAT(std::string(value.status().message()), HasSubstr(c.message));
  }
}

}  // namespace
}  // namespace sessionbroker::calls
