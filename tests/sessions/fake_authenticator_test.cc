#include "tests/testing/fake_authenticator.h"

#include <gtest/gtest.h>

#include <memory>

#include "service/base/error.h"
#include "tests/testing/authenticator_conformance.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/fake_scheduler.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::testing {
namespace {

std::shared_ptr<const login::Account> AccountNamed(std::string name) {
  auto account = std::make_shared<login::Account>();
  account->id = {.provider = "vtiger", .account = std::move(name)};
  return account;
}

class FakeBench final : public AuthenticatorBench {
 public:
  login::Authenticator& authenticator() override { return authenticator_; }
  std::shared_ptr<const login::Account> good_account() override { return AccountNamed("good"); }
  std::shared_ptr<const login::Account> refused_account() override {
    authenticator_.Script(base::MakeError(base::Reason::kCredentialsRejected, "refused"));
    return AccountNamed("refused");
  }
  std::shared_ptr<const login::Grant> dead_session() override {
    authenticator_.ScriptProbe(login::ProbeResult::kDead);
    return std::make_shared<const login::Grant>(GrantWithId("dead"));
  }
  void RunUntilIdle() override { scheduler_.RunReady(); }

 private:
  FakeClock clock_;
  FakeScheduler scheduler_{&clock_};
  FakeAuthenticator authenticator_{&scheduler_};
};

INSTANTIATE_TEST_SUITE_P(Fake, AuthenticatorConformance,
                         ::testing::Values([] { return std::make_unique<FakeBench>(); }));

TEST(FakeAuthenticatorTest, CountsLoginsOfOneAccountThatOverlap) {
  FakeClock clock;
  FakeScheduler scheduler(&clock);
  FakeAuthenticator authenticator(&scheduler);
  authenticator.Hold();
  for (const char* name : {"a", "b", "a"}) authenticator.Login(AccountNamed(name), [](auto) {});
  EXPECT_EQ(authenticator.logins(), 3u);
  EXPECT_EQ(authenticator.overlaps(), 1u);
}

TEST(FakeAuthenticatorTest, HeldLoginsEndOnlyOnceReleased) {
  FakeClock clock;
  FakeScheduler scheduler(&clock);
  FakeAuthenticator authenticator(&scheduler);
  authenticator.Hold();
  int ended = 0;
  authenticator.Login(AccountNamed("a"), [&](auto) { ++ended; });
  scheduler.RunReady();
  EXPECT_EQ(ended, 0);
  authenticator.Release();
  scheduler.RunReady();
  EXPECT_EQ(ended, 1);
}

}  // namespace
}  // namespace sessionbroker::testing
