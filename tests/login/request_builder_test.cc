#include "service/login/request_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/testing/status_matchers.h"

namespace sessionbroker::login {
namespace {

using ::sessionbroker::testing::StatusIs;
using ::testing::HasSubstr;

constexpr char kBase[] = "https://example.com/base";

Template Text(absl::string_view text) {
  Scope scope;
  scope.names["account.user"] = {Type::kText, Taint::kConstant, false};
  scope.names["secret.key"] = {Type::kText, Taint::kRaw, false};
  scope.names["token"] = {Type::kText, Taint::kFresh, false};
  scope.names["count"] = {Type::kInt, Taint::kFresh, false};
  scope.names["ready"] = {Type::kBool, Taint::kFresh, false};
  std::vector<ExpressionError> errors;
  absl::StatusOr<Template> compiled = Template::Compile(text, scope, &errors);
  EXPECT_TRUE(compiled.ok()) << compiled.status();
  return *std::move(compiled);
}

Bindings Values(absl::string_view user) {
  return Bindings{{"account.user", Value::Text(user)},
                  {"secret.key", Value::Text("s3cret&key")},
                  {"token", Value::Text("t0ken")},
                  {"count", Value::Int(-7)},
                  {"ready", Value::Bool(true)}};
}

RequestTemplate Post() {
  RequestTemplate request;
  request.method = "POST";
  request.path = Text("/login");
  return request;
}

absl::StatusOr<http::Request> Build(const RequestTemplate& request, const Bindings& bindings,
                                    std::vector<SensitiveValue>* sent) {
  Evaluation evaluation(crypto::SystemRandom());
  TemplateEvaluator evaluator(bindings, evaluation, sent);
  return BuildRequest(request, {kBase, {}}, evaluator);
}

absl::StatusOr<http::Request> Build(const RequestTemplate& request, absl::string_view user) {
  std::vector<SensitiveValue> sent;
  return Build(request, Values(user), &sent);
}

JsonTemplate JsonText(absl::string_view text, std::string key = "") {
  return {JsonTemplate::Kind::kText, std::move(key), "", Text(text), {}};
}
JsonTemplate JsonLiteral(std::string json, std::string key = "") {
  return {JsonTemplate::Kind::kLiteral, std::move(key), std::move(json), Template(), {}};
}
JsonTemplate JsonObject(std::vector<JsonTemplate> members, std::string key = "") {
  return {JsonTemplate::Kind::kObject, std::move(key), "", Template(), std::move(members)};
}
JsonTemplate JsonArray(std::vector<JsonTemplate> items, std::string key = "") {
  return {JsonTemplate::Kind::kArray, std::move(key), "", Template(), std::move(items)};
}

std::string HeaderOf(const http::Request& request, absl::string_view name) {
  for (const http::Header& header : request.headers) {
    if (header.name == name) return header.value;
  }
  return "-";
}

TEST(RequestBuilderTest, ARequestWithoutBodyIsThePlaceAlone) {
  RequestTemplate request;
  request.method = "GET";
  request.path = Text("/a/${account.user}.json");
  SB_ASSERT_OK_AND_ASSIGN(const http::Request built, Build(request, "x"));
  EXPECT_EQ(built.method, "GET");
  EXPECT_EQ(built.url, "https://example.com/base/a/x.json");
  EXPECT_TRUE(built.headers.empty());
  EXPECT_EQ(built.body, "");
}

TEST(RequestBuilderTest, AValueIsEscapedForThePlaceWhereItLands) {
  RequestTemplate request = Post();
  request.path = Text("/u/${account.user}/p");
  request.query = {{"q", Text("${account.user}")}, {"n", Text("${count}")}};
  request.headers = {{"X-User", Text("u=${account.user}")}};
  request.body = FormTemplate{{{"f", Text("a ${account.user}")}, {"ready?", Text("${ready}")}}};
  SB_ASSERT_OK_AND_ASSIGN(const http::Request built, Build(request, "j+d@x.y/\xC3\xA9 &=%"));
  EXPECT_EQ(built.url,
            "https://example.com/base/u/j%2Bd%40x.y%2F%C3%A9%20%26%3D%25/p"
            "?q=j%2Bd%40x.y%2F%C3%A9%20%26%3D%25&n=-7");
  EXPECT_EQ(HeaderOf(built, "X-User"), "u=j+d@x.y/\xC3\xA9 &=%");
  EXPECT_EQ(built.body, "f=a+j%2Bd%40x.y%2F%C3%A9+%26%3D%25&ready%3F=true");
  EXPECT_EQ(HeaderOf(built, "Content-Type"), "application/x-www-form-urlencoded");
}

TEST(RequestBuilderTest, JsonKeepsItsOrderAndEscapesNoMoreThanItMust) {
  RequestTemplate request = Post();
  request.body = JsonObject({JsonText("${account.user}", "zulu"), JsonLiteral("1.50", "alpha"),
                             JsonArray({JsonText("${count}"), JsonText("${ready}"),
                                        JsonText("n=${count}"), JsonLiteral("null")},
                                       "list"),
                             JsonObject({}, "k\"ey")});
  SB_ASSERT_OK_AND_ASSIGN(const http::Request built, Build(request, "\xC3\xA9\"\\/\n\x01\x7F"));
  EXPECT_EQ(built.body,
            "{\"zulu\":\"\xC3\xA9\\\"\\\\/\\u000a\\u0001\x7F\",\"alpha\":1.50,"
            "\"list\":[-7,true,\"n=-7\",null],\"k\\\"ey\":{}}");
  EXPECT_EQ(HeaderOf(built, "Content-Type"), "application/json");
}

TEST(RequestBuilderTest, ContentTypeIsTheDefinitionsWhereItSetsOne) {
  RequestTemplate request = Post();
  request.headers = {{"content-type", Text("text/plain")}};
  request.body = JsonText("x");
  SB_ASSERT_OK_AND_ASSIGN(const http::Request built, Build(request, ""));
  ASSERT_EQ(built.headers.size(), 1u);
  EXPECT_EQ(built.headers[0].value, "text/plain");
  EXPECT_EQ(built.body, "\"x\"");
}

TEST(RequestBuilderTest, AHeaderValueThatWouldBreakTheMessageIsRefused) {
  RequestTemplate request = Post();
  request.headers = {{"X-User", Text("${account.user}")}};
  for (const std::string& user :
       {std::string("a\rb"), std::string("a\nX: y"), std::string("a\0b", 3)}) {
    EXPECT_THAT(Build(request, user),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         "headers.X-User: the value has a line break or NUL in it"));
  }
}

TEST(RequestBuilderTest, APathValueThatIsAnotherPathIsRefused) {
  RequestTemplate request = Post();
  request.path = Text("/u/${account.user}/p");
  for (const char* user : {"", ".", ".."}) {
    EXPECT_THAT(Build(request, user),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("read as another path")))
        << user;
  }
  SB_ASSERT_OK_AND_ASSIGN(const http::Request built, Build(request, "../.."));
  EXPECT_EQ(built.url, "https://example.com/base/u/..%2F../p");
}

TEST(RequestBuilderTest, JsonTextThatIsNotUtf8IsRefused) {
  RequestTemplate request = Post();
  request.body = JsonObject({JsonText("${account.user}", "user")});
  EXPECT_THAT(Build(request, "\xFF"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "json/user: the value is not UTF-8, as JSON must be"));
}

TEST(RequestBuilderTest, AFormTakesAnyBytes) {
  RequestTemplate request = Post();
  request.body = FormTemplate{{{"f", Text("${account.user}")}}};
  SB_ASSERT_OK_AND_ASSIGN(const http::Request built, Build(request, "\xFF\r\n"));
  EXPECT_EQ(built.body, "f=%FF%0D%0A");
}

TEST(RequestBuilderTest, AValueThatCannotBeComputedIsNamedByItsPlace) {
  RequestTemplate request = Post();
  request.query = {{"q", Text("${token}")}};
  std::vector<SensitiveValue> sent;
  EXPECT_THAT(Build(request, Bindings{}, &sent),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("query.q: ")));
}

TEST(RequestBuilderTest, WhatIsSealedOrRawIsNotedWithItsTaint) {
  RequestTemplate request = Post();
  request.path = Text("/${token}");
  request.headers = {{"Authorization", Text("Key ${secret.key}")}};
  request.body = FormTemplate{
      {{"user", Text("${account.user}")}, {"proof", Text("${hex(md5(token + secret.key))}")}}};
  std::vector<SensitiveValue> sent;
  ASSERT_TRUE(Build(request, Values("u"), &sent).ok());
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0].taint, Taint::kRaw);
  EXPECT_EQ(sent[0].value.text(), "s3cret&key");
  EXPECT_EQ(sent[1].taint, Taint::kSealed);
  // printf 't0kens3cret&key' | md5sum
  EXPECT_EQ(sent[1].value.text(), "2bd57c1b1fb384c476fc79254dbc8e64");
}

}  // namespace
}  // namespace sessionbroker::login
