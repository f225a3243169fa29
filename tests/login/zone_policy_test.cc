#include "service/login/zone_policy.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::login {
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
  for (const auto& c : kCases) EXPECT_THAT(CheckZones(c.policy), IsOk()) << c.name;
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
    EXPECT_THAT(CheckZones(c.policy),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(HasSubstr(c.field), HasSubstr(c.limit), HasSubstr(c.actual))));
  }
}

// By the same hash in Python.
TEST(ZonesOfTest, WhatIsNotSaidIsTheDefault) {
  const ZonePolicy defaults;
  const ZonePolicy none = ZonesOf({});
  EXPECT_EQ(none.advisory_percent, defaults.advisory_percent);
  EXPECT_EQ(none.early_percent, defaults.early_percent);
  EXPECT_EQ(none.mandatory_percent, defaults.mandatory_percent);
  EXPECT_EQ(none.mandatory_at_most, defaults.mandatory_at_most);
  EXPECT_EQ(none.margin_percent, defaults.margin_percent);
  EXPECT_EQ(none.margin_at_most, defaults.margin_at_most);
}

TEST(ZonesOfTest, AnAccountComesBeforeItsDefinition) {
  const config::Renewal definition = {.advisory_percent = 1,
                                      .early_percent = 2,
                                      .mandatory_percent = 3,
                                      .mandatory_at_most = absl::Seconds(4),
                                      .margin_percent = 5,
                                      .margin_at_most = absl::Seconds(6),
                                      .demand = absl::Seconds(7),
                                      .max_logins_per_hour = 8};
  config::Renewal account;
  account.early_percent = 20;
  account.mandatory_at_most = absl::Seconds(40);
  account.margin_at_most = absl::Seconds(60);
  account.max_logins_per_hour = 80;
  const config::Renewal both = config::Joined(definition, account);
  EXPECT_EQ(both.demand, absl::Seconds(7));
  EXPECT_EQ(both.max_logins_per_hour, 80);
  const ZonePolicy zones = ZonesOf(both);
  EXPECT_EQ(zones.advisory_percent, 1);
  EXPECT_EQ(zones.early_percent, 20);
  EXPECT_EQ(zones.mandatory_percent, 3);
  EXPECT_EQ(zones.mandatory_at_most, absl::Seconds(40));
  EXPECT_EQ(zones.margin_percent, 5);
  EXPECT_EQ(zones.margin_at_most, absl::Seconds(60));
}

}  // namespace
}  // namespace sessionbroker::login
