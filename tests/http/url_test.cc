#include "service/http/url.h"

#include <curl/curl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::http {
namespace {

using ::sessionbroker::testing::IsOk;
using ::sessionbroker::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

struct Accepted {
  std::string given;
  std::string text;
  std::string scheme;
  std::string host;
  uint16_t port;
  std::string origin;
  std::string path;
};

const std::vector<Accepted>& AcceptedUrls() {
  static const auto* const kUrls = new std::vector<Accepted>{
      {"https://app.abms.co", "https://app.abms.co", "https", "app.abms.co", 443,
       "https://app.abms.co", ""},
      {"HTTPS://App.ABMS.co", "https://app.abms.co", "https", "app.abms.co", 443,
       "https://app.abms.co", ""},
      {"https://a.example:443/x", "https://a.example/x", "https", "a.example", 443,
       "https://a.example", "/x"},
      {"https://a.example:80", "https://a.example:80", "https", "a.example", 80,
       "https://a.example:80", ""},
      {"http://a.example:00080", "http://a.example", "http", "a.example", 80, "http://a.example",
       ""},
      {"http://localhost:8080/vtiger/webservice.php", "http://localhost:8080/vtiger/webservice.php",
       "http", "localhost", 8080, "http://localhost:8080", "/vtiger/webservice.php"},
      {"http://127.0.0.1:1", "http://127.0.0.1:1", "http", "127.0.0.1", 1, "http://127.0.0.1:1",
       ""},
      {"http://[::1]:65535/a", "http://[::1]:65535/a", "http", "[::1]", 65535, "http://[::1]:65535",
       "/a"},
      {"https://[2001:DB8:0::0:1]", "https://[2001:db8::1]", "https", "[2001:db8::1]", 443,
       "https://[2001:db8::1]", ""},
      {"https://my_host.example/A/b-c/~d/e;f=g,h/i%20j/k:l@m",
       "https://my_host.example/A/b-c/~d/e;f=g,h/i%20j/k:l@m", "https", "my_host.example", 443,
       "https://my_host.example", "/A/b-c/~d/e;f=g,h/i%20j/k:l@m"},
      {"https://a.example/...", "https://a.example/...", "https", "a.example", 443,
       "https://a.example", "/..."},
  };
  return *kUrls;
}

TEST(BaseUrlTest, AcceptedUrlIsNormalised) {
  for (const Accepted& url : AcceptedUrls()) {
    SCOPED_TRACE(url.given);
    SB_ASSERT_OK_AND_ASSIGN(const BaseUrl base, BaseUrl::Create(url.given));
    EXPECT_EQ(base.text(), url.text);
    EXPECT_EQ(base.scheme(), url.scheme);
    EXPECT_EQ(base.host(), url.host);
    EXPECT_EQ(base.port(), url.port);
    EXPECT_EQ(base.origin().ToString(), url.origin);
    EXPECT_EQ(base.path(), url.path);
  }
}

TEST(BaseUrlTest, NormalisedTextIsItsOwnNormalForm) {
  for (const Accepted& url : AcceptedUrls()) {
    SCOPED_TRACE(url.given);
    SB_ASSERT_OK_AND_ASSIGN(const BaseUrl base, BaseUrl::Create(url.given));
    SB_ASSERT_OK_AND_ASSIGN(const BaseUrl again, BaseUrl::Create(base.text()));
    EXPECT_EQ(base, again);
  }
}

std::string CurlPart(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  EXPECT_EQ(curl_url_get(url, part, &text, CURLU_DEFAULT_PORT), CURLUE_OK);
  const std::string copy = text == nullptr ? "" : text;
  curl_free(text);
  return copy;
}

// Two parsers that disagree on the host are how requests leave the origin that was checked.
TEST(BaseUrlTest, CurlReadsAcceptedUrlsAsWeDo) {
  for (const Accepted& accepted : AcceptedUrls()) {
    for (const std::string& suffix :
         {std::string(), std::string("//evil.example/x"), std::string("?a=@evil.example:1/"),
          std::string("/..%2f@evil.example")}) {
      const std::string text = absl::StrCat(accepted.text, suffix);
      SCOPED_TRACE(text);
      SB_ASSERT_OK_AND_ASSIGN(const Origin origin, OriginOf(text));
      const std::unique_ptr<CURLU, void (*)(CURLU*)> url(curl_url(), curl_url_cleanup);
      ASSERT_EQ(curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_PATH_AS_IS), CURLUE_OK);
      EXPECT_EQ(CurlPart(url.get(), CURLUPART_SCHEME), origin.scheme);
      EXPECT_EQ(CurlPart(url.get(), CURLUPART_HOST), origin.host);
      EXPECT_EQ(CurlPart(url.get(), CURLUPART_PORT), absl::StrCat(origin.port));
    }
  }
}

struct Refused {
  std::string given;
  std::string says;
};

TEST(BaseUrlTest, UrlThatCouldLeadElsewhereIsRefused) {
  const Refused kCases[] = {
      {"", "not absolute"},
      {"a.example", "not absolute"},
      {"//a.example", "not absolute"},
      {"https:/a.example", "not absolute"},
      {"ftp://a.example", "scheme is 'ftp', must be 'https' or 'http'"},
      {"file:///etc/passwd", "scheme is 'file'"},
      {"://a.example", "must begin with"},
      {"https://", "has no host"},
      {"https:///x", "has no host"},
      {"https://:443", "has no host"},
      {"https://a.example:", "port is not a number"},
      {"https://a.example:0", "port is 0, must be 1 to 65535"},
      {"https://a.example:65536", "port is 65536"},
      {"https://a.example:99999999999999999999", "must be 1 to 65535"},
      {"https://a.example:+80", "port is not a number"},
      {"https://a.example:80:80", "port is not a number"},
      {"https://user@a.example", "has user information"},
      {"https://a.example@evil.example", "has user information"},
      {"https://a..example", "has an empty label"},
      {"https://a.example.", "has an empty label"},
      {"https://.a.example", "has an empty label"},
      {"https://a.exa%6dple", "has a character other than"},
      {"https://a.example\\@evil.example", "has user information"},
      {"https://a.example\\.evil.example", "has a character other than"},
      {absl::StrCat("https://", std::string(64, 'a')), "has a label of 64 bytes, at most 63"},
      {absl::StrCat("https://", std::string(254, 'a')), "host has 254 bytes, at most 253"},
      {"https://127.1", "ends in a number"},
      {"https://0x7f000001", "ends in a number"},
      {"https://0X7F.1", "ends in a number"},
      {"https://2130706433", "ends in a number"},
      {"https://0177.0.0.1", "ends in a number"},
      {"https://1.2.3.4.5", "ends in a number"},
      {"https://256.0.0.1", "ends in a number"},
      {"https://[::1", "not an IPv6 address"},
      {"https://[::1]x", "not an IPv6 address"},
      {"https://[fe80::1%25eth0]", "not an IPv6 address"},
      {"https://[127.0.0.1]", "not an IPv6 address"},
      {"https://[]", "not an IPv6 address"},
      {"https://::1", "has no host"},
      {"https://a.example\r\nHost: evil", "has byte 0x0d at offset 17"},
      {"https://a.example/a b", "has byte 0x20 at offset 19"},
      {std::string("https://a\0b", 11), "has byte 0x00 at offset 9"},
      {"https://b\xc3\xbc"
       "cher.example",
       "has byte 0xc3 at offset 9"},
      {"https://a.example?q", "has a query"},
      {"https://a.example/x?", "has a query"},
      {"https://a.example/x#", "has a fragment"},
      {"https://a.example/", "must not end in a slash"},
      {"https://a.example/x/", "must not end in a slash"},
      {"https://a.example//x", "has an empty segment"},
      {"https://a.example/./x", "has a dot segment"},
      {"https://a.example/x/..", "has a dot segment"},
      {"https://a.example/%2e%2E/x", "has a dot segment"},
      {"https://a.example/.%2e", "has a dot segment"},
      {"https://a.example/%", "two hexadecimal digits"},
      {"https://a.example/%4", "two hexadecimal digits"},
      {"https://a.example/%4g", "two hexadecimal digits"},
      {"https://a.example/a\\b", "has the character '\\'"},
      {"https://a.example/a\"b", "has the character '\"'"},
  };
  for (const Refused& refused : kCases) {
    SCOPED_TRACE(refused.given);
    EXPECT_THAT(BaseUrl::Create(refused.given),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(refused.says)));
  }
}

TEST(BaseUrlTest, RefusalShowsNoPassword) {
  for (const std::string given :
       {"https://user:hunter2@a.example", "https://user:hunter2/x@a.example",
        "https://hunter2@a.example:99999", "ftp://user:hunter2@a.example", "user:hunter2@a.example",
        "user:hunter2@a.example://x", "https://a.example/?key=hunter2"}) {
    SCOPED_TRACE(given);
    EXPECT_THAT(BaseUrl::Create(given), StatusIs(absl::StatusCode::kInvalidArgument,
                                                 AllOf(Not(HasSubstr("hunter2")), Not(""))));
  }
}

TEST(BaseUrlTest, LoopbackAndPrivateHostsAreKnown) {
  const struct {
    std::string url;
    bool loopback;
    bool named_private;
  } kCases[] = {
      {"http://localhost", true, true},
      {"http://crm.localhost:81/x", true, true},
      {"http://127.0.0.1", true, true},
      {"http://127.255.0.9", true, true},
      {"http://[::1]", true, true},
      {"http://[::ffff:127.0.0.1]", true, true},
      {"http://10.1.2.3", false, true},
      {"http://172.16.0.1", false, true},
      {"http://192.168.1.1:8080/crm", false, true},
      {"http://100.64.0.1", false, true},
      {"http://[fd12:3456::1]", false, true},
      {"http://[::ffff:10.0.0.1]", false, true},
      {"https://a.example", false, false},
      {"https://localhost.example", false, false},
      {"https://notlocalhost", false, false},
      {"https://8.8.8.8", false, false},
      {"https://[2606:4700::1111]", false, false},
      {"http://169.254.169.254", false, false},
      {"http://[fd00:ec2::254]", false, false},
      {"http://0.0.0.0", false, false},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.url);
    SB_ASSERT_OK_AND_ASSIGN(const BaseUrl base, BaseUrl::Create(c.url));
    EXPECT_EQ(base.is_loopback_host(), c.loopback);
    EXPECT_EQ(base.NamesPrivateHost(), c.named_private);
  }
}

TEST(OriginOfTest, PathQueryAndFragmentDoNotCount) {
  for (const std::string url : {"https://A.example", "https://a.example:443/x//../?q=https://b/#f",
                                "HTTPS://a.example?q@b", "https://a.example#@b:1"}) {
    SCOPED_TRACE(url);
    SB_ASSERT_OK_AND_ASSIGN(const Origin origin, OriginOf(url));
    EXPECT_EQ(origin.ToString(), "https://a.example");
    EXPECT_EQ(origin.HostAndPort(), "a.example:443");
  }
}

TEST(OriginOfTest, SchemeHostAndPortEachMakeADifference) {
  const Origin origin{.scheme = "https", .host = "a.example", .port = 443};
  for (const std::string url :
       {"http://a.example", "https://b.example", "https://a.example:444", "http://a.example:443"}) {
    SB_ASSERT_OK_AND_ASSIGN(const Origin other, OriginOf(url));
    EXPECT_NE(origin, other) << url;
  }
}

std::string AllBytes() {
  std::string bytes;
  for (int c = 0; c < 256; ++c) bytes.push_back(static_cast<char>(c));
  return bytes;
}

TEST(EncodeTest, QueryComponentOfEveryByte) {
  // python3: urllib.parse.quote(bytes(range(256)), safe='')
  EXPECT_EQ(
      EncodeQueryComponent(AllBytes()),
      "%00%01%02%03%04%05%06%07%08%09%0A%0B%0C%0D%0E%0F%10%11%12%13%14%15%16%17%18%19%1A%1B%1C%1D"
      "%1E%1F%20%21%22%23%24%25%26%27%28%29%2A%2B%2C-.%2F0123456789%3A%3B%3C%3D%3E%3F%40ABCDEFGHI"
      "JKLMNOPQRSTUVWXYZ%5B%5C%5D%5E_%60abcdefghijklmnopqrstuvwxyz%7B%7C%7D~%7F%80%81%82%83%84%85"
      "%86%87%88%89%8A%8B%8C%8D%8E%8F%90%91%92%93%94%95%96%97%98%99%9A%9B%9C%9D%9E%9F%A0%A1%A2%A3"
      "%A4%A5%A6%A7%A8%A9%AA%AB%AC%AD%AE%AF%B0%B1%B2%B3%B4%B5%B6%B7%B8%B9%BA%BB%BC%BD%BE%BF%C0%C1"
      "%C2%C3%C4%C5%C6%C7%C8%C9%CA%CB%CC%CD%CE%CF%D0%D1%D2%D3%D4%D5%D6%D7%D8%D9%DA%DB%DC%DD%DE%DF"
      "%E0%E1%E2%E3%E4%E5%E6%E7%E8%E9%EA%EB%EC%ED%EE%EF%F0%F1%F2%F3%F4%F5%F6%F7%F8%F9%FA%FB%FC%FD"
      "%FE%FF");
}

TEST(EncodeTest, FormComponentOfEveryByte) {
  // As above with quote_plus, and "~" as %7E: PHP's manual keeps letters, digits and "-_." only.
  EXPECT_EQ(
      EncodeFormComponent(AllBytes()),
      "%00%01%02%03%04%05%06%07%08%09%0A%0B%0C%0D%0E%0F%10%11%12%13%14%15%16%17%18%19%1A%1B%1C%1D"
      "%1E%1F+%21%22%23%24%25%26%27%28%29%2A%2B%2C-.%2F0123456789%3A%3B%3C%3D%3E%3F%40ABCDEFGHIJK"
      "LMNOPQRSTUVWXYZ%5B%5C%5D%5E_%60abcdefghijklmnopqrstuvwxyz%7B%7C%7D%7E%7F%80%81%82%83%84%85"
      "%86%87%88%89%8A%8B%8C%8D%8E%8F%90%91%92%93%94%95%96%97%98%99%9A%9B%9C%9D%9E%9F%A0%A1%A2%A3"
      "%A4%A5%A6%A7%A8%A9%AA%AB%AC%AD%AE%AF%B0%B1%B2%B3%B4%B5%B6%B7%B8%B9%BA%BB%BC%BD%BE%BF%C0%C1"
      "%C2%C3%C4%C5%C6%C7%C8%C9%CA%CB%CC%CD%CE%CF%D0%D1%D2%D3%D4%D5%D6%D7%D8%D9%DA%DB%DC%DD%DE%DF"
      "%E0%E1%E2%E3%E4%E5%E6%E7%E8%E9%EA%EB%EC%ED%EE%EF%F0%F1%F2%F3%F4%F5%F6%F7%F8%F9%FA%FB%FC%FD"
      "%FE%FF");
}

TEST(EncodeTest, MailAddressSurvives) {
  EXPECT_EQ(EncodeQueryComponent("ann+crm@example.com"), "ann%2Bcrm%40example.com");
  EXPECT_EQ(EncodeFormComponent("ann+crm@example.com"), "ann%2Bcrm%40example.com");
}

TEST(EncodeTest, PathSegmentCannotLeaveItsPlace) {
  SB_ASSERT_OK_AND_ASSIGN(const std::string encoded, EncodePathSegment("../a?b#c%2f;"));
  EXPECT_EQ(encoded, "..%2Fa%3Fb%23c%252f%3B");
  EXPECT_THAT(EncodePathSegment("..."), IsOk());
  for (const std::string segment : {"", ".", ".."}) {
    EXPECT_THAT(EncodePathSegment(segment),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("path segment")));
  }
}

}  // namespace
}  // namespace sessionbroker::http
