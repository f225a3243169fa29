#include "service/login/json_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::login {
namespace {

using ::sessionbroker::testing::StatusIs;
using ::testing::HasSubstr;

// "KIND text", "-" for what is not there, the error's text for what is no JSON.
std::string FindJson(absl::string_view document, const std::string& pointer) {
  const absl::StatusOr<JsonPath> path = ParseJsonPointer(pointer);
  if (!path.ok()) return std::string(path.status().message());
  const auto found = FindJsonValues(document, {&*path});
  if (!found.ok()) return std::string(found.status().message());
  if (!found->front().has_value()) return "-";
  constexpr const char* kKinds[] = {"string", "number", "bool", "container"};
  return absl::StrCat(kKinds[static_cast<int>(found->front()->kind)], " ", found->front()->text);
}

TEST(JsonValuesTest, ValuesAreFoundWithTheTextThatJsonGivesThem) {
  constexpr absl::string_view kDocument =
      R"({"s":"a\u00e9\/\"","i":-12,"big":123456789012345678901234567890,"f":1.50,"e":1e2,"t":true,
          "f2":false,"n":null,"":"empty","a/b":"slash","m~n":"tilde","l":[10,[20,{"x":"deep"}]],"o":{}})";
  struct Case {
    const char* pointer;
    const char* expected;
  };
  for (const Case& c : {Case{"/s", "string a\xC3\xA9/\""},
                        {"/i", "number -12"},
                        {"/big", "number 123456789012345678901234567890"},
                        {"/f", "number 1.50"},
                        {"/e", "number 1e2"},
                        {"/t", "bool true"},
                        {"/f2", "bool false"},
                        {"/n", "-"},
                        {"/", "string empty"},
                        {"/a~1b", "string slash"},
                        {"/m~0n", "string tilde"},
                        {"/l", "container "},
                        {"/o", "container "},
                        {"", "container "},
                        {"/l/0", "number 10"},
                        {"/l/1/0", "number 20"},
                        {"/l/1/1/x", "string deep"},
                        {"/l/2", "-"},
                        {"/l/00", "-"},
                        {"/l/-", "-"},
                        {"/s/x", "-"},
                        {"/missing", "-"}}) {
    EXPECT_EQ(FindJson(kDocument, c.pointer), c.expected) << c.pointer;
  }
}

TEST(JsonValuesTest, AScalarDocumentIsFoundAtTheRoot) {
  EXPECT_EQ(FindJson("\"ok\"", ""), "string ok");
  EXPECT_EQ(FindJson(" 7 ", ""), "number 7");
  EXPECT_EQ(FindJson("null", ""), "-");
  EXPECT_EQ(FindJson("7", "/0"), "-");
}

TEST(JsonValuesTest, OfEqualKeysTheLastCountsAlone) {
  EXPECT_EQ(FindJson(R"({"a":1,"a":2})", "/a"), "number 2");
  EXPECT_EQ(FindJson(R"({"a":{"b":1},"a":2})", "/a/b"), "-");
  EXPECT_EQ(FindJson(R"({"a":{"b":1},"a":null})", "/a/b"), "-");
  EXPECT_EQ(FindJson(R"({"a":1,"a":null})", "/a"), "-");
}

TEST(JsonValuesTest, WhatIsNotJsonHasNoValues) {
  for (const char* document :
       {"", " ", "Webservice - Service is not active", "{\"a\":1", "{\"a\":1} x", "{\"a\":1}{}",
        "{'a':1}", "{\"a\":1,}", "{\"a\":\"\xFF\"}", "{\"a\":\"\xC3\"}", "{\"a\":01}", "[1 2]",
        "{\"a\":NaN}", "{\"a\":\"\\ud800\"}", "{\"a\":1e999}", "<html>"}) {
    EXPECT_EQ(FindJson(document, "/a"), "it is not JSON") << document;
  }
}

TEST(JsonValuesTest, ABrokenEndTakesBackWhatWasFound) {
  EXPECT_EQ(FindJson(R"({"success":true,"result":)", "/success"), "it is not JSON");
}

TEST(JsonValuesTest, DepthIsBounded) {
  const auto nested = [](int depth) {
    return absl::StrCat(std::string(static_cast<std::size_t>(depth), '['),
                        std::string(static_cast<std::size_t>(depth), ']'));
  };
  EXPECT_EQ(FindJson(nested(kMaxJsonDepth), ""), "container ");
  EXPECT_EQ(FindJson(nested(kMaxJsonDepth + 1), ""), "its JSON lies deeper than 64 levels");
  EXPECT_EQ(FindJson(std::string(1000000, '['), ""), "its JSON lies deeper than 64 levels");
}

TEST(JsonPointerTest, AnythingElseIsRefused) {
  EXPECT_THAT(ParseJsonPointer("a"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("begin with \"/\"")));
  EXPECT_THAT(ParseJsonPointer("/a~"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("\"a~\"")));
  EXPECT_THAT(ParseJsonPointer("/a~2"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("write \"~0\"")));
}

}  // namespace
}  // namespace sessionbroker::login
