// A provider that is down for an hour: real requests to a real server, in simulated time.
// Everything that decides (sessions, gate, driver of logins) runs on a clock that stands still
// while a request is on its way, so that an hour takes seconds and every try can be foretold to the
// tick.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <random>
#include <semaphore>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "service/base/error.h"
#include "service/base/event_loop.h"
#include "service/base/system_clock.h"
#include "service/crypto/random.h"
#include "service/http/curl_transport.h"
#include "service/login/definitions.h"
#include "service/login/driver.h"
#include "service/sessions/fingerprint.h"
#include "service/sessions/gated_authenticator.h"
#include "service/sessions/session_manager.h"
#include "service/telemetry/metrics.h"
#include "tests/simulator/simulator.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/fake_scheduler.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::e2e {
namespace {

using ::sessionbroker::testing::HasReason;
using ::sessionbroker::testing::IsOk;

// The real transport on a loop of its own; answers come back on the test's scheduler.
class TransportOfItsOwn final : public http::Transport {
 public:
  explicit TransportOfItsOwn(base::Scheduler* scheduler)
      : scheduler_(scheduler), loop_(*base::EventLoop::Create()) {
    auto transport = http::CurlTransport::Create({}, loop_.get(), &clock_);
    EXPECT_THAT(transport, IsOk());
    transport_ = *std::move(transport);
    EXPECT_THAT(loop_->Start(), IsOk());
  }
  ~TransportOfItsOwn() override { loop_->Stop(); }

  ExchangeId Send(http::Request request, const http::SendOptions& options, Callback done) override {
    const ExchangeId id = ++last_id_;
    under_way_.insert(id);
    if (on_send) on_send(under_way_.size());
    loop_->Post(
        [this, id, request = std::move(request), options, done = std::move(done)]() mutable {
          transport_->Send(
              std::move(request), options,
              [this, id, done = std::move(done)](absl::StatusOr<http::Response> answer) mutable {
                Deliver(id, std::move(done), std::move(answer));
              });
        });
    return id;
  }
  void Cancel(ExchangeId id) override { under_way_.erase(id); }

  // Waits for an answer, if one is on its way.
  bool Wait() {
    if (under_way_.empty()) return false;
    arrived_.acquire();
    return true;
  }

  // Told of how many are under way, with each that begins.
  std::function<void(std::size_t)> on_send;

 private:
  void Deliver(ExchangeId id, Callback done, absl::StatusOr<http::Response> answer) {
    scheduler_->Post([this, id, done = std::move(done), answer = std::move(answer)]() mutable {
      if (under_way_.erase(id) > 0) done(std::move(answer));
    });
    arrived_.release();
  }

  base::Scheduler* const scheduler_;
  const base::SystemClock clock_;
  const std::unique_ptr<base::EventLoop> loop_;
  std::unique_ptr<http::CurlTransport> transport_;
  std::counting_semaphore<> arrived_{0};
  // The test's thread.
  ExchangeId last_id_ = 0;
  std::set<ExchangeId> under_way_;
};

constexpr absl::Duration kOutage = absl::Hours(1);
constexpr char kUserName[] = "user";

class OutageTest : public ::testing::Test {
 protected:
  OutageTest() {
    auto simulator = simulator::Simulator::Start();
    EXPECT_THAT(simulator, IsOk());
    simulator_ = *std::move(simulator);
    EXPECT_THAT(simulator_->SetUser("vtiger", {.name = "user*", .access_key = "vT9demoKey4Admin"}),
                IsOk());
    config::Diagnostics diagnostics;
    program_ = *login::DefinitionSet::Load({}, &diagnostics)->Find("vtiger");
    std::cout << "SB_SEED=" << seed_ << "\n";
  }
  ~OutageTest() override {
    // Before what they call back into.
    transport_.reset();
    scheduler_.reset();
  }

  // So many accounts at one provider, whose breaker waits for `trial_pause` between two tries.
  void Start(int accounts, absl::Duration trial_pause) {
    gate_ = std::make_unique<sessions::GatedAuthenticator>(
        &driver_, scheduler_.get(), &clock_,
        sessions::GatedAuthenticator::Options{.origin = {.trial_pause = trial_pause}});
    std::vector<std::shared_ptr<const login::Account>> configured;
    for (int i = 0; i < accounts; ++i) {
      auto account = std::make_shared<login::Account>();
      account->id = IdOf(i);
      account->program = program_;
      account->base_url = simulator_->url("vtiger");
      account->allow_private_address = true;
      account->parameters = {{"username", absl::StrCat(kUserName, i)}};
      account->secrets.emplace("access_key", secrets::Secret("vT9demoKey4Admin"));
      configured.push_back(std::move(account));
    }
    sessions::SessionManager::Dependencies all;
    all.clock = &clock_;
    all.scheduler = scheduler_.get();
    all.authenticator = gate_.get();
    all.metrics = &metrics_;
    all.encoder = [](const sessions::Session&) { return std::string(); };
    all.outage_encoder = [](const sessions::Outage&) { return std::string(); };
    all.policy_of = [](const login::Account& account) {
      sessions::AccountPolicy policy;
      policy.life.idle = account.program->session().idle;
      return policy;
    };
    all.fingerprint_of = [](const login::Account&) {
      return *sessions::Fingerprint::FromBytes(std::string(32, 'f'));
    };
    all.inputs_of = [](const login::Account& account) { return account.base_url; };
    all.random = [this] {
      draws_.push_back(std::uniform_real_distribution<double>(0, 1)(generator_));
      return draws_.back();
    };
    all.egress = "gateway";
    auto manager = sessions::SessionManager::Create(std::move(all), {}, std::move(configured));
    ASSERT_THAT(manager, IsOk());
    manager_ = *std::move(manager);
  }
  static base::AccountId IdOf(int i) {
    return {.provider = "vtiger", .account = absl::StrCat("account", i)};
  }

  void TheProviderGoesDown() {
    ASSERT_THAT(simulator_->AddFault({.kind = simulator::FaultKind::kClose, .count = 0}), IsOk());
  }
  int64_t TriesWhileDown() const {
    return simulator_->counters().Count("vtiger", "getchallenge", "fault:close");
  }
  int64_t Sessions() const { return simulator_->counters().Count("vtiger", "login", "ok"); }

  // One caller of each account, from the `first`th on, asks once.
  std::vector<absl::Status> AskEach(int first, int last) {
    auto answers = std::make_shared<std::vector<absl::Status>>();
    for (int i = first; i < last; ++i) {
      manager_->Get(IdOf(i), absl::ZeroDuration(),
                    [answers](const absl::StatusOr<sessions::SessionPtr>& answer) {
                      answers->push_back(answer.status());
                    });
    }
    do {
      scheduler_->RunReady();
    } while (transport_->Wait());
    EXPECT_EQ(answers->size(), static_cast<std::size_t>(last - first));
    return *answers;
  }

  // SB_SEED, which is printed, gives the same shares again.
  const std::uint_fast32_t seed_ = [] {
    const char* const given = std::getenv("SB_SEED");
    return given == nullptr ? std::random_device()() : std::strtoul(given, nullptr, 10);
  }();
  std::mt19937 generator_{seed_};
  std::vector<double> draws_;
  std::unique_ptr<simulator::Simulator> simulator_;
  std::shared_ptr<const login::Program> program_;
  testing::FakeClock clock_;
  std::unique_ptr<testing::FakeScheduler> scheduler_ =
      std::make_unique<testing::FakeScheduler>(&clock_);
  std::unique_ptr<TransportOfItsOwn> transport_ =
      std::make_unique<TransportOfItsOwn>(scheduler_.get());
  telemetry::Metrics metrics_;
  login::LoginDriver driver_{
      scheduler_.get(), transport_.get(), &clock_, &crypto::SystemRandom(), {}, nullptr};
  std::unique_ptr<sessions::GatedAuthenticator> gate_;
  std::unique_ptr<sessions::SessionManager> manager_;
};

// What docs/decisions says of rests: a share of 1 s, 2 s, 4 s, … 5 min; then the next who asks.
int64_t TriesForetold(const std::vector<double>& shares, absl::Duration between_asks) {
  absl::Duration now;
  int64_t tries = 0;
  absl::Duration longest = absl::Seconds(1);
  while (now < kOutage) {
    const absl::Duration rested = now + longest * shares.at(static_cast<std::size_t>(tries));
    now = std::max(now + between_asks, absl::Ceil(rested, between_asks));
    longest = std::min(longest * 2, absl::Duration(absl::Minutes(5)));
    ++tries;
  }
  return tries;
}

TEST_F(OutageTest, AnHourCausesAsManyLoginsAsTheBackoffForetells) {
  constexpr absl::Duration kBetweenAsks = absl::Milliseconds(100);
  // A breaker that waits would put off those whose share of the rest is small.
  Start(1, /*trial_pause=*/absl::ZeroDuration());
  TheProviderGoesDown();
  for (absl::Duration down; down < kOutage; down += kBetweenAsks) {
    const std::vector<absl::Status> answers = AskEach(0, 1);
    ASSERT_THAT(answers[0], ::testing::AnyOf(HasReason(base::Reason::kProviderUnreachable),
                                             HasReason(base::Reason::kBackingOff)));
    scheduler_->Advance(kBetweenAsks);
  }
  const int64_t foretold = TriesForetold(draws_, kBetweenAsks);
  EXPECT_EQ(TriesWhileDown(), foretold);
  EXPECT_LT(foretold, 200) << "of 36,000 callers";
  std::cout << TriesWhileDown() << " logins tried in an hour, foretold " << foretold << "\n";

  simulator_->ClearFaults();
  absl::Duration back;
  while (!AskEach(0, 1)[0].ok()) {
    scheduler_->Advance(absl::Seconds(1));
    back += absl::Seconds(1);
  }
  EXPECT_LE(back, absl::Minutes(5));
  EXPECT_EQ(Sessions(), 1);
}

TEST_F(OutageTest, ManyAccountsShareOneTryASecondAndComeBackByARamp) {
  constexpr int kTrying = 100;
  constexpr int kCold = 300;
  constexpr std::size_t kMostAtOnce = 32;
  constexpr absl::Duration kLongEnough = absl::Minutes(10);
  Start(kTrying + kCold, /*trial_pause=*/absl::Seconds(1));
  TheProviderGoesDown();
  std::size_t most = 0;
  transport_->on_send = [&most](std::size_t under_way) { most = std::max(most, under_way); };
  AskEach(0, kTrying);
  EXPECT_EQ(most, kMostAtOnce) << "until the first of them have failed";
  const int64_t at_first = TriesWhileDown();
  most = 0;
  int64_t seconds = 0;
  for (absl::Duration down; down < kLongEnough; down += absl::Seconds(1), ++seconds) {
    scheduler_->Advance(absl::Seconds(1));
    AskEach(0, kTrying);
  }
  EXPECT_EQ(most, 1u) << "the breaker lets one try";
  EXPECT_LE(TriesWhileDown() - at_first, seconds);
  std::cout << at_first << " logins before the breaker opened, " << TriesWhileDown() - at_first
            << " in the " << seconds << " s after it\n";

  simulator_->ClearFaults();
  // Time on the wire: else each would be over before the next begins.
  ASSERT_THAT(
      simulator_->AddFault(
          {.kind = simulator::FaultKind::kDelay, .count = 0, .latency = absl::Milliseconds(20)}),
      IsOk());
  while (Sessions() == 0) {
    scheduler_->Advance(absl::Seconds(1));
    AskEach(0, kTrying);
  }
  // Those who have not asked until now do so at one moment.
  std::vector<std::size_t> ramp;
  transport_->on_send = [&](std::size_t under_way) {
    const auto allowed = static_cast<std::size_t>(Sessions()) + 1;
    EXPECT_LE(under_way, std::min(allowed, kMostAtOnce));
    if (ramp.empty() || under_way > ramp.back()) ramp.push_back(under_way);
  };
  for (const absl::Status& answer : AskEach(kTrying, kTrying + kCold)) EXPECT_THAT(answer, IsOk());
  EXPECT_EQ(ramp.back(), kMostAtOnce);
  EXPECT_GT(ramp.size(), 5u);
  std::cout << "logins under way: " << absl::StrJoin(ramp, ", ") << "\n";
}

}  // namespace
}  // namespace sessionbroker::e2e
