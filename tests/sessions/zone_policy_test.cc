#include "service/sessions/zone_policy.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::sessions {
namespace {

using ::sessionbroker::testing::IsOk;
using ::sessionbroker::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(ZonePolicyTest, WhatMakesSenseIsAccepted) {
  const struct {
    const char* name;
    ZonePolicy policy;
  } kCases[] = {
      {"defaults", {}},
      {"all advisory", {.advisory_percent = 100, .early_percent = 0}},
      {"all early", {.advisory_percent = 0, .early_percent = 100, .mandatory_percent = 0}},
      {"advisory and early are all", {.advisory_percent = 90, .early_percent = 10}},
      {"all advisory is mandatory", {.advisory_percent = 30, .mandatory_percent = 30}},
      {"widest margin", {.margin_percent = 99}},
      {"no bounds",
       {.mandatory_at_most = absl::InfiniteDuration(), .margin_at_most = absl::InfiniteDuration()}},
  };
  for (const auto& c : kCases) EXPECT_THAT(Check(c.policy), IsOk()) << c.name;
}

TEST(ZonePolicyTest, WhatMakesNoneIsToldFieldLimitAndActual) {
  const struct {
    ZonePolicy policy;
    std::string field;
    std::string limit;
    std::string actual;
  } kCases[] = {
      {{.advisory_percent = 101}, "advisory_percent", "100", "101"},
      {{.advisory_percent = -1}, "advisory_percent", "100", "-1"},
      {{.advisory_percent = 90, .early_percent = 11}, "early_percent", "10", "11"},
      {{.early_percent = -1}, "early_percent", "70", "-1"},
      {{.mandatory_percent = 31}, "mandatory_percent", "30", "31"},
      {{.mandatory_percent = -1}, "mandatory_percent", "30", "-1"},
      {{.margin_percent = 100}, "margin_percent", "99", "100"},
      {{.margin_percent = -1}, "margin_percent", "99", "-1"},
      {{.mandatory_at_most = -absl::Seconds(1)}, "mandatory_at_most", "at least 0", "-1s"},
      {{.margin_at_most = -absl::Seconds(1)}, "margin_at_most", "at least 0", "-1s"},
  };
  for (const auto& c : kCases) {
    EXPECT_THAT(Check(c.policy),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(HasSubstr(c.field), HasSubstr(c.limit), HasSubstr(c.actual))));
  }
}

// By the same hash in Python.
TEST(EarlyShareTest, IsTheSameEverywhere) {
  const struct {
    base::AccountId account;
    int expected;
  } kCases[] = {
      {{.provider = "tipmoto", .account = "main"}, 13722},
      {{.provider = "tipmoto", .account = "main2"}, 9279},
      {{.provider = "vtiger", .account = "crm-main"}, 25733},
      {{.provider = "", .account = ""}, 47363},
      {{.provider = "a", .account = "bc"}, 57170},
      {{.provider = "ab", .account = "c"}, 51325},
  };
  for (const auto& c : kCases) EXPECT_EQ(EarlyShareOf(c.account), c.expected);
}

TEST(EarlyShareTest, AccountsThatAreNumberedAreSpreadEvenly) {
  std::array<int, 10> accounts_in_tenth = {};
  for (int i = 0; i < 1000; ++i) {
    const base::AccountId account{.provider = "vtiger", .account = absl::StrCat("crm-", i)};
    ++accounts_in_tenth.at(EarlyShareOf(account) * 10 / 65536);
  }
  for (const int accounts : accounts_in_tenth) {
    EXPECT_GE(accounts, 70);
    EXPECT_LE(accounts, 130);
  }
}

}  // namespace
}  // namespace sessionbroker::sessions
