#include "service/nonces/known_sequences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::nonces {
namespace {

using ::sessionbroker::testing::HasReason;
using ::sessionbroker::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// Lower case stands for all that normalising an origin is.
absl::StatusOr<std::string> LowerCase(absl::string_view origin) {
  if (origin.empty()) return absl::InvalidArgumentError("is empty");
  return absl::AsciiStrToLower(origin);
}

const SequenceSpec kSeconds32 = {.max = 2147483647};
const SequenceSpec kShort = {.max = 1000};

std::string TextOf(const absl::StatusOr<KnownSequences::Found>& found) {
  return std::string(found.status().message());
}

TEST(KnownSequences, FindsWhatAccountsUseHoweverTheOriginIsSpelled) {
  const KnownSequences known({{{"https://a", "k1"}, kSeconds32},
                              {{"https://a", "k1"}, kSeconds32},
                              {{"https://a", "k1"}, kShort},
                              {{"https://b", "k1"}, kSeconds32}},
                             LowerCase);
  SB_ASSERT_OK_AND_ASSIGN(const auto found, known.Find("HTTPS://A", "k1"));
  EXPECT_EQ(found.id, (SequenceId{"https://a", "k1"}));
  EXPECT_THAT(found.specs, ElementsAre(kSeconds32, kShort));
}

TEST(KnownSequences, SequenceThatNoAccountUsesIsNamedWithTheNearest) {
  const KnownSequences known({{{"https://v5.icash.bg", "tills"}, kSeconds32},
                              {{"https://v5.icash.bg", "backoffice"}, kSeconds32}},
                             LowerCase);
  const struct {
    const char* origin;
    const char* key;
    const char* text;
  } kCases[] = {
      {"https://v5.icash.gb", "tills",
       "no configured account uses nonces at https://v5.icash.gb; did you mean "
       "\"https://v5.icash.bg\"?"},
      {"https://v5.icash.bg", "till",
       "no configured account uses nonces of the key \"till\" at https://v5.icash.bg; did you mean "
       "\"tills\"?"},
      {"https://v5.icash.bg", "5kdkuujr8l50",
       "no configured account uses nonces of the key \"5kdkuujr8l50\" at https://v5.icash.bg; "
       "those in use are: backoffice, tills"},
      {"https://v5.icash.bg", "Tills", "did you mean \"tills\"?"},
  };
  for (const auto& c : kCases) {
    const auto found = known.Find(c.origin, c.key);
    EXPECT_THAT(found, HasReason(base::Reason::kSequenceUnknown));
    EXPECT_THAT(TextOf(found), HasSubstr(c.text));
  }
}

TEST(KnownSequences, ManyKeysAreNotAllListed) {
  std::vector<SequenceUse> uses;
  for (int i = 0; i < 20; ++i) {
    uses.push_back({{"https://a", absl::StrCat("key-of-till-", 100 + i)}, kSeconds32});
  }
  const KnownSequences known(uses, LowerCase);
  EXPECT_THAT(TextOf(known.Find("https://a", "key-of-till-10")),
              HasSubstr("; did you mean \"key-of-till-100\"?"));
  EXPECT_THAT(TextOf(known.Find("https://a", "zzz")), Not(HasSubstr("key-of")));
}

TEST(KnownSequences, WithoutAccountsThatUseNoncesThereAreNone) {
  EXPECT_EQ(TextOf(KnownSequences({}, LowerCase).Find("https://a", "k")),
            "no configured account uses nonces at https://a");
}

TEST(KnownSequences, WhatNamesNoSequenceIsRefusedByItsField) {
  const KnownSequences known({{{"https://a", "k1"}, kSeconds32}}, LowerCase);
  const struct {
    const char* origin;
    const char* key;
    const char* field;
  } kCases[] = {{"", "k1", "origin"}, {"https://a", "", "key"}};
  for (const auto& c : kCases) {
    const auto found = known.Find(c.origin, c.key);
    EXPECT_THAT(found, HasReason(base::Reason::kInvalidArgument));
    EXPECT_EQ(base::DetailsOf(found.status()).metadata.at("field"), c.field);
  }
}

}  // namespace
}  // namespace sessionbroker::nonces
