// Probe and logout of the built-in definitions, with the driver and curl, at the simulated
// providers.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/event_loop.h"
#include "service/base/system_clock.h"
#include "service/http/curl_transport.h"
#include "service/login/driver.h"
#include "service/login/reach.h"
#include "tests/login/programs.h"
#include "tests/simulator/simulator.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::login {
namespace {

using ::sessionbroker::testing::HasReason;
using ::sessionbroker::testing::IsOk;

constexpr char kSimulatedKey[] = "aGoodKey0123";

// One provider, and how it names things.
struct Simulated {
  const char* provider;
  const char* user_parameter;
  const char* secret;
  const char* probe_operation;
  bool has_logout;

  friend void PrintTo(const Simulated& simulated, std::ostream* out) { *out << simulated.provider; }
};

class BuiltinProbeTest : public ::testing::TestWithParam<Simulated> {
 protected:
  void SetUp() override {
    simulator_ = *simulator::Simulator::Start({});
    for (const char* user : {"jane", "john"}) {
      ASSERT_THAT(
          simulator_->SetUser(GetParam().provider, {.name = user, .access_key = kSimulatedKey}),
          IsOk());
    }
    loop_ = *base::EventLoop::Create();
    transport_ = *http::CurlTransport::Create({}, loop_.get(), &clock_);
    driver_ = MakeDriver("session-broker/1");
    later_driver_ = MakeDriver("session-broker/2");
    ASSERT_THAT(loop_->Start(), IsOk());
  }
  void TearDown() override { loop_->Stop(); }

  std::unique_ptr<LoginDriver> MakeDriver(const std::string& user_agent) {
    return std::make_unique<LoginDriver>(
        loop_.get(), transport_.get(), &clock_, &crypto::SystemRandom(),
        LoginDriver::Options{.user_agent = user_agent}, LoginObserver());
  }

  std::shared_ptr<const Account> AccountOfUser(const std::string& user) {
    auto account = MakeAccount(program_, {{GetParam().user_parameter, user}},
                               {{GetParam().secret, kSimulatedKey}});
    account->base_url = simulator_->url(GetParam().provider);
    account->allow_private_address = true;
    return account;
  }

  std::shared_ptr<const Grant> LogIn(const std::string& user) {
    const auto over = std::make_shared<std::promise<absl::StatusOr<Grant>>>();
    driver_->Login(AccountOfUser(user),
                   [over](absl::StatusOr<Grant> grant) { over->set_value(std::move(grant)); });
    absl::StatusOr<Grant> grant = over->get_future().get();
    EXPECT_THAT(grant, IsOk());
    return grant.ok() ? std::make_shared<const Grant>(*std::move(grant)) : nullptr;
  }

  // "alive", "dead" or an error.
  std::string Probe(const std::shared_ptr<const Grant>& grant) {
    return ProbeWith(*driver_, grant);
  }
  std::string ProbeWith(LoginDriver& driver, const std::shared_ptr<const Grant>& grant) {
    const absl::StatusOr<ProbeAnswer> result = Ask(driver, grant);
    if (!result.ok()) return result.status().ToString();
    return result->result == ProbeResult::kAlive ? "alive" : "dead";
  }
  absl::StatusOr<ProbeAnswer> Ask(LoginDriver& driver, const std::shared_ptr<const Grant>& grant) {
    const auto over = std::make_shared<std::promise<absl::StatusOr<ProbeAnswer>>>();
    driver.Probe(AccountOfUser("jane"), grant, [over](absl::StatusOr<ProbeAnswer> result) {
      over->set_value(std::move(result));
    });
    return over->get_future().get();
  }

  absl::Status LogOut(const std::shared_ptr<const Grant>& grant) {
    const auto over = std::make_shared<std::promise<absl::Status>>();
    driver_->Logout(AccountOfUser("jane"), grant,
                    [over](absl::Status status) { over->set_value(std::move(status)); });
    return over->get_future().get();
  }

  int64_t CountOf(const std::string& user, const std::string& operation) {
    return simulator_->counters().CountOfUser(GetParam().provider, user, operation);
  }

  const std::shared_ptr<const Program> program_ = Builtin(GetParam().provider);
  const base::SystemClock clock_{};
  std::unique_ptr<simulator::Simulator> simulator_;
  std::unique_ptr<base::EventLoop> loop_;
  std::unique_ptr<http::CurlTransport> transport_;
  std::unique_ptr<LoginDriver> driver_;
  // With another User-Agent.
  std::unique_ptr<LoginDriver> later_driver_;
};

TEST_P(BuiltinProbeTest, ALiveSessionIsAliveUntilTheProviderKillsIt) {
  const auto session = LogIn("jane");
  const auto other = LogIn("john");
  ASSERT_TRUE(session != nullptr && other != nullptr);
  EXPECT_EQ(Probe(session), "alive");
  EXPECT_EQ(Probe(session), "alive");
  EXPECT_EQ(CountOf("jane", GetParam().probe_operation), 2);
  ASSERT_THAT(simulator_->KillSessions(GetParam().provider, simulator::SessionEnd::kGone, "jane"),
              IsOk());
  EXPECT_EQ(Probe(session), "dead");
  EXPECT_EQ(Probe(other), "alive");
  EXPECT_EQ(CountOf("jane", GetParam().probe_operation), 3);
  EXPECT_EQ(CountOf("john", GetParam().probe_operation), 1);
}

TEST_P(BuiltinProbeTest, ASessionThatNobodyUsedIsDead) {
  const auto session = LogIn("jane");
  ASSERT_NE(session, nullptr);
  ASSERT_TRUE(session->idle.has_value());
  simulator_->AdvanceTime(*session->idle - absl::Seconds(5));
  EXPECT_EQ(Probe(session), "alive") << "which is a use of it";
  simulator_->AdvanceTime(*session->idle - absl::Seconds(5));
  EXPECT_EQ(Probe(session), "alive");
  simulator_->AdvanceTime(*session->idle + absl::Seconds(5));
  EXPECT_EQ(Probe(session), "dead");
}

TEST_P(BuiltinProbeTest, TheUserAgentOfTheLoginIsSentWhereItMatters) {
  const auto session = LogIn("jane");
  ASSERT_NE(session, nullptr);
  EXPECT_EQ(ProbeWith(*later_driver_, session), "alive");
  EXPECT_EQ(Probe(session), "alive");
}

TEST_P(BuiltinProbeTest, AProviderInTroubleSaysNothingAboutTheSession) {
  const auto session = LogIn("jane");
  ASSERT_NE(session, nullptr);
  ASSERT_THAT(
      simulator_->AddFault(
          {.kind = simulator::FaultKind::kStatus, .family = GetParam().provider, .status = 503}),
      IsOk());
  const absl::StatusOr<ProbeAnswer> troubled = Ask(*driver_, session);
  EXPECT_THAT(troubled, HasReason(base::Reason::kProviderUnreachable));
  EXPECT_TRUE(ReachedProvider(troubled.status()));
  ASSERT_THAT(
      simulator_->AddFault(
          {.kind = simulator::FaultKind::kClose, .family = GetParam().provider, .count = 0}),
      IsOk());
  const absl::StatusOr<ProbeAnswer> unanswered = Ask(*driver_, session);
  EXPECT_THAT(unanswered, HasReason(base::Reason::kProviderUnreachable));
  EXPECT_EQ(ReachOf(unanswered.status()), Reach::kNoAnswer);
  simulator_->ClearFaults();
  EXPECT_EQ(Probe(session), "alive");
}

TEST_P(BuiltinProbeTest, ALogoutEndsTheSession) {
  ASSERT_EQ(program_->has_logout(), GetParam().has_logout);
  if (!GetParam().has_logout) return;
  const auto session = LogIn("jane");
  ASSERT_NE(session, nullptr);
  EXPECT_THAT(LogOut(session), IsOk());
  EXPECT_EQ(CountOf("jane", "logout"), 1);
  EXPECT_EQ(Probe(session), "dead");
  EXPECT_THAT(LogOut(session), IsOk()) << "it is gone, which is what was wanted";
}

INSTANTIATE_TEST_SUITE_P(
    Providers, BuiltinProbeTest,
    ::testing::Values(Simulated{"vtiger", "username", "access_key", "listtypes", true},
                      Simulated{"abms", "username", "access_key", "listtypes", true},
                      Simulated{"corebos", "username", "access_key", "listtypes", true},
                      Simulated{"tipmoto", "login", "password", "testsessionid", false}),
    [](const auto& param_info) { return std::string(param_info.param.provider); });

using TipmotoProbeTest = BuiltinProbeTest;

TEST_P(TipmotoProbeTest, EitherStatusOfADeadSessionIsUnderstood) {
  const auto session = LogIn("jane");
  ASSERT_NE(session, nullptr);
  ASSERT_THAT(simulator_->KillSessions("tipmoto"), IsOk());
  for (const int status : {401, 403}) {
    simulator::Settings settings = *simulator_->settings("tipmoto");
    settings.dead_session_status = status;
    ASSERT_THAT(simulator_->Configure("tipmoto", settings), IsOk());
    EXPECT_EQ(Probe(session), "dead") << status;
  }
}

INSTANTIATE_TEST_SUITE_P(Tipmoto, TipmotoProbeTest,
                         ::testing::Values(Simulated{"tipmoto", "login", "password",
                                                     "testsessionid", false}));

TEST(BuiltinProbesTest, IcashHasNeitherProbeNorLogout) {
  EXPECT_FALSE(Builtin("icash")->has_probe());
  EXPECT_FALSE(Builtin("icash")->has_logout());
}

}  // namespace
}  // namespace sessionbroker::login
