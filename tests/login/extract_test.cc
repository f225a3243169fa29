#include "service/login/extract.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/login/answers.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::login {
namespace {

using ::sessionbroker::testing::IsOk;
using ::sessionbroker::testing::StatusIs;
using ::testing::HasSubstr;

std::vector<Source> Sources(const std::vector<std::string>& texts) {
  std::vector<Source> sources;
  for (const std::string& text : texts) sources.push_back(SourceOf(text));
  return sources;
}

absl::Status Take(const ExtractRule& rule, const std::string& body, Bindings* bindings,
                  int status = 200) {
  const http::Response response = Response(status, body);
  const Answer answer = Answer::Read(response, rule.from);
  Evaluation evaluation(crypto::SystemRandom());
  return Extract({rule}, answer, bindings, evaluation);
}

std::string Shown(const Value& value) {
  switch (value.type()) {
    case Type::kInt:
      return absl::StrCat("int ", value.int_value());
    case Type::kBool:
      return value.bool_value() ? "bool true" : "bool false";
    default:
      return absl::StrCat("text ", value.text());
  }
}

TEST(ExtractTest, ValuesAreConvertedAsTheirTypeAllows) {
  const std::string body =
      R"({"n":1795290140,"s":"1795297182","neg":"-5","f":1.5,"e":"1e3","big":9223372036854775808,
          "t":true,"ts":"false","o":{},"null":null,"empty":"","sp":" 5"})";
  struct Case {
    const char* pointer;
    Type type;
    const char* expected;  // "-": missing.
  };
  for (const Case& c : std::vector<Case>{
           {"/n", Type::kInt, "int 1795290140"},
           {"/s", Type::kInt, "int 1795297182"},
           {"/neg", Type::kInt, "int -5"},
           {"/f", Type::kInt, "-"},
           {"/e", Type::kInt, "-"},
           {"/big", Type::kInt, "-"},
           {"/t", Type::kInt, "-"},
           {"/empty", Type::kInt, "-"},
           {"/sp", Type::kInt, "-"},
           {"/n", Type::kText, "text 1795290140"},
           {"/f", Type::kText, "text 1.5"},
           {"/big", Type::kText, "text 9223372036854775808"},
           {"/t", Type::kText, "text true"},
           {"/empty", Type::kText, "text "},
           {"/o", Type::kText, "-"},
           {"/null", Type::kText, "-"},
           {"/x", Type::kText, "-"},
           {"/t", Type::kBool, "bool true"},
           {"/ts", Type::kBool, "bool false"},
           {"/n", Type::kBool, "-"},
           {"/s", Type::kBool, "-"},
       }) {
    Bindings bindings;
    const ExtractRule rule = {"v", Sources({absl::StrCat("json:", c.pointer)}), c.type, true};
    ASSERT_THAT(Take(rule, body, &bindings), IsOk());
    const auto found = bindings.find("v");
    EXPECT_EQ(found == bindings.end() ? "-" : Shown(found->second), c.expected)
        << c.pointer << " as " << std::string(NameOf(c.type));
  }
}

TEST(ExtractTest, TheFirstSourceThatIsThereAndHasTheTypeCounts) {
  const ExtractRule rule = {"v", Sources({"json:/a", "json:/b", "status"}), Type::kInt, false};
  const auto take = [&](const std::string& body) {
    Bindings bindings;
    EXPECT_THAT(Take(rule, body, &bindings), IsOk());
    return bindings.at("v").int_value();
  };
  EXPECT_EQ(take(R"({"a":1,"b":2})"), 1);
  EXPECT_EQ(take(R"({"a":"no number","b":2})"), 2);
  EXPECT_EQ(take(R"({"a":null,"b":[]})"), 200);
  EXPECT_EQ(take("no JSON"), 200);
}

TEST(ExtractTest, TheBodyIsAValueIfItIsText) {
  const ExtractRule rule = {"v", Sources({"body"}), Type::kText, false};
  Bindings bindings;
  EXPECT_THAT(Take(rule, "Ok.", &bindings), IsOk());
  EXPECT_EQ(bindings.at("v").text(), "Ok.");
  EXPECT_THAT(Take(rule, "\xFF", &bindings), StatusIs(absl::StatusCode::kInvalidArgument,
                                                      HasSubstr("no value for \"v\" at body")));
}

TEST(ExtractTest, AMissingValueIsNamedWithItsSourcesAndNothingElse) {
  const ExtractRule rule = {"id", Sources({"json:/a", "json:/b"}), Type::kText, false};
  Bindings bindings;
  EXPECT_THAT(Take(rule, R"({"c":"provider text"})", &bindings),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "the answer has no value for \"id\" at json:/a or json:/b"));
  EXPECT_THAT(Take(rule, "provider text", &bindings),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "the answer has no value for \"id\" at json:/a or json:/b; it is not JSON"));
  const ExtractRule number = {"at", Sources({"json:/c"}), Type::kInt, false};
  EXPECT_THAT(Take(number, R"({"c":"provider text"})", &bindings),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "the answer has no int value for \"at\" at json:/c"));
}

TEST(ExtractTest, AValueThatIsTooLongIsNone) {
  const ExtractRule rule = {"v", Sources({"json:/a"}), Type::kText, true};
  Bindings bindings;
  EXPECT_THAT(
      Take(rule, absl::StrCat("{\"a\":\"", std::string(kMaxExtractedBytes, 'x'), "\"}"), &bindings),
      IsOk());
  EXPECT_THAT(Take(rule, absl::StrCat("{\"a\":\"", std::string(kMaxExtractedBytes + 1, 'x'), "\"}"),
                   &bindings),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("has 16385 bytes, 16384 are the most")));
}

TEST(SourceTest, WhatIsNoSourceIsTold) {
  EXPECT_THAT(Source::Parse("headers:X"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("\"headers:X\" is no source of an answer")));
  EXPECT_THAT(Source::Parse("json:a"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("JSON pointer \"a\"")));
  EXPECT_EQ(SourceOf("json:").selectors()[0].json.size(), 0u);
  EXPECT_EQ(SourceOf("json:/a~1b/0").selectors()[0].json, (JsonPath{"a/b", "0"}));
}

}  // namespace
}  // namespace sessionbroker::login
