#include "service/base/utf8.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

namespace sessionbroker::base {
namespace {

// The edges of the ranges of RFC 3629, section 4.
TEST(ValidUtf8Prefix, EndsBeforeTheFirstBadCharacter) {
  struct Case {
    std::string text;
    std::size_t valid;
  };
  const Case cases[] = {
      {"", 0},
      {"abc", 3},
      {std::string("a\0b", 3), 3},
      {"\xC2\x80 \xDF\xBF", 5},
      {"\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF", 12},
      {"\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", 8},
      {"a\x80", 1},              // a tail without a head
      {"a\xC0\x80", 1},          // overlong
      {"a\xC1\xBF", 1},          // overlong
      {"a\xE0\x9F\xBF", 1},      // overlong
      {"a\xF0\x8F\xBF\xBF", 1},  // overlong
      {"a\xED\xA0\x80", 1},      // a surrogate
      {"a\xF4\x90\x80\x80", 1},  // above U+10FFFF
      {"a\xF5\x80\x80\x80", 1},
      {"a\xFF", 1},
      {"a\xC3", 1},  // cut short
      {"a\xE2\x82", 1},
      {"a\xF0\x9F\x98", 1},
      {"a\xE2\x28\xA1", 1},
      {"a\xF0\x9F\x28\x80", 1},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(ValidUtf8Prefix(c.text), c.valid);
    EXPECT_EQ(IsValidUtf8(c.text), c.valid == c.text.size());
  }
}

}  // namespace
}  // namespace sessionbroker::base
