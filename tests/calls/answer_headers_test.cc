#include "service/calls/answer_headers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace sessionbroker::calls {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kSession[] = "3c116cdc6b01f55eb2c4f";

std::vector<std::string> Shown(std::vector<http::Header> headers) {
  const std::vector<login::Added> added = {
      {login::Location::kQuery, login::Param("sessionName", kSession)},
      {login::Location::kQuery, login::Param("short", "12")}};
  std::vector<std::string> lines;
  for (const http::Header& header : HeadersForCaller(std::move(headers), added)) {
    lines.push_back(absl::StrCat(header.name, ": ", header.value));
  }
  return lines;
}

TEST(AnswerHeadersTest, HeadersComeInTheirOrderRepeatedOnesToo) {
  EXPECT_THAT(Shown({{"Content-Type", "application/json"},
                     {"X-A", "1"},
                     {"x-a", "2"},
                     {"Content-Encoding", "gzip"},
                     {"ETag", "\"x\""}}),
              ElementsAre("Content-Type: application/json", "X-A: 1", "x-a: 2",
                          "Content-Encoding: gzip", "ETag: \"x\""));
}

TEST(AnswerHeadersTest, WhatIsOfTheConnectionOrHoldsCredentialsIsKept) {
  EXPECT_THAT(Shown({{"Connection", "close, X-Hop"},
                     {"x-hop", "1"},
                     {"Transfer-Encoding", "chunked"},
                     {"CONTENT-LENGTH", "12"},
                     {"Keep-Alive", "timeout=5"},
                     {"Upgrade", "h2c"},
                     {"Set-Cookie", "a=b"},
                     {"set-cookie", "c=d"},
                     {"WWW-Authenticate", "Basic"},
                     {"Authentication-Info", "nextnonce=x"}}),
              IsEmpty());
}

TEST(AnswerHeadersTest, WhatHoldsTheSessionIsKeptHoweverItIsWritten) {
  EXPECT_THAT(Shown({{"X-Session", kSession},
                     {"Location", absl::StrCat("/a?sessionName=", kSession, "&b=c")},
                     {"X-Hex", "336331313663646336623031663535656232633466"},
                     {"Location", "/a?page=12"}}),
              ElementsAre("Location: /a?page=12"));
}

TEST(AnswerHeadersTest, BytesThatAreNoUtf8AreReadAsLatin1) {
  EXPECT_THAT(Shown({{"X-Name", "caf\xe9"}, {"X-Name", "caf\xc3\xa9"}}),
              ElementsAre("X-Name: caf\xc3\xa9", "X-Name: caf\xc3\xa9"));
}

}  // namespace
}  // namespace sessionbroker::calls
