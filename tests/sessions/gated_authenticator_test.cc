#include "service/sessions/gated_authenticator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "service/base/error.h"
#include "service/login/account.h"
#include "service/login/reach.h"
#include "tests/testing/authenticator_conformance.h"
#include "tests/testing/fake_authenticator.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/fake_scheduler.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::sessions {
namespace {

using ::sessionbroker::testing::AuthenticatorBench;
using ::sessionbroker::testing::AuthenticatorConformance;
using ::sessionbroker::testing::FakeAuthenticator;
using ::sessionbroker::testing::FakeClock;
using ::sessionbroker::testing::FakeScheduler;
using ::sessionbroker::testing::GrantWithId;
using ::sessionbroker::testing::HasReason;
using ::sessionbroker::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr absl::Duration kLongestWait = absl::Seconds(30);

std::shared_ptr<const login::Account> AccountAt(const std::string& base_url,
                                                const std::string& name = "crm") {
  auto account = std::make_shared<login::Account>();
  account->id = {.provider = "vtiger", .account = name};
  account->base_url = base_url;
  return account;
}

class GatedAuthenticatorTest : public ::testing::Test {
 protected:
  void SetUp() override { Make(/*cap=*/3); }

  void Make(int cap, std::size_t max_waiting = 100) {
    gated_ = std::make_unique<GatedAuthenticator>(
        &inner_, &scheduler_, &clock_,
        GatedAuthenticator::Options{.origin = {.max_in_flight = cap,
                                               .failures_to_open = 5,
                                               .trial_pause = absl::Seconds(1)},
                                    .longest_wait = kLongestWait,
                                    .max_waiting = max_waiting});
  }

  // Begins so many logins; the number of each goes to `ended_` as it ends, its result to
  // `results_`.
  void Login(int count, const std::string& base_url = "https://api.example") {
    for (int i = 0; i < count; ++i) {
      gated_->Login(AccountAt(base_url, absl::StrCat("account-", last_)),
                    [this, number = last_](absl::StatusOr<login::Grant> result) {
                      ended_.push_back(number);
                      results_.push_back(std::move(result));
                    });
      ++last_;
    }
    scheduler_.RunReady();
  }
  void ScriptNoAnswers(int count) {
    for (int i = 0; i < count; ++i) {
      inner_.Script(login::WithReach(
          base::MakeError(base::Reason::kProviderUnreachable, "connection refused"),
          login::Reach::kNoAnswer));
    }
  }
  void ScriptAnswered(base::Reason reason) {
    inner_.Script(login::WithReach(base::MakeError(reason, "told"), login::Reach::kAnswered));
  }
  // Five in a row get no answer.
  void OpenBreaker() {
    results_.clear();
    ended_.clear();
    ScriptNoAnswers(5);
    Login(5);
    ASSERT_EQ(Failed(base::Reason::kProviderUnreachable), 5u);
    results_.clear();
    ended_.clear();
  }
  std::size_t Failed(base::Reason reason) const {
    std::size_t count = 0;
    for (const auto& result : results_) {
      if (!result.ok() && base::DetailsOf(result.status()).reason == reason) ++count;
    }
    return count;
  }

  FakeClock clock_;
  FakeScheduler scheduler_{&clock_};
  FakeAuthenticator inner_{&scheduler_};
  std::unique_ptr<GatedAuthenticator> gated_;
  int last_ = 0;
  std::vector<int> ended_;
  std::vector<absl::StatusOr<login::Grant>> results_;
};

TEST_F(GatedAuthenticatorTest, AsManyAsTheCapAreUnderWayAndTheOthersFollowInTheirOrder) {
  inner_.Hold();
  Login(10);
  EXPECT_EQ(inner_.logins(), 3u);
  EXPECT_THAT(ended_, IsEmpty());
  inner_.Release();
  scheduler_.RunReady();
  EXPECT_EQ(inner_.logins(), 10u);
  EXPECT_THAT(ended_, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
}

TEST_F(GatedAuthenticatorTest, ProbesCountLikeLogins) {
  inner_.Hold();
  Login(2);
  std::vector<login::ProbeResult> found;
  for (int i = 0; i < 2; ++i) {
    gated_->Probe(
        AccountAt("https://api.example"), std::make_shared<login::Grant>(GrantWithId("live")),
        [&](absl::StatusOr<login::ProbeAnswer> result) { found.push_back(result->result); });
  }
  scheduler_.RunReady();
  EXPECT_EQ(inner_.probed().size(), 1u);
  inner_.Release();
  scheduler_.RunReady();
  EXPECT_THAT(found, ElementsAre(login::ProbeResult::kAlive, login::ProbeResult::kAlive));
}

TEST_F(GatedAuthenticatorTest, LogoutsPassAFullGateAndAnOpenBreaker) {
  const auto log_out = [&] {
    gated_->Logout(AccountAt("https://api.example"),
                   std::make_shared<login::Grant>(GrantWithId("old")), [](const absl::Status&) {});
  };
  inner_.Hold();
  Login(5);
  log_out();
  EXPECT_EQ(inner_.logged_out().size(), 1u);
  inner_.Release();
  scheduler_.RunReady();
  OpenBreaker();
  log_out();
  EXPECT_EQ(inner_.logged_out().size(), 2u);
}

TEST_F(GatedAuthenticatorTest, OriginsDoNotWaitForEachOther) {
  inner_.Hold();
  Login(5, "https://a.example/v1");
  Login(5, "https://a.example:443/v2");
  EXPECT_EQ(inner_.logins(), 3u) << "one origin";
  Login(5, "https://a.example:8443");
  EXPECT_EQ(inner_.logins(), 6u) << "another port";
  Login(5, "https://b.example");
  EXPECT_EQ(inner_.logins(), 9u);
}

TEST_F(GatedAuthenticatorTest, AProviderThatIsDownIsTriedByOneAtATimeAndTheOthersFailFast) {
  OpenBreaker();
  inner_.Hold();
  ScriptNoAnswers(1);
  Login(100);
  EXPECT_EQ(inner_.logins(), 6u);
  ASSERT_EQ(results_.size(), 99u);
  EXPECT_EQ(Failed(base::Reason::kBackingOff), 99u);
  EXPECT_THAT(std::string(results_[0].status().message()), HasSubstr("connection refused"));
  EXPECT_EQ(base::DetailsOf(results_[0].status()).metadata.at("cause"), "PROVIDER_UNREACHABLE");
  inner_.Release();
  scheduler_.RunReady();
  clock_.Advance(absl::Seconds(1) - absl::Nanoseconds(1));
  Login(1);
  EXPECT_EQ(inner_.logins(), 6u);
  clock_.Advance(absl::Nanoseconds(1));
  Login(1);
  EXPECT_EQ(inner_.logins(), 7u);
}

TEST_F(GatedAuthenticatorTest, WhatWaitsWhenTheBreakerOpensFailsFast) {
  ScriptNoAnswers(5);
  inner_.Hold();
  Login(50);
  inner_.Release();
  scheduler_.RunReady();
  // Three that began before it opened, two more, one that tries.
  EXPECT_LE(inner_.logins(), 3u + 5u);
  EXPECT_EQ(results_.size(), 50u);
  EXPECT_GE(Failed(base::Reason::kBackingOff), 40u);
}

TEST_F(GatedAuthenticatorTest, AProviderThatIsBackIsRampedUp) {
  Make(/*cap=*/10);
  OpenBreaker();
  Login(1);
  ASSERT_THAT(results_.back(), IsOk());
  const std::size_t before = inner_.logins();
  inner_.Hold();
  Login(20);
  EXPECT_EQ(inner_.logins(), before + 2) << "two at first";
  inner_.Release();
  scheduler_.RunReady();
  EXPECT_EQ(inner_.logins(), before + 20);
  inner_.Hold();
  Login(20);
  EXPECT_EQ(inner_.logins(), before + 30) << "the cap again";
}

TEST_F(GatedAuthenticatorTest, AnswersOfAnyKindKeepTheBreakerClosed) {
  for (int i = 0; i < 20; ++i) {
    ScriptNoAnswers(4);
    ScriptAnswered(i % 2 == 0 ? base::Reason::kProviderUnreachable
                              : base::Reason::kCredentialsRejected);
    for (int j = 0; j < 5; ++j) Login(1);
  }
  EXPECT_EQ(inner_.logins(), 100u);
  EXPECT_EQ(Failed(base::Reason::kBackingOff), 0u);
}

TEST_F(GatedAuthenticatorTest, WhatWasNeverSentSaysNothingOfTheProvider) {
  for (int i = 0; i < 20; ++i) inner_.Script(base::MakeError(base::Reason::kQueueFull, "full"));
  for (int i = 0; i < 20; ++i) Login(1);
  EXPECT_EQ(inner_.logins(), 20u);
  OpenBreaker();
  inner_.Script(base::MakeError(base::Reason::kQueueFull, "full"));
  Login(1);
  Login(1);
  EXPECT_THAT(results_.back(), IsOk()) << "the next one tries";
}

TEST_F(GatedAuthenticatorTest, WhoWaitsTooLongIsTurnedAwayAtTheTick) {
  inner_.Hold();
  Login(5);
  scheduler_.Advance(kLongestWait - absl::Nanoseconds(1));
  Login(1);
  EXPECT_THAT(results_, IsEmpty());
  scheduler_.Advance(absl::Nanoseconds(1));
  EXPECT_THAT(ended_, ElementsAre(3, 4));
  EXPECT_EQ(Failed(base::Reason::kQueueFull), 2u);
  EXPECT_THAT(std::string(results_[0].status().message()), HasSubstr("30s"));
  scheduler_.Advance(kLongestWait - absl::Nanoseconds(1));
  EXPECT_THAT(ended_, ElementsAre(3, 4, 5));
  EXPECT_EQ(inner_.logins(), 3u);
}

TEST_F(GatedAuthenticatorTest, MoreThanMayWaitAreTurnedAwayAtOnceButNotInsideTheCall) {
  Make(/*cap=*/1, /*max_waiting=*/2);
  inner_.Hold();
  Login(3);
  gated_->Login(AccountAt("https://api.example"), [this](absl::StatusOr<login::Grant> result) {
    results_.push_back(std::move(result));
  });
  EXPECT_THAT(results_, IsEmpty());
  scheduler_.RunReady();
  ASSERT_EQ(results_.size(), 1u);
  EXPECT_THAT(results_[0], HasReason(base::Reason::kQueueFull));
  EXPECT_THAT(std::string(results_[0].status().message()), HasSubstr("limit 2"));
  inner_.Release();
  scheduler_.RunReady();
  EXPECT_THAT(ended_, ElementsAre(0, 1, 2));
}

// --- What every authenticator does ---

class GatedBench final : public AuthenticatorBench {
 public:
  login::Authenticator& authenticator() override { return gated_; }
  std::shared_ptr<const login::Account> good_account() override {
    return AccountAt("https://api.example", "good");
  }
  std::shared_ptr<const login::Account> refused_account() override {
    inner_.Script(base::MakeError(base::Reason::kCredentialsRejected, "refused"));
    return AccountAt("https://api.example", "refused");
  }
  std::shared_ptr<const login::Grant> dead_session() override {
    inner_.ScriptProbe(login::ProbeResult::kDead);
    return std::make_shared<const login::Grant>(GrantWithId("dead"));
  }
  void RunUntilIdle() override { scheduler_.RunReady(); }

 private:
  FakeClock clock_;
  FakeScheduler scheduler_{&clock_};
  FakeAuthenticator inner_{&scheduler_};
  GatedAuthenticator gated_{&inner_, &scheduler_, &clock_, {}};
};

}  // namespace
}  // namespace sessionbroker::sessions

namespace sessionbroker::testing {

INSTANTIATE_TEST_SUITE_P(Gated, AuthenticatorConformance,
                         ::testing::Values([]() -> std::unique_ptr<AuthenticatorBench> {
                           return std::make_unique<sessions::GatedBench>();
                         }));

}  // namespace sessionbroker::testing
