#include "service/calls/json_member.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/testing/status_matchers.h"

namespace sessionbroker::calls {
namespace {

using testing::IsOk;
using ::testing::Not;

TEST(JsonMemberTest, TheMemberComesFirstAndEveryOtherByteStays) {
  const struct {
    const char* document;
    const char* pointer;
    const char* value;
    const char* expected;
  } rows[] = {
      {"{}", "/s", "v", R"({"s":"v"})"},
      {" { } ", "/s", "v", R"( {"s":"v" } )"},
      {R"({"a":1e2,"b":"\u0041"})", "/s", "v", R"({"s":"v","a":1e2,"b":"\u0041"})"},
      {R"({"a":[0,{"b":{}}]})", "/a/1/b/s", "v", R"({"a":[0,{"b":{"s":"v"}}]})"},
      {R"({"x":"}{\"a\":{","a":{"b":"]"}})", "/a/s", "v",
       R"({"x":"}{\"a\":{","a":{"s":"v","b":"]"}})"},
      {R"({"\u0061/~":{}})", "/a~1~0/s", "v", R"({"\u0061/~":{"s":"v"}})"},
      {R"({"t":true,"f":[false,null,-1.5e-3],"a":{}})", "/a/s", "v",
       R"({"t":true,"f":[false,null,-1.5e-3],"a":{"s":"v"}})"},
      {"{}", "/", "v", R"({"":"v"})"},
      {"{}", "/q\"", "\\\"\n\x01ž", R"({"q\"":"\\\"\u000a\u0001ž"})"},
  };
  for (const auto& row : rows) {
    const auto with = WithMember(row.document, row.pointer, row.value);
    ASSERT_THAT(with, IsOk()) << row.document;
    EXPECT_EQ(std::string(secrets::View(*with)), row.expected);
  }
}

TEST(JsonMemberTest, WhereItCannotStandItIsRefused) {
  const struct {
    const char* document;
    const char* pointer;
  } rows[] = {
      {"", "/s"},
      {"{", "/s"},
      {"{} x", "/s"},
      {"[]", "/s"},
      {"1", "/s"},
      {"{}", ""},
      {R"({"s":null})", "/s"},
      {R"({"\u0073":1})", "/s"},
      {R"({"a":[]})", "/a/s"},
      {R"({"a":[{}]})", "/a/1/s"},
      {R"({"a":[{}]})", "/a/00/s"},
      {R"({"a":"{}"})", "/a/s"},
      {R"({"a":{},"a":{}})", "/a/s"},
  };
  for (const auto& row : rows) {
    EXPECT_THAT(WithMember(row.document, row.pointer, "v"), Not(IsOk()))
        << row.document << " " << row.pointer;
  }
  EXPECT_THAT(WithMember(std::string(100, '[') + std::string(100, ']'), "/s", "v"), Not(IsOk()));
}

}  // namespace
}  // namespace sessionbroker::calls
