#include "service/login/driver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/login/reach.h"
#include "tests/login/answers.h"
#include "tests/login/programs.h"
#include "tests/testing/authenticator_conformance.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/fake_scheduler.h"
#include "tests/testing/fake_transport.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::login {
namespace {

using sessionbroker::testing::FakeClock;
using sessionbroker::testing::FakeScheduler;
using sessionbroker::testing::FakeTransport;
using sessionbroker::testing::HasReason;
using sessionbroker::testing::IsOk;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kKey[] = "uDFh1i0O56xBHJ9c";
constexpr char kChallengeUrl[] = "https://example.com/challenge?user=jane";
constexpr char kLoginUrl[] = "https://example.com/login";

FakeTransport::Reply Answers(std::string json, absl::Duration delay = absl::ZeroDuration()) {
  return {Response(200, std::move(json)), delay};
}

// A provider whose logins succeed, each exchange taking `delay`.
FakeTransport::Peer GoodPeer(absl::Duration delay = absl::ZeroDuration()) {
  return [delay](const http::Request& request) {
    return request.method == "GET" ? Answers(R"({"ok":true,"token":"t"})", delay)
                                   : Answers(R"({"ok":true,"session":"s"})", delay);
  };
}

// What an observer was told; a report lives only for the call.
struct Reported {
  Conversation conversation;
  std::string account;
  absl::Status status;
  Outcome outcome;
  std::string detail;
  absl::Duration duration;
  absl::Duration waited;
  std::size_t requests;
};

class DriverTest : public ::testing::Test {
 protected:
  DriverTest() { Make({}); }

  void Make(LoginDriver::Options options) {
    driver_ = std::make_unique<LoginDriver>(
        &scheduler_, &transport_, &clock_, &crypto::SystemRandom(), std::move(options),
        [this](const LoginReport& report) {
          reports_.push_back({report.conversation, report.account.id.ToString(), report.status,
                              report.outcome, report.operator_detail, report.duration,
                              report.waited, report.requests});
        });
  }

  std::shared_ptr<Account> NewAccount(const std::string& name = "acme") {
    auto account = MakeAccount(program_, {{"username", "jane"}}, {{"key", kKey}});
    account->id.account = name;
    return account;
  }

  // The result goes to results_[index].
  std::size_t Login(std::shared_ptr<const Account> account) {
    const std::size_t index = results_.size();
    results_.emplace_back();
    driver_->Login(std::move(account), [this, index](absl::StatusOr<Grant> result) {
      EXPECT_FALSE(results_[index].has_value()) << "called twice";
      results_[index] = std::move(result);
      order_.push_back(index);
    });
    return index;
  }
  std::size_t Login() { return Login(NewAccount()); }

  bool IsOver(std::size_t index) const { return results_[index].has_value(); }

  const std::shared_ptr<const Program> program_ = MustCompile(kChallengeDefinition);
  FakeClock clock_;
  FakeScheduler scheduler_{&clock_};
  FakeTransport transport_{&scheduler_};
  std::vector<std::optional<absl::StatusOr<Grant>>> results_;
  std::vector<std::size_t> order_;
  std::vector<Reported> reports_;
  std::unique_ptr<LoginDriver> driver_;
};

TEST_F(DriverTest, SendsWhatTheRunSaysAndHandsTheGrantOn) {
  transport_.Expect("GET", kChallengeUrl, Answers(R"({"ok":true,"token":"t"})", absl::Seconds(1)));
  transport_.Expect("POST", kLoginUrl, Answers(R"({"ok":true,"session":"s1"})", absl::Seconds(2)));
  const std::size_t login = Login();
  EXPECT_TRUE(transport_.sent().empty()) << "Login itself must not do I/O";
  scheduler_.Advance(absl::Seconds(3));
  ASSERT_TRUE(IsOver(login));
  ASSERT_THAT(*results_[login], IsOk());
  EXPECT_TRUE((*results_[login])->id == secrets::Secret("s1"));
  ASSERT_EQ(reports_.size(), 1u);
  EXPECT_EQ(reports_[0].conversation, Conversation::kLogin);
  EXPECT_EQ(reports_[0].account, "demo/acme");
  EXPECT_THAT(reports_[0].status, IsOk());
  EXPECT_EQ(reports_[0].duration, absl::Seconds(3));
  EXPECT_EQ(reports_[0].waited, absl::ZeroDuration());
  EXPECT_EQ(reports_[0].requests, 2u);
}

TEST_F(DriverTest, RequestsHaveTheirLimits) {
  LoginDriver::Options options;
  options.request_timeout = absl::Seconds(7);
  options.max_response_bytes = 4711;
  Make(options);
  transport_.SetPeer(GoodPeer());
  auto account = NewAccount();
  account->allow_private_address = true;
  Login(account);
  Login();
  scheduler_.RunReady();
  EXPECT_EQ(transport_.sent()[0].options.timeout, absl::Seconds(7));
  EXPECT_EQ(transport_.sent()[0].options.max_response_bytes, 4711u);
  EXPECT_TRUE(transport_.sent()[0].options.allow_private_address);
  EXPECT_FALSE(transport_.sent()[1].options.allow_private_address);
}

TEST_F(DriverTest, AFailureGoesToTheCallerAndItsDetailToTheObserver) {
  transport_.Expect("GET", kChallengeUrl, Answers(R"({"error":"unknown","why":"no such user"})"));
  const std::size_t login = Login();
  scheduler_.RunReady();
  ASSERT_TRUE(IsOver(login));
  EXPECT_THAT(*results_[login], HasReason(base::Reason::kCredentialsRejected));
  ASSERT_EQ(reports_.size(), 1u);
  EXPECT_EQ(reports_[0].status, results_[login]->status());
  EXPECT_EQ(reports_[0].detail, R"({"error":"unknown","why":"no such user"})");
  EXPECT_EQ(reports_[0].requests, 1u);
}

TEST_F(DriverTest, ARequestThatIsNotAnsweredEndsTheLogin) {
  transport_.Expect("GET", kChallengeUrl, {});
  const std::size_t login = Login();
  scheduler_.Advance(absl::Seconds(10) - absl::Nanoseconds(1));
  EXPECT_FALSE(IsOver(login));
  scheduler_.Advance(absl::Nanoseconds(1));
  ASSERT_TRUE(IsOver(login));
  EXPECT_THAT(*results_[login], HasReason(base::Reason::kProviderUnreachable));
  EXPECT_EQ(results_[login]->status().message(),
            "step \"challenge\": no answer: no answer in time");
}

TEST_F(DriverTest, ALoginThatTakesTooLongIsEndedAndItsRequestCancelled) {
  LoginDriver::Options options;
  options.login_timeout = absl::Seconds(12);
  Make(options);
  transport_.SetPeer(GoodPeer(absl::Seconds(9)));
  const std::size_t login = Login();
  scheduler_.Advance(absl::Seconds(12) - absl::Nanoseconds(1));
  EXPECT_FALSE(IsOver(login));
  EXPECT_EQ(transport_.open(), 1u);
  scheduler_.Advance(absl::Nanoseconds(1));
  ASSERT_TRUE(IsOver(login));
  EXPECT_THAT(*results_[login], HasReason(base::Reason::kProviderUnreachable));
  EXPECT_EQ(results_[login]->status().message(),
            "no end of the login within 12s, the login timeout; requests sent: 2");
  EXPECT_EQ(transport_.cancelled(), 1u);
  EXPECT_EQ(transport_.open(), 0u);
  scheduler_.Advance(absl::Seconds(60));
  EXPECT_EQ(reports_.size(), 1u);
}

TEST_F(DriverTest, NoMoreThanTheCapAreUnderWayAndTheRestGoInOrder) {
  LoginDriver::Options options;
  options.max_in_flight = 3;
  Make(options);
  transport_.SetPeer(GoodPeer(absl::Seconds(1)));
  for (int i = 0; i < 8; ++i) Login(NewAccount(absl::StrCat("a", i)));
  scheduler_.Advance(absl::Seconds(1));
  EXPECT_EQ(transport_.sent().size(), 6u);
  scheduler_.Advance(absl::Seconds(60));
  EXPECT_EQ(transport_.most_open(), 3u);
  EXPECT_THAT(order_, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
  for (const auto& result : results_) EXPECT_THAT(*result, IsOk());
  EXPECT_EQ(reports_[0].waited, absl::ZeroDuration());
  EXPECT_EQ(reports_[3].waited, absl::Seconds(2));
  EXPECT_EQ(reports_[7].waited, absl::Seconds(4));
  EXPECT_EQ(reports_[7].duration, absl::Seconds(6));
}

TEST_F(DriverTest, WaitingCountsForTheTimeout) {
  LoginDriver::Options options;
  options.max_in_flight = 1;
  options.login_timeout = absl::Seconds(5);
  Make(options);
  transport_.SetPeer(GoodPeer(absl::Seconds(2)));
  const std::size_t first = Login();
  const std::size_t second = Login();
  const std::size_t third = Login();
  scheduler_.Advance(absl::Seconds(4));
  ASSERT_TRUE(IsOver(first));
  EXPECT_THAT(*results_[first], IsOk());
  scheduler_.Advance(absl::Seconds(1));
  ASSERT_TRUE(IsOver(second));
  EXPECT_THAT(*results_[second], HasReason(base::Reason::kProviderUnreachable))
      << "it had its turn";
  ASSERT_TRUE(IsOver(third));
  EXPECT_THAT(*results_[third], HasReason(base::Reason::kQueueFull)) << "it had none";
  EXPECT_THAT(std::string(results_[third]->status().message()),
              AllOf(HasSubstr("no turn within 5s"), HasSubstr("the most at once: 1")));
  EXPECT_EQ(transport_.sent().size(), 3u) << "two of the first, one of the second";
}

TEST_F(DriverTest, WhoWaitsInVainIsToldInTimeAlsoBehindOthersThatGotTheirTurn) {
  LoginDriver::Options options;
  options.max_in_flight = 1;
  options.login_timeout = absl::Seconds(5);
  Make(options);
  transport_.SetPeer(GoodPeer(absl::Milliseconds(600)));
  Login();
  const std::size_t second = Login();
  scheduler_.Advance(absl::Seconds(1));
  transport_.SetPeer([](const http::Request&) { return FakeTransport::Reply{}; });
  const std::size_t third = Login();
  scheduler_.Advance(absl::Milliseconds(200));
  const std::size_t fourth = Login();
  scheduler_.Advance(absl::Milliseconds(3800));
  EXPECT_TRUE(IsOver(second));
  EXPECT_FALSE(IsOver(third));
  scheduler_.Advance(absl::Milliseconds(1000));
  EXPECT_TRUE(IsOver(third)) << "5 s after it began";
  EXPECT_FALSE(IsOver(fourth));
  scheduler_.Advance(absl::Milliseconds(200));
  EXPECT_TRUE(IsOver(fourth));
}

TEST_F(DriverTest, AFullQueueTurnsAway) {
  LoginDriver::Options options;
  options.max_in_flight = 1;
  options.max_waiting = 2;
  Make(options);
  transport_.SetPeer(GoodPeer(absl::Seconds(1)));
  for (int i = 0; i < 4; ++i) Login();
  scheduler_.RunReady();
  ASSERT_TRUE(IsOver(3));
  EXPECT_THAT(*results_[3], HasReason(base::Reason::kQueueFull));
  EXPECT_EQ(results_[3]->status().message(), "2 logins wait already, 2 are the most");
  scheduler_.Advance(absl::Seconds(60));
  for (int i = 0; i < 3; ++i) EXPECT_THAT(*results_[static_cast<std::size_t>(i)], IsOk());
}

TEST_F(DriverTest, LoginsThatFailAtOnceDoNotPileUpOnTheStack) {
  LoginDriver::Options options;
  options.max_in_flight = 1;
  Make(options);
  transport_.SetPeer(GoodPeer(absl::Seconds(1)));
  Login();
  // Without its parameter no request can be made.
  const auto broken = MakeAccount(program_, {}, {{"key", kKey}});
  for (int i = 0; i < 20000; ++i) Login(broken);
  scheduler_.Advance(absl::Seconds(2));
  EXPECT_EQ(order_.size(), 20001u);
  EXPECT_THAT(*results_.back(), HasReason(base::Reason::kProviderProtocolError));
}

TEST_F(DriverTest, ACallbackMayBeginTheNextLogin) {
  transport_.SetPeer(GoodPeer());
  int successes = 0;
  driver_->Login(NewAccount(), [&](absl::StatusOr<Grant> first) {
    successes += first.ok() ? 1 : 0;
    driver_->Login(NewAccount(),
                   [&](absl::StatusOr<Grant> second) { successes += second.ok() ? 1 : 0; });
  });
  scheduler_.RunReady();
  EXPECT_EQ(successes, 2);
}

TEST_F(DriverTest, ShutdownTurnsAwayWhatWaitsAndLetsTheRestEnd) {
  LoginDriver::Options options;
  options.max_in_flight = 1;
  Make(options);
  transport_.SetPeer(GoodPeer(absl::Seconds(1)));
  const std::size_t under_way = Login();
  const std::size_t waiting = Login();
  scheduler_.RunReady();
  driver_->Shutdown();
  const std::size_t late = Login();
  scheduler_.RunReady();
  ASSERT_TRUE(IsOver(waiting));
  EXPECT_THAT(*results_[waiting], HasReason(base::Reason::kDraining));
  ASSERT_TRUE(IsOver(late));
  EXPECT_THAT(*results_[late], HasReason(base::Reason::kDraining));
  EXPECT_FALSE(IsOver(under_way));
  scheduler_.Advance(absl::Seconds(2));
  ASSERT_TRUE(IsOver(under_way));
  EXPECT_THAT(*results_[under_way], IsOk());
}

TEST_F(DriverTest, ADriverThatIsDestroyedTakesItsRequestsAndTimersAlong) {
  transport_.SetPeer([](const http::Request&) { return FakeTransport::Reply{}; });
  LoginDriver::Options options;
  options.max_in_flight = 1;
  Make(options);
  Login();
  Login();
  scheduler_.RunReady();
  driver_.reset();
  EXPECT_EQ(transport_.open(), 0u);
  scheduler_.Advance(absl::Seconds(60));
  EXPECT_TRUE(order_.empty());
}

TEST_F(DriverTest, WorksWithoutAnObserver) {
  driver_ =
      std::make_unique<LoginDriver>(&scheduler_, &transport_, &clock_, &crypto::SystemRandom(),
                                    LoginDriver::Options(), LoginObserver());
  transport_.SetPeer(GoodPeer());
  const std::size_t login = Login();
  scheduler_.RunReady();
  EXPECT_THAT(*results_[login], IsOk());
}

TEST_F(DriverTest, AProbeAndALogoutAreReportedAsSuch) {
  transport_.Expect("GET", "https://example.com/probe?sid=s1", {Response(200, "")});
  transport_.Expect("GET", "https://example.com/probe?sid=s1", {Response(401, "")});
  transport_.Expect("DELETE", "https://example.com/sessions/s1", {Response(404, "")});
  std::vector<absl::StatusOr<ProbeAnswer>> found;
  std::vector<absl::Status> ended;
  for (int i = 0; i < 2; ++i) {
    driver_->Probe(NewAccount(), SessionWithId("s1"), [&found](absl::StatusOr<ProbeAnswer> result) {
      found.push_back(std::move(result));
    });
    EXPECT_EQ(transport_.sent().size(), static_cast<std::size_t>(i));
    scheduler_.RunReady();
  }
  driver_->Logout(NewAccount(), SessionWithId("s1"),
                  [&ended](absl::Status status) { ended.push_back(std::move(status)); });
  scheduler_.RunReady();
  ASSERT_EQ(found.size(), 2u);
  ASSERT_THAT(found[0], IsOk());
  EXPECT_EQ(found[0]->result, ProbeResult::kAlive);
  ASSERT_THAT(found[1], IsOk());
  EXPECT_EQ(found[1]->result, ProbeResult::kDead);
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_THAT(ended[0], IsOk());
  ASSERT_EQ(reports_.size(), 3u);
  EXPECT_EQ(reports_[0].conversation, Conversation::kProbe);
  EXPECT_EQ(reports_[0].outcome, Outcome::kOk);
  EXPECT_EQ(reports_[0].account, "demo/acme");
  EXPECT_EQ(reports_[1].outcome, Outcome::kSessionExpired);
  EXPECT_EQ(reports_[1].requests, 1u);
  EXPECT_EQ(reports_[2].conversation, Conversation::kLogout);
  EXPECT_EQ(reports_[2].outcome, Outcome::kSessionExpired);
}

TEST_F(DriverTest, AProbeThatFindsNothingOutGoesToItsCallerAndTheObserver) {
  transport_.Expect("GET", "https://example.com/probe?sid=s1", {Response(503, "down")});
  std::optional<absl::StatusOr<ProbeAnswer>> found;
  driver_->Probe(NewAccount(), SessionWithId("s1"),
                 [&found](absl::StatusOr<ProbeAnswer> result) { found = std::move(result); });
  scheduler_.RunReady();
  ASSERT_TRUE(found.has_value());
  EXPECT_THAT(*found, HasReason(base::Reason::kProviderUnreachable));
  EXPECT_TRUE(ReachedProvider(found->status()));
  ASSERT_EQ(reports_.size(), 1u);
  EXPECT_EQ(reports_[0].status, found->status());
  EXPECT_EQ(reports_[0].detail, "down");
}

TEST_F(DriverTest, ProbesAndLogoutsHaveTheCapAndTheTimeoutOfLogins) {
  LoginDriver::Options options;
  options.max_in_flight = 1;
  options.login_timeout = absl::Seconds(5);
  options.request_timeout = absl::Seconds(60);
  Make(options);
  transport_.SetPeer([](const http::Request&) { return FakeTransport::Reply{}; });
  std::vector<absl::Status> ended;
  const auto note = [&ended](const auto& result) {
    if constexpr (std::is_same_v<std::decay_t<decltype(result)>, absl::Status>) {
      ended.push_back(result);
    } else {
      ended.push_back(result.status());
    }
  };
  driver_->Probe(NewAccount(), SessionWithId("s1"), note);
  driver_->Logout(NewAccount(), SessionWithId("s1"), note);
  scheduler_.RunReady();
  EXPECT_EQ(transport_.sent().size(), 1u) << "the logout waits";
  scheduler_.Advance(absl::Seconds(5));
  ASSERT_EQ(ended.size(), 2u);
  EXPECT_THAT(ended[0], HasReason(base::Reason::kProviderUnreachable));
  EXPECT_EQ(ended[0].message(),
            "no end of the probe within 5s, the login timeout; requests sent: 1");
  EXPECT_EQ(ReachOf(ended[0]), Reach::kNoAnswer);
  EXPECT_THAT(ended[1], HasReason(base::Reason::kQueueFull));
  EXPECT_EQ(ReachOf(ended[1]), Reach::kNothingSent);
}

TEST_F(DriverTest, ARefusedLoginHasReachedTheProviderAndSaysHowLongToWait) {
  http::Response busy = Response(200, R"({"error":"busy"})");
  busy.headers.push_back({"Retry-After", "77"});
  transport_.Expect("GET", kChallengeUrl, {busy});
  transport_.Expect("GET", kChallengeUrl, {absl::UnavailableError("refused")});
  const std::size_t answered = Login();
  const std::size_t unanswered = Login();
  scheduler_.RunReady();
  EXPECT_EQ(base::DetailsOf(results_[answered]->status()).retry_after, absl::Seconds(77));
  EXPECT_TRUE(ReachedProvider(results_[answered]->status()));
  EXPECT_EQ(ReachOf(results_[unanswered]->status()), Reach::kNoAnswer);
}

TEST_F(DriverTest, LoginsComeFromManyThreads) {
  transport_.SetPeer(GoodPeer());
  constexpr int kThreads = 4;
  constexpr int kEach = 50;
  int over = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([this, &over] {
      for (int j = 0; j < kEach; ++j) {
        driver_->Login(NewAccount(), [&over](absl::StatusOr<Grant> result) {
          EXPECT_THAT(result, IsOk());
          ++over;
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  scheduler_.RunReady();
  EXPECT_EQ(over, kThreads * kEach);
}

// The driver against what every authenticator promises.
class DriverBench final : public sessionbroker::testing::AuthenticatorBench {
 public:
  DriverBench() {
    transport_.SetPeer([](const http::Request& request) {
      if (absl::StrContains(request.url, "/probe") || request.method == "DELETE") {
        return FakeTransport::Reply{
            Response(absl::StrContains(request.url, "dead") ? 401 : 200, ""), absl::Seconds(1)};
      }
      if (request.method == "GET") {
        return absl::StrContains(request.url, "user=jane")
                   ? Answers(R"({"ok":true,"token":"t"})", absl::Seconds(1))
                   : Answers(R"({"error":"unknown"})", absl::Seconds(1));
      }
      return Answers(R"({"ok":true,"session":"s"})", absl::Seconds(1));
    });
  }
  Authenticator& authenticator() override { return driver_; }
  std::shared_ptr<const Account> good_account() override {
    return MakeAccount(program_, {{"username", "jane"}}, {{"key", kKey}});
  }
  std::shared_ptr<const Account> refused_account() override {
    return MakeAccount(program_, {{"username", "nobody"}}, {{"key", kKey}});
  }
  std::shared_ptr<const Grant> dead_session() override { return SessionWithId("dead"); }
  void RunUntilIdle() override { scheduler_.Advance(absl::Minutes(1)); }

 private:
  const std::shared_ptr<const Program> program_ = MustCompile(kChallengeDefinition);
  FakeClock clock_;
  FakeScheduler scheduler_{&clock_};
  FakeTransport transport_{&scheduler_};
  LoginDriver driver_{&scheduler_, &transport_, &clock_, &crypto::SystemRandom(), {}, {}};
};

}  // namespace
}  // namespace sessionbroker::login

namespace sessionbroker::testing {

INSTANTIATE_TEST_SUITE_P(LoginDriver, AuthenticatorConformance,
                         ::testing::Values([]() -> std::unique_ptr<AuthenticatorBench> {
                           return std::make_unique<login::DriverBench>();
                         }));

}  // namespace sessionbroker::testing
