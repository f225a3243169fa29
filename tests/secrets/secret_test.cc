#include "service/secrets/secret.h"

#include <gmock/gmock.h>
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/secrets/reveal.h"

namespace sessionbroker::secrets {
namespace {

// A canary: long enough not to hide in a small-string buffer, and short ones must not show either.
const char kCanary[] = "hunter2-hunter2-hunter2-hunter2-hunter2";

template <typename T>
concept Streamable = requires(std::ostream& out, const T& value) {
  out << value;
};
template <typename T>
concept Catenable = requires(const T& value) {
  absl::StrCat(value);
};

static_assert(Streamable<std::string> && Catenable<std::string>);
static_assert(!Streamable<Secret> && !Catenable<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_convertible_v<Secret, absl::string_view>);
static_assert(!std::is_convertible_v<std::string, Secret>, "a secret is made on purpose");
static_assert(!std::is_default_constructible_v<RevealToken>, "a token is issued");

TEST(Secret, IsPrintedAsRedactedWhereverItStands) {
  for (const std::string text : {kCanary, "hunter2"}) {
    const Secret secret(text);
    struct Holder {
      Secret secret;
    };
    EXPECT_EQ(::testing::PrintToString(secret), "<redacted>");
    const std::string printed[] = {
        ::testing::PrintToString(std::vector<Secret>{secret, secret}),
        ::testing::PrintToString(std::optional<Secret>(secret)),
        ::testing::PrintToString(std::variant<int, Secret>(secret)),
        ::testing::PrintToString(std::pair<int, Secret>(1, secret)),
        ::testing::PrintToString(std::map<std::string, Secret>{{"password", secret}}),
        ::testing::PrintToString(Holder{secret}),
    };
    for (const std::string& one : printed) {
      EXPECT_THAT(one, ::testing::Not(::testing::HasSubstr("hunter2")));
    }
  }
}

TEST(Secret, IsRedactedInATestsFailure) {
  static const Secret first(kCanary);
  static const Secret second("hunter2");
  EXPECT_NONFATAL_FAILURE(EXPECT_EQ(first, second), "<redacted>");
  EXPECT_NONFATAL_FAILURE(EXPECT_THAT(first, ::testing::Eq(second)), "<redacted>");
}

TEST(Secret, RevealsWhatItWasMadeOf) {
  EXPECT_EQ(Reveal(Secret(kCanary)), kCanary);
  const std::string binary("a\0b\xff", 4);
  EXPECT_EQ(Reveal(Secret(binary)), binary);
  EXPECT_EQ(Reveal(Secret("")), "");
  EXPECT_EQ(Reveal(Secret()), "");
}

TEST(Secret, KnowsWhetherItIsEmpty) {
  EXPECT_TRUE(Secret().empty());
  EXPECT_TRUE(Secret("").empty());
  EXPECT_FALSE(Secret(std::string(1, '\0')).empty());
}

TEST(Secret, ComparesByContent) {
  EXPECT_EQ(Secret("a"), Secret("a"));
  EXPECT_NE(Secret("a"), Secret("b"));
  EXPECT_NE(Secret("a"), Secret("aa"));
  EXPECT_NE(Secret("a"), Secret());
  EXPECT_EQ(Secret(), Secret(""));
}

TEST(Secret, CopiesShareTheirBytesAndOutliveEachOther) {
  std::optional<Secret> first(kCanary);
  const Secret second = *first;
  const absl::string_view revealed = Reveal(*first);
  EXPECT_EQ(Reveal(second).data(), revealed.data());
  first.reset();
  EXPECT_EQ(revealed, kCanary);
}

TEST(Secret, DoesNotKeepItsBytesInItself) {
  const Secret secret("hunter2");
  const char* begin = reinterpret_cast<const char*>(&secret);
  const absl::string_view revealed = Reveal(secret);
  EXPECT_TRUE(revealed.data() < begin || revealed.data() >= begin + sizeof(secret));
}

}  // namespace
}  // namespace sessionbroker::secrets
