#ifndef SESSIONBROKER_TESTS_TESTING_AUTHENTICATOR_CONFORMANCE_H_
#define SESSIONBROKER_TESTS_TESTING_AUTHENTICATOR_CONFORMANCE_H_

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "service/base/error.h"
#include "service/login/authenticator.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::testing {

// An authenticator ready for trial, and what it needs to be tried. Each implementation derives one.
class AuthenticatorBench {
 public:
  virtual ~AuthenticatorBench() = default;

  virtual login::Authenticator& authenticator() = 0;
  // An account whose logins succeed, and one whose credentials are refused.
  virtual std::shared_ptr<const login::Account> good_account() = 0;
  virtual std::shared_ptr<const login::Account> refused_account() = 0;
  // A session of the good account that is dead, so that a probe says so.
  virtual std::shared_ptr<const login::Grant> dead_session() = 0;
  // Runs the scheduler until no login is under way.
  virtual void RunUntilIdle() = 0;
};

// What service/login/authenticator.h promises. Instantiate with functions that make a bench.
class AuthenticatorConformance
    : public ::testing::TestWithParam<std::function<std::unique_ptr<AuthenticatorBench>()>> {
 protected:
  // Begins a login; its result goes to `results`.
  void Login(const std::shared_ptr<const login::Account>& account) {
    bench_->authenticator().Login(account, [this](absl::StatusOr<login::Grant> result) {
      results_.push_back(std::move(result));
    });
  }

  std::unique_ptr<AuthenticatorBench> bench_ = GetParam()();
  std::vector<absl::StatusOr<login::Grant>> results_;
};

TEST_P(AuthenticatorConformance, CallsBackOnceAndNeverInsideLogin) {
  Login(bench_->good_account());
  EXPECT_EQ(results_.size(), 0u);
  bench_->RunUntilIdle();
  ASSERT_EQ(results_.size(), 1u);
  bench_->RunUntilIdle();
  EXPECT_EQ(results_.size(), 1u);
}

TEST_P(AuthenticatorConformance, ALoginThatSucceedsYieldsAnIdAndItsPlace) {
  Login(bench_->good_account());
  bench_->RunUntilIdle();
  ASSERT_EQ(results_.size(), 1u);
  ASSERT_THAT(results_[0], IsOk());
  EXPECT_FALSE(results_[0]->id.empty());
  EXPECT_FALSE(results_[0]->attachments.empty());
}

TEST_P(AuthenticatorConformance, RefusedCredentialsAreToldByTheirReason) {
  Login(bench_->refused_account());
  EXPECT_EQ(results_.size(), 0u);
  bench_->RunUntilIdle();
  ASSERT_EQ(results_.size(), 1u);
  EXPECT_THAT(results_[0], HasReason(base::Reason::kCredentialsRejected));
}

TEST_P(AuthenticatorConformance, AProbeTellsTheLivingFromTheDead) {
  Login(bench_->good_account());
  bench_->RunUntilIdle();
  ASSERT_EQ(results_.size(), 1u);
  ASSERT_THAT(results_[0], IsOk());
  const auto alive = std::make_shared<const login::Grant>(*results_[0]);
  std::vector<absl::StatusOr<login::ProbeAnswer>> found;
  const auto note = [&found](absl::StatusOr<login::ProbeAnswer> result) {
    found.push_back(std::move(result));
  };
  bench_->authenticator().Probe(bench_->good_account(), alive, note);
  EXPECT_EQ(found.size(), 0u) << "never inside the call";
  bench_->RunUntilIdle();
  bench_->authenticator().Probe(bench_->good_account(), bench_->dead_session(), note);
  bench_->RunUntilIdle();
  bench_->RunUntilIdle();
  ASSERT_EQ(found.size(), 2u);
  ASSERT_THAT(found[0], IsOk());
  EXPECT_EQ(found[0]->result, login::ProbeResult::kAlive);
  ASSERT_THAT(found[1], IsOk());
  EXPECT_EQ(found[1]->result, login::ProbeResult::kDead);
}

TEST_P(AuthenticatorConformance, ALogoutCallsBackOnceAndNeverInsideTheCall) {
  Login(bench_->good_account());
  bench_->RunUntilIdle();
  ASSERT_EQ(results_.size(), 1u);
  ASSERT_THAT(results_[0], IsOk());
  std::vector<absl::Status> ended;
  bench_->authenticator().Logout(
      bench_->good_account(), std::make_shared<const login::Grant>(*results_[0]),
      [&ended](absl::Status status) { ended.push_back(std::move(status)); });
  EXPECT_EQ(ended.size(), 0u);
  bench_->RunUntilIdle();
  bench_->RunUntilIdle();
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_THAT(ended[0], IsOk());
}

TEST_P(AuthenticatorConformance, AnAccountLogsInAgainAfterItsLoginEnded) {
  Login(bench_->good_account());
  bench_->RunUntilIdle();
  Login(bench_->good_account());
  bench_->RunUntilIdle();
  ASSERT_EQ(results_.size(), 2u);
  EXPECT_THAT(results_[1], IsOk());
}

}  // namespace sessionbroker::testing

#endif  // SESSIONBROKER_TESTS_TESTING_AUTHENTICATOR_CONFORMANCE_H_
