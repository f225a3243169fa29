#include "service/rpc/http_request_decoding.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>

namespace sessionbroker::rpc {
namespace {

using ::testing::ElementsAre;

calls::Request Decoded(const std::string& text) {
  v1::HttpRequest request;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &request));
  return DecodeRequest(request);
}

TEST(HttpRequestDecodingTest, OrderAndDuplicatesAreKept) {
  const calls::Request request = Decoded(R"pb(
    method: "POST"
    path: "/a%20b"
    query { name: "z" value: "1" }
    query { name: "a" value: "2" }
    query { name: "z" value: "" }
    headers { name: "X-Two" value: "2" }
    headers { name: "X-One" value: "1" }
    form {
      fields { name: "b" value: "+" }
      fields { name: "a" value: "%" }
      fields { name: "b" value: "+" }
    }
  )pb");
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/a%20b");
  EXPECT_THAT(request.query, ElementsAre(calls::Parameter{"z", "1"}, calls::Parameter{"a", "2"},
                                         calls::Parameter{"z", ""}));
  ASSERT_EQ(request.headers.size(), 2u);
  EXPECT_EQ(request.headers[0].name, "X-Two");
  EXPECT_EQ(request.headers[1].value, "1");
  EXPECT_THAT(std::get<calls::FormBody>(request.body).fields,
              ElementsAre(calls::Parameter{"b", "+"}, calls::Parameter{"a", "%"},
                          calls::Parameter{"b", "+"}));
}

TEST(HttpRequestDecodingTest, BytesOfABodyAreKeptWhateverTheyAre) {
  const calls::Request request = Decoded(R"pb(method: "PUT" path: "/" raw: "\000\377\r\n")pb");
  EXPECT_EQ(std::get<calls::RawBody>(request.body).bytes, std::string("\0\377\r\n", 4));
}

TEST(HttpRequestDecodingTest, AnEmptyBodyIsNotNoBody) {
  EXPECT_TRUE(std::holds_alternative<calls::RawBody>(Decoded(R"pb(raw: "")pb").body));
  EXPECT_TRUE(std::holds_alternative<calls::FormBody>(Decoded("form {}").body));
  EXPECT_TRUE(std::holds_alternative<std::monostate>(Decoded("").body));
}

}  // namespace
}  // namespace sessionbroker::rpc
