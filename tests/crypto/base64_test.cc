#include "service/crypto/base64.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/crypto/bytes.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::crypto {
namespace {

constexpr Base64Alphabet kStandard = Base64Alphabet::kStandard;
constexpr Base64Alphabet kUrl = Base64Alphabet::kUrl;

TEST(Base64Test, PublishedValues) {
  const struct {
    std::string bytes;
    const char* standard;
    const char* url;
  } cases[] = {
      // RFC 4648, section 10.
      {"", "", ""},
      {"f", "Zg==", "Zg"},
      {"fo", "Zm8=", "Zm8"},
      {"foo", "Zm9v", "Zm9v"},
      {"foob", "Zm9vYg==", "Zm9vYg"},
      {"fooba", "Zm9vYmE=", "Zm9vYmE"},
      {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
      // Where the alphabets differ; by coreutils' base64.
      {"\xfb\xff\xfe", "+//+", "-__-"},
      {std::string("\0\0", 2), "AAA=", "AAA"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(AsString(Base64Encode(c.bytes, kStandard)), c.standard);
    EXPECT_EQ(AsString(Base64Encode(c.bytes, kUrl)), c.url);
    SB_ASSERT_OK_AND_ASSIGN(const secrets::WipedBytes from_standard,
                            Base64Decode(c.standard, kStandard));
    EXPECT_EQ(AsString(from_standard), c.bytes);
    SB_ASSERT_OK_AND_ASSIGN(const secrets::WipedBytes from_url, Base64Decode(c.url, kUrl));
    EXPECT_EQ(AsString(from_url), c.bytes);
  }
}

TEST(Base64Test, EveryByteSurvivesAtEveryPlace) {
  for (int i = 0; i < 256; ++i) {
    for (std::size_t length = 1; length <= 4; ++length) {
      for (const Base64Alphabet alphabet : {kStandard, kUrl}) {
        std::string bytes(length, 'x');
        bytes[length - 1] = static_cast<char>(i);
        SB_ASSERT_OK_AND_ASSIGN(const secrets::WipedBytes decoded,
                                Base64Decode(AsString(Base64Encode(bytes, alphabet)), alphabet));
        EXPECT_EQ(AsString(decoded), bytes);
      }
    }
  }
}

TEST(Base64Test, RefusesWhatItWouldNotWrite) {
  const struct {
    const char* why;
    Base64Alphabet alphabet;
    const char* text;
    const char* message;
  } cases[] = {
      {"padding missing", kStandard, "Zg", "a multiple of 4 characters, not 2"},
      {"padding surplus", kStandard, "Zm9v====", "no base64 digit at offset 4"},
      {"padding alone", kStandard, "====", "no base64 digit at offset 0"},
      {"three padding", kStandard, "Z===", "no base64 digit at offset 1"},
      {"padding inside", kStandard, "Zg==Zg==", "no base64 digit at offset 2"},
      {"stray bits", kStandard, "Zh==", "stray bits"},
      {"stray bits", kStandard, "Zm9=", "stray bits"},
      {"line break", kStandard, "Zm9v\nZg=", "no base64 digit at offset 4"},
      {"other alphabet", kStandard, "-__-", "no base64 digit at offset 0"},
      {"other alphabet", kUrl, "+//+", "no base64 digit at offset 0"},
      {"padding in url form", kUrl, "Zg==", "no base64 digit at offset 2"},
      {"lone digit", kUrl, "Zm9vZ", "a lone digit"},
      {"stray bits", kUrl, "Zh", "stray bits"},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(
        Base64Decode(c.text, c.alphabet),
        testing::StatusIs(absl::StatusCode::kInvalidArgument, ::testing::HasSubstr(c.message)))
        << c.why << ": " << c.text;
  }
}

}  // namespace
}  // namespace sessionbroker::crypto
