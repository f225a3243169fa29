#include "service/access/caller_quotas.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::access {
namespace {

using ::testing::ElementsAre;
using testing::HasReason;
using testing::IsOk;
using ::testing::Pair;

const Caller kCaller = Caller::Loopback();

TEST(CallerQuotasTest, CallsAreLimitedByTheSecondAndWaitAsTold) {
  testing::FakeClock clock;
  CallerQuotas quotas({.calls_per_second = 4}, &clock);
  for (int i = 0; i < 4; ++i) EXPECT_THAT(quotas.TakeCall(kCaller), IsOk()) << i;
  const absl::Status refused = quotas.TakeCall(kCaller);
  EXPECT_THAT(refused, HasReason(base::Reason::kCallerQuota));
  const base::ErrorDetails details = base::DetailsOf(refused);
  EXPECT_EQ(details.retry_after, absl::Milliseconds(250));
  EXPECT_THAT(details.metadata, ElementsAre(Pair("limit", "calls_per_second")));
  clock.Advance(absl::Milliseconds(249));
  EXPECT_THAT(quotas.TakeCall(kCaller), HasReason(base::Reason::kCallerQuota));
  clock.Advance(absl::Milliseconds(1));
  EXPECT_THAT(quotas.TakeCall(kCaller), IsOk());
  EXPECT_THAT(quotas.TakeCall(kCaller), HasReason(base::Reason::kCallerQuota));
  clock.Advance(absl::Hours(1));
  for (int i = 0; i < 4; ++i) EXPECT_THAT(quotas.TakeCall(kCaller), IsOk()) << i;
  EXPECT_THAT(quotas.TakeCall(kCaller), HasReason(base::Reason::kCallerQuota))
      << "silence saves up no more than a second's worth";
}

TEST(CallerQuotasTest, LoginsAreLimitedByTheHour) {
  testing::FakeClock clock;
  CallerQuotas quotas({.logins_per_hour = 2}, &clock);
  EXPECT_THAT(quotas.CheckLogin(kCaller), IsOk());
  EXPECT_THAT(quotas.TakeLogin(kCaller), IsOk());
  EXPECT_THAT(quotas.TakeLogin(kCaller), IsOk());
  EXPECT_THAT(quotas.CheckLogin(kCaller), HasReason(base::Reason::kCallerQuota));
  EXPECT_EQ(base::DetailsOf(quotas.TakeLogin(kCaller)).retry_after, absl::Minutes(30));
  EXPECT_THAT(quotas.TakeCall(kCaller), IsOk()) << "calls are another limit";
  clock.Advance(absl::Minutes(30));
  EXPECT_THAT(quotas.CheckLogin(kCaller), IsOk());
  EXPECT_THAT(quotas.CheckLogin(kCaller), IsOk()) << "to ask uses nothing up";
  EXPECT_THAT(quotas.TakeLogin(kCaller), IsOk());
  EXPECT_THAT(quotas.TakeLogin(kCaller), HasReason(base::Reason::kCallerQuota));
}

TEST(CallerQuotasTest, PlacesAreFreeAgainWhenTheyGo) {
  testing::FakeClock clock;
  CallerQuotas quotas({.calls_in_flight = 2, .streams = 1}, &clock);
  auto first = quotas.BeginCall(kCaller);
  auto second = quotas.BeginCall(kCaller);
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  const auto third = quotas.BeginCall(kCaller);
  EXPECT_THAT(third, HasReason(base::Reason::kCallerQuota));
  EXPECT_THAT(base::DetailsOf(third.status()).metadata,
              ElementsAre(Pair("limit", "calls_in_flight")));
  auto stream = quotas.BeginStream(kCaller);
  EXPECT_THAT(stream, IsOk());
  EXPECT_THAT(quotas.BeginStream(kCaller), HasReason(base::Reason::kCallerQuota));
  CallerQuotas::Place moved = *std::move(first);
  EXPECT_THAT(quotas.BeginCall(kCaller), HasReason(base::Reason::kCallerQuota));
  moved = CallerQuotas::Place();
  EXPECT_THAT(quotas.BeginCall(kCaller), IsOk());
}

TEST(CallerQuotasTest, WhatOneCallerUsesUpIsThereForTheOthers) {
  testing::FakeClock clock;
  CallerQuotas quotas(
      {.calls_per_second = 1, .calls_in_flight = 1, .streams = 1, .logins_per_hour = 1}, &clock);
  std::vector<CallerQuotas::Place> places;
  for (const char* name : {"loopback", "k8s:shop/cart", "k8s:shop/search"}) {
    const Caller caller = name == std::string("loopback") ? kCaller : Caller::Parse(name).value();
    EXPECT_THAT(quotas.TakeCall(caller), IsOk()) << name;
    EXPECT_THAT(quotas.TakeLogin(caller), IsOk()) << name;
    places.push_back(quotas.BeginCall(caller).value());
    places.push_back(quotas.BeginStream(caller).value());
    EXPECT_THAT(quotas.TakeCall(caller), HasReason(base::Reason::kCallerQuota)) << name;
    EXPECT_THAT(quotas.TakeLogin(caller), HasReason(base::Reason::kCallerQuota)) << name;
  }
}

TEST(CallerQuotasTest, MemoryIsBoundedAndThoseBeyondItShare) {
  testing::FakeClock clock;
  CallerQuotas quotas({.calls_per_second = 1}, &clock);
  std::size_t refused = 0;
  const std::size_t callers = 2 * CallerQuotas::kMaxCallers;
  for (std::size_t i = 0; i < callers; ++i) {
    const Caller caller = Caller::Parse(absl::StrCat("unix:c", i)).value();
    if (!quotas.TakeCall(caller).ok()) ++refused;
  }
  EXPECT_GT(refused, callers / 3) << "the rest share what one caller may take";
  clock.Advance(absl::Seconds(1));
  const Caller late = Caller::Parse("unix:late").value();
  EXPECT_THAT(quotas.TakeCall(late), IsOk()) << "who has used nothing lately is forgotten";
  EXPECT_THAT(quotas.TakeCall(late), HasReason(base::Reason::kCallerQuota));
}

TEST(CallerQuotasTest, APlaceMayOutliveTheQuotas) {
  testing::FakeClock clock;
  std::optional<CallerQuotas> quotas(std::in_place, CallerLimits(), &clock);
  auto place = quotas->BeginCall(kCaller);
  ASSERT_THAT(place, IsOk());
  quotas.reset();
}

}  // namespace
}  // namespace sessionbroker::access
