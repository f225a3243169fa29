// What the driver gets from elsewhere: numbers of sequences, and what earlier logins left.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "service/login/driver.h"
#include "service/login/memory_kept_values.h"
#include "tests/login/answers.h"
#include "tests/login/programs.h"
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
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kDefinition[] = R"yaml(
schema: 1
provider: demo
account: {api_key: The key.}
sequences: {api: {key: account.api_key, raise_by: 60}}
keep: {device: "has(kept.device) ? kept.device : device"}
login:
  - step: s
    request: {method: POST, path: /s, form: {n: "${next.api}", d: '${has(kept.device) ? kept.device : ""}'}}
    answers:
      - {when: {"json:/error": low}, then: nonce_rejected}
      - {then: ok}
    extract: {id: json:/id, device: json:/device}
session: {id: "${id}", attach: [{query: sid}]}
)yaml";

// Gives the numbers that a test sets, when it says so.
class FakeSequences final : public SequenceSource {
 public:
  void Reserve(const SequenceId& id, const SequenceSpec& /*spec*/, std::optional<int64_t> above,
               Callback done) override {
    asked.push_back(id.key);
    aboves.push_back(above);
    waiting.push_back(std::move(done));
  }

  std::vector<std::string> asked;
  std::vector<std::optional<int64_t>> aboves;
  std::vector<Callback> waiting;
};

// As a store that cannot be reached.
class BrokenKeptValues final : public KeptValues {
 public:
  explicit BrokenKeptValues(base::Scheduler* scheduler) : scheduler_(scheduler) {}

  void Load(const KeptKey& /*key*/, LoadCallback done) override {
    scheduler_->Post([this, done = std::move(done)]() mutable {
      if (load_fails) {
        std::move(done)(base::MakeError(base::Reason::kQueueFull, "no store"));
      } else {
        std::move(done)(Values());
      }
    });
  }
  void Store(const KeptKey& /*key*/, Values /*values*/, StoreCallback done) override {
    if (never_stores) return;
    scheduler_->Post([done = std::move(done)]() mutable {
      std::move(done)(base::MakeError(base::Reason::kQueueFull, "no store"));
    });
  }

  bool load_fails = false;
  bool never_stores = false;

 private:
  base::Scheduler* const scheduler_;
};

class DriverSourcesTest : public ::testing::Test {
 protected:
  void Make(LoginDriver::Sources sources) {
    driver_ = std::make_unique<LoginDriver>(
        &scheduler_, &transport_, &clock_, &crypto::SystemRandom(), LoginDriver::Options(),
        [this](const LoginReport& report) { detail_ = report.operator_detail; }, sources);
    transport_.SetPeer([this](const http::Request& request) {
      bodies_.push_back(request.body);
      return FakeTransport::Reply{Response(200, reply_), absl::ZeroDuration()};
    });
  }

  void Login() {
    result_.reset();
    driver_->Login(account_, [this](absl::StatusOr<Grant> result) { result_ = std::move(result); });
    scheduler_.Advance(absl::ZeroDuration());
  }

  void Give(int64_t number) {
    auto done = std::move(sequences_.waiting.back());
    sequences_.waiting.pop_back();
    scheduler_.Post([done = std::move(done), number]() mutable { std::move(done)(number); });
    scheduler_.Advance(absl::ZeroDuration());
  }

  std::shared_ptr<Account> account_ =
      MakeAccount(MustCompile(kDefinition), {{"api_key", "k1"}}, {});
  FakeClock clock_;
  FakeScheduler scheduler_{&clock_};
  FakeTransport transport_{&scheduler_};
  FakeSequences sequences_;
  SequenceTurns turns_{&scheduler_};
  MemoryKeptValues kept_{&scheduler_};
  std::string reply_ = R"({"id":"s1","device":"d1"})";
  std::vector<std::string> bodies_;
  std::string detail_;
  std::optional<absl::StatusOr<Grant>> result_;
  std::unique_ptr<LoginDriver> driver_;
};

TEST_F(DriverSourcesTest, ALoginWaitsForItsNumber) {
  Make({&sequences_, &kept_, &turns_});
  Login();
  EXPECT_THAT(bodies_, IsEmpty());
  EXPECT_THAT(sequences_.asked, ElementsAre("k1"));
  Give(7);
  ASSERT_TRUE(result_.has_value());
  EXPECT_THAT(*result_, IsOk());
  EXPECT_THAT(bodies_, ElementsAre("n=7&d="));
}

TEST_F(DriverSourcesTest, ARefusedNumberIsReplacedByOneThatIsHigherByTheDefinitionsAmount) {
  Make({&sequences_, &kept_, &turns_});
  reply_ = R"({"error":"low"})";
  Login();
  Give(7);
  EXPECT_THAT(sequences_.aboves, ElementsAre(std::nullopt, std::optional<int64_t>(67)));
  reply_ = R"({"id":"s1","device":"d1"})";
  Give(68);
  EXPECT_THAT(*result_, IsOk());
  EXPECT_THAT(bodies_, ElementsAre("n=7&d=", "n=68&d="));
}

TEST_F(DriverSourcesTest, ANumberThatComesAfterTheTimeoutMeetsNobody) {
  Make({&sequences_, &kept_, &turns_});
  Login();
  scheduler_.Advance(absl::Seconds(31));
  ASSERT_TRUE(result_.has_value());
  EXPECT_THAT(*result_, HasReason(base::Reason::kProviderUnreachable));
  Give(7);
  EXPECT_THAT(bodies_, IsEmpty());
}

TEST_F(DriverSourcesTest, WhatIsKeptIsThereAtTheNextLoginOfTheSameUserAlone) {
  Make({&sequences_, &kept_, &turns_});
  Login();
  Give(7);
  reply_ = R"({"id":"s2","device":"d2"})";
  Login();
  Give(8);
  account_ = MakeAccount(account_->program, {{"api_key", "k2"}}, {});
  Login();
  Give(9);
  EXPECT_THAT(bodies_, ElementsAre("n=7&d=", "n=8&d=d1", "n=9&d="));
}

TEST_F(DriverSourcesTest, ASessionIsHandedOnThoughNothingCanBeStored) {
  for (const bool never : {false, true}) {
    BrokenKeptValues broken(&scheduler_);
    broken.never_stores = never;
    Make({&sequences_, &broken, &turns_});
    Login();
    Give(7);
    if (never) scheduler_.Advance(absl::Seconds(31));
    ASSERT_TRUE(result_.has_value());
    EXPECT_THAT(*result_, IsOk());
    EXPECT_THAT(detail_, HasSubstr("could not be stored"));
  }
}

TEST_F(DriverSourcesTest, WithoutWhatWasKeptThereIsNoLogin) {
  BrokenKeptValues broken(&scheduler_);
  broken.load_fails = true;
  Make({&sequences_, &broken, &turns_});
  Login();
  ASSERT_TRUE(result_.has_value());
  EXPECT_THAT(*result_, HasReason(base::Reason::kQueueFull));
  EXPECT_THAT(bodies_, IsEmpty());
}

TEST_F(DriverSourcesTest, WhereNothingGivesNumbersOrKeepsValuesTheLoginFails) {
  Make({nullptr, &kept_, &turns_});
  Login();
  EXPECT_THAT(*result_, HasReason(base::Reason::kInternal));
  Make({&sequences_, nullptr, &turns_});
  Login();
  EXPECT_THAT(*result_, HasReason(base::Reason::kInternal));
}

// Draws from two sequences, one a step.
constexpr char kTwoSequences[] = R"yaml(
schema: 1
provider: demo
account:
  first: A key.
  second: Another key.
  warm: {about: "Whether to say hello first.", default: "no"}
sequences: {a: account.first, b: account.second}
login:
  - step: hello
    if: account.warm == "yes"
    request: {method: GET, path: /0}
    answers: [{then: ok}]
  - step: one
    request: {method: POST, path: /1, form: {n: "${next.a}"}}
    answers: [{then: ok}]
  - step: two
    request: {method: POST, path: /2, form: {n: "${next.b}"}}
    answers: [{when: {"json:/error": low}, then: nonce_rejected}, {then: ok}]
    extract: {id: json:/id}
session: {id: "${id}", attach: [{query: sid}]}
)yaml";

// Several logins at once, of accounts that draw from sequences in any order. Numbers come when a
// test gives them, answers a second after the request.
class TwoSequencesTest : public ::testing::Test {
 protected:
  TwoSequencesTest() {
    transport_.SetPeer([this](const http::Request& /*request*/) {
      return FakeTransport::Reply{Response(200, reply_), absl::Seconds(1)};
    });
  }

  // Begins a login that draws from `first`, then from `second`, after a request without a number if
  // it is `warm`.
  void Begin(const std::string& first, const std::string& second, const std::string& warm = "no") {
    const std::size_t index = results_.size();
    results_.emplace_back();
    driver_.Login(
        MakeAccount(program_, {{"first", first}, {"second", second}, {"warm", warm}}, {}),
        [this, index](absl::StatusOr<Grant> result) { results_[index] = std::move(result); });
    scheduler_.RunReady();
  }

  // Gives the number that was asked for first, and lets the request that it goes into be answered.
  void Give() {
    ASSERT_FALSE(sequences_.waiting.empty());
    auto done = std::move(sequences_.waiting.front());
    sequences_.waiting.erase(sequences_.waiting.begin());
    scheduler_.Post([done = std::move(done), n = ++last_]() mutable { std::move(done)(n); });
    scheduler_.Advance(absl::Seconds(1));
  }

  // Which keys were asked for since the last time, in this order.
  std::vector<std::string> Asked() { return std::exchange(sequences_.asked, {}); }

  bool Succeeded(std::size_t login) const {
    return results_[login].has_value() && results_[login]->ok();
  }

  const std::shared_ptr<const Program> program_ = MustCompile(kTwoSequences);
  FakeClock clock_;
  FakeScheduler scheduler_{&clock_};
  FakeTransport transport_{&scheduler_};
  FakeSequences sequences_;
  SequenceTurns turns_{&scheduler_};
  std::string reply_ = R"({"id":"s1"})";
  int64_t last_ = 0;
  std::vector<std::optional<absl::StatusOr<Grant>>> results_;
  LoginDriver driver_{&scheduler_,
                      &transport_,
                      &clock_,
                      &crypto::SystemRandom(),
                      LoginDriver::Options(),
                      nullptr,
                      {&sequences_, nullptr, &turns_}};
};

TEST_F(TwoSequencesTest, LoginThatDrawsInTheOtherOrderWaitsUntilTheFirstIsOver) {
  Begin("x", "y");
  Begin("y", "x");
  EXPECT_THAT(Asked(), ElementsAre("x")) << "y too is the first login's";
  Give();
  EXPECT_THAT(Asked(), ElementsAre("y"));
  EXPECT_FALSE(Succeeded(0));
  Give();
  EXPECT_TRUE(Succeeded(0));
  EXPECT_THAT(Asked(), ElementsAre("y"));
  Give();
  EXPECT_THAT(Asked(), ElementsAre("x"));
  Give();
  EXPECT_TRUE(Succeeded(1));
}

TEST_F(TwoSequencesTest, LoginsThatShareNoSequenceDoNotWait) {
  Begin("x", "y");
  Begin("z", "z");
  EXPECT_THAT(Asked(), ElementsAre("x", "z"));
}

TEST_F(TwoSequencesTest, ChainOfLoginsThatOverlapComesToItsEndInItsOrder) {
  Begin("x", "y");
  Begin("y", "z");
  Begin("z", "x");
  Begin("z", "z");
  Begin("w", "y");
  EXPECT_THAT(Asked(), ElementsAre("x"));
  std::vector<std::string> order;
  while (!sequences_.waiting.empty() && order.size() < 20) {
    Give();
    for (std::string& key : Asked()) order.push_back(std::move(key));
  }
  // Once the second is over, the third and the last are under way together.
  EXPECT_THAT(order, ElementsAre("y", "y", "z", "z", "w", "x", "y", "z", "z"));
  for (std::size_t i = 0; i < results_.size(); ++i) EXPECT_TRUE(Succeeded(i)) << i;
}

TEST_F(TwoSequencesTest, RefusedNumberIsReplacedBeforeAnotherLoginGetsOne) {
  Begin("x", "y");
  Begin("x", "y");
  Give();
  reply_ = R"({"error":"low"})";
  Give();
  reply_ = R"({"id":"s1"})";
  EXPECT_THAT(Asked(), ElementsAre("x", "y", "x"));
  EXPECT_EQ(sequences_.aboves.back(), 1);
  Give();
  Give();
  EXPECT_TRUE(Succeeded(0));
  EXPECT_FALSE(results_[1].has_value());
  EXPECT_THAT(Asked(), ElementsAre("y", "x"));
}

TEST_F(TwoSequencesTest, LoginThatGivesUpMakesWay) {
  // One waits for its number, one for its turn, one for the answer.
  Begin("x", "y");
  scheduler_.Advance(absl::Seconds(10));
  Begin("y", "x");
  scheduler_.Advance(absl::Seconds(10));
  Begin("x", "y");
  EXPECT_THAT(Asked(), ElementsAre("x"));
  scheduler_.Advance(absl::Seconds(10));
  ASSERT_TRUE(results_[0].has_value());
  EXPECT_THAT(*results_[0], HasReason(base::Reason::kProviderUnreachable));
  EXPECT_THAT(Asked(), ElementsAre("y")) << "of the second";
  scheduler_.Advance(absl::Seconds(10));
  EXPECT_TRUE(results_[1].has_value());
  EXPECT_THAT(Asked(), ElementsAre("x")) << "of the third";
  sequences_.waiting.erase(sequences_.waiting.begin(), sequences_.waiting.begin() + 2);
  Give();
  Give();
  EXPECT_TRUE(Succeeded(2));
}

TEST_F(TwoSequencesTest, LoginThatGivesUpInTheQueueIsPassedOver) {
  // The first to begin is the second to need a number, so it runs out of time in the queue.
  Begin("x", "y", "yes");
  scheduler_.Advance(absl::Milliseconds(500));
  Begin("x", "y");
  scheduler_.Advance(absl::Seconds(10));
  Begin("y", "x");
  EXPECT_THAT(Asked(), ElementsAre("x"));
  scheduler_.Advance(absl::Milliseconds(19500));
  ASSERT_TRUE(results_[0].has_value());
  EXPECT_FALSE(results_[1].has_value());
  EXPECT_THAT(Asked(), IsEmpty()) << "the second still has its turn";
  scheduler_.Advance(absl::Milliseconds(500));
  EXPECT_TRUE(results_[1].has_value());
  EXPECT_THAT(Asked(), ElementsAre("y"));
  sequences_.waiting.erase(sequences_.waiting.begin());
  Give();
  EXPECT_THAT(Asked(), ElementsAre("x"));
}

TEST_F(TwoSequencesTest, LoginThatFailsMakesWay) {
  Begin("x", "y");
  Begin("x", "y");
  auto done = std::move(sequences_.waiting.front());
  sequences_.waiting.clear();
  Asked();
  std::move(done)(base::MakeError(base::Reason::kStoreUnavailable, "the disk is full"));
  scheduler_.RunReady();
  EXPECT_THAT(*results_[0], HasReason(base::Reason::kStoreUnavailable));
  EXPECT_THAT(Asked(), ElementsAre("x"));
}

}  // namespace
}  // namespace sessionbroker::login
