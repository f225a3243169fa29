#include "service/access/page_token.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

#include "absl/strings/escaping.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::access {
namespace {

using ::sessionbroker::testing::HasReason;

constexpr base::Reason kRefused = base::Reason::kInvalidArgument;

TEST(PageTokenTest, GivesBackTheLastAccountForTheSameFilter) {
  const base::AccountId last{.provider = "vtiger", .account = "a+b@example.com"};
  for (const char* filter : {"", "vtiger"}) {
    SB_ASSERT_OK_AND_ASSIGN(const base::AccountId decoded,
                            DecodePageToken(filter, EncodePageToken(filter, last)));
    EXPECT_EQ(decoded, last);
  }
}

TEST(PageTokenTest, IsSafeInAUrl) {
  const std::string token =
      EncodePageToken("", base::AccountIdView("vtiger", "\xfb\xff\xfe\xef\xbf"));
  EXPECT_EQ(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                    "0123456789-_"),
            std::string::npos)
      << token;
}

TEST(PageTokenTest, AnotherFilterIsRefused) {
  const std::string all = EncodePageToken("", base::AccountIdView("vtiger", "a"));
  const std::string vtiger = EncodePageToken("vtiger", base::AccountIdView("vtiger", "a"));
  EXPECT_THAT(DecodePageToken("vtiger", all), HasReason(kRefused));
  EXPECT_THAT(DecodePageToken("", vtiger), HasReason(kRefused));
  EXPECT_THAT(DecodePageToken("abms", vtiger), HasReason(kRefused));
}

TEST(PageTokenTest, WhatIsNoTokenIsRefused) {
  const auto encoded = [](absl::string_view bytes) { return absl::WebSafeBase64Escape(bytes); };
  const std::string kCases[] = {
      "",
      "x",
      "not base64!",
      encoded(""),
      encoded(absl::string_view("1\0\0vtiger", 9)),
      encoded(absl::string_view("1\0\0vtiger\0a\0b", 13)),
      encoded(absl::string_view("2\0\0vtiger\0a", 11)),
      encoded(absl::string_view("1\0\0\0a", 5)),
      encoded(absl::string_view("1\0\0vtiger\0", 10)),
      encoded(absl::string_view("1\0\0vtiger\0a", 11)) + "=",
  };
  for (const std::string& token : kCases) {
    EXPECT_THAT(DecodePageToken("", token), HasReason(kRefused)) << token;
  }
  // A provider other than the filter that it is bound to.
  EXPECT_THAT(DecodePageToken("abms", encoded(absl::string_view("1\0abms\0vtiger\0a", 15))),
              HasReason(kRefused));
}

TEST(PageTokenTest, EveryCutIsRefusedOrNamesAPrefixOfTheAccount) {
  const std::string token = EncodePageToken("", base::AccountIdView("vtiger", "crm"));
  for (std::size_t length = 0; length < token.size(); ++length) {
    const auto decoded = DecodePageToken("", token.substr(0, length));
    if (decoded.ok()) {
      EXPECT_EQ(decoded->provider, "vtiger");
      EXPECT_EQ(std::string("crm").rfind(decoded->account, 0), 0u) << decoded->account;
    }
  }
}

}  // namespace
}  // namespace sessionbroker::access
