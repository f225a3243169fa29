#include "service/crypto/hex.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/crypto/bytes.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::crypto {
namespace {

using ::testing::HasSubstr;

TEST(HexTest, PublishedValues) {
  // RFC 4648, section 10.
  const struct {
    const char* bytes;
    const char* hex;
  } cases[] = {{"", ""}, {"f", "66"}, {"fo", "666f"}, {"foobar", "666f6f626172"}};
  for (const auto& c : cases) {
    EXPECT_EQ(AsString(HexEncode(c.bytes)), c.hex);
    SB_ASSERT_OK_AND_ASSIGN(const secrets::WipedBytes bytes, HexDecode(c.hex));
    EXPECT_EQ(AsString(bytes), c.bytes);
  }
}

TEST(HexTest, EveryByteSurvives) {
  for (int i = 0; i < 256; ++i) {
    const std::string byte(1, static_cast<char>(i));
    SB_ASSERT_OK_AND_ASSIGN(const secrets::WipedBytes bytes, HexDecode(AsString(HexEncode(byte))));
    EXPECT_EQ(AsString(bytes), byte);
  }
}

TEST(HexTest, DecodesEitherCase) {
  SB_ASSERT_OK_AND_ASSIGN(const secrets::WipedBytes bytes, HexDecode("aAfF"));
  EXPECT_EQ(AsHex(bytes), "aaff");
}

TEST(HexTest, RefusesWhatIsNoHex) {
  EXPECT_THAT(HexDecode("abc"), testing::StatusIs(absl::StatusCode::kInvalidArgument,
                                                  HasSubstr("an even number of digits, not 3")));
  EXPECT_THAT(HexDecode("0g"), testing::StatusIs(absl::StatusCode::kInvalidArgument,
                                                 HasSubstr("no hex digit at offset 1")));
  EXPECT_THAT(HexDecode("aa 0"), testing::StatusIs(absl::StatusCode::kInvalidArgument,
                                                   HasSubstr("no hex digit at offset 2")));
  EXPECT_FALSE(HexDecode("0x12").ok());
}

}  // namespace
}  // namespace sessionbroker::crypto
