// What a process that ends at any moment leaves to the next one: nobody logs in again who need not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "service/base/error.h"
#include "service/crypto/random.h"
#include "service/crypto/sealing.h"
#include "service/login/reach.h"
#include "service/secrets/secret.h"
#include "service/sessions/account_records.h"
#include "service/sessions/session_manager.h"
#include "tests/sessions/manager_harness.h"
#include "tests/sessions/unreliable_store.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::sessions {
namespace {

using ::sessionbroker::testing::FakeAuthenticator;
using ::sessionbroker::testing::FakeClock;
using ::sessionbroker::testing::FakeScheduler;
using ::sessionbroker::testing::GrantWithId;
using ::sessionbroker::testing::HasReason;
using ::sessionbroker::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Of AccountNamed.
constexpr absl::Duration kOfferedLife = absl::Seconds(970);
constexpr absl::Duration kInstant = absl::Nanoseconds(1);
constexpr absl::Duration kNoMinimum = absl::ZeroDuration();

crypto::SealingKeys KeyOf(char digit) {
  std::vector<crypto::SealingKey> keys;
  keys.push_back(*crypto::SealingKey::FromText(secrets::Secret(std::string(64, digit))));
  return *crypto::SealingKeys::Create(std::move(keys));
}

// A machine with a provider beside it; processes come and go.
class RestartTest : public ::testing::Test {
 protected:
  RestartTest() { Start(); }
  ~RestartTest() override { Die(); }

  void Start() {
    scheduler_ = std::make_unique<FakeScheduler>(&clock_);
    current_.Set(scheduler_.get());
    records_ = std::make_unique<AccountRecords>(
        AccountRecords::Options{.durable = &durable_,
                                .sessions = &sessions_,
                                .scheduler = scheduler_.get(),
                                .clock = &clock_,
                                .keys = keys_,
                                .boot_id = boot_id_,
                                .random = &crypto::SystemRandom()});
    SessionManager::Dependencies all = PlainDependencies([this](const login::Account& account) {
      AccountPolicy policy = policy_;
      policy.life.idle = account.idle;
      return policy;
    });
    all.clock = &clock_;
    all.scheduler = scheduler_.get();
    all.authenticator = &authenticator_;
    all.metrics = &metrics_;
    all.records = records_.get();
    all.random = [this] { return random_; };
    all.egress = egress_;
    std::vector<std::shared_ptr<const login::Account>> accounts;
    for (const auto& [id, account] : accounts_) accounts.push_back(account);
    auto manager = SessionManager::Create(std::move(all), {}, std::move(accounts));
    ASSERT_THAT(manager, IsOk());
    manager_ = *std::move(manager);
    restored_ = absl::UnknownError("not called back");
    manager_->Restore([this](absl::StatusOr<SessionManager::RestoreReport> report) {
      restored_ = std::move(report);
    });
    scheduler_->RunReady();
    ASSERT_THAT(restored_, IsOk());
  }

  // kill -9: of what it was writing the first `kept` commits of each store are there.
  void Die(std::size_t kept = 0) {
    durable_.Crash(kept);
    sessions_.Crash(kept);
    authenticator_.Lose();
    scheduler_.reset();
    manager_.reset();
    records_.reset();
  }
  void Restart(std::size_t kept = 0) {
    Die(kept);
    Start();
  }
  void Reboot() {
    Die();
    clock_.Reboot(absl::Minutes(1));
    boot_id_ = "another boot";
    Start();
  }

  std::shared_ptr<Answer> Ask(const base::AccountId& id, absl::Duration min_validity = kNoMinimum) {
    auto answer = std::make_shared<Answer>();
    manager_->Get(id, min_validity, [answer](absl::StatusOr<SessionPtr> result) {
      ++answer->calls;
      answer->result = std::move(result);
    });
    return answer;
  }
  absl::StatusOr<SessionPtr> Get(const base::AccountId& id) {
    const auto answer = Ask(id);
    scheduler_->RunReady();
    EXPECT_EQ(answer->calls, 1);
    return answer->result.value_or(absl::UnknownError("no answer"));
  }
  SessionPtr Hit(const base::AccountId& id) { return manager_->TryGet(id, kNoMinimum); }

  void ScriptAnswered(base::Reason reason) {
    authenticator_.Script(
        login::WithReach(base::MakeError(reason, "told"), login::Reach::kAnswered));
  }
  std::size_t logins() const { return authenticator_.logins(); }

  const base::AccountId crm_{.provider = "vtiger", .account = "crm"};
  const base::AccountId shop_{.provider = "vtiger", .account = "shop"};
  std::map<base::AccountId, std::shared_ptr<const login::Account>> accounts_ = {
      {crm_, AccountNamed("vtiger", "crm")}, {shop_, AccountNamed("vtiger", "shop")}};

  FakeClock clock_;
  CurrentScheduler current_;
  UnreliableStore durable_{&current_};
  UnreliableStore sessions_{&current_};
  FakeAuthenticator authenticator_{&current_};
  telemetry::Metrics metrics_;
  std::optional<crypto::SealingKeys> keys_ = KeyOf('1');
  std::string boot_id_ = "one boot";
  AccountPolicy policy_;
  std::string egress_ = "gateway";
  double random_ = 0.5;

  // The process.
  std::unique_ptr<FakeScheduler> scheduler_;
  std::unique_ptr<AccountRecords> records_;
  std::unique_ptr<SessionManager> manager_;
  absl::StatusOr<SessionManager::RestoreReport> restored_ = absl::UnknownError("not started");
};

void ExpectSameSession(const SessionPtr& actual, const SessionPtr& expected) {
  ASSERT_NE(actual, nullptr);
  ASSERT_NE(expected, nullptr);
  EXPECT_EQ(actual->version, expected->version);
  EXPECT_EQ(actual->grant.id, expected->grant.id);
  EXPECT_EQ(actual->issue_time, expected->issue_time);
  EXPECT_EQ(actual->expire_time, expected->expire_time);
  EXPECT_EQ(actual->expires_at, expected->expires_at);
  EXPECT_EQ(actual->base_url, expected->base_url);
  EXPECT_EQ(actual->encoded, expected->encoded);
}

// --- Sessions ---

TEST_F(RestartTest, NobodyLogsInAgain) {
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr crm, Get(crm_));
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr shop, Get(shop_));
  for (int i = 0; i < 3; ++i) {
    Restart();
    ExpectSameSession(Hit(crm_), crm);
    ExpectSameSession(Hit(shop_), shop);
  }
  EXPECT_EQ(logins(), 2u);
}

TEST_F(RestartTest, ASessionIsStoredBeforeItIsHandedOutWhereverTheProcessEnds) {
  bool answered = false;
  for (int steps = 0; !answered; ++steps) {
    ASSERT_LT(steps, 100);
    for (const std::size_t kept : {0, 1, 2}) {
      const std::size_t before = logins();
      const auto answer = Ask(crm_);
      for (int i = 0; i < steps; ++i) scheduler_->RunOne();
      answered = answer->calls > 0;
      const std::size_t begun = logins() - before;
      EXPECT_LE(begun, 1u);
      Restart(kept);
      if (answered) {
        ASSERT_THAT(*answer->result, IsOk());
        ExpectSameSession(Hit(crm_), **answer->result);
        EXPECT_EQ(logins(), before + begun);
      }
      // For the next round.
      manager_->Remove(crm_);
      scheduler_->RunReady();
      Restart();
      clock_.Advance(absl::Hours(1));
    }
  }
}

TEST_F(RestartTest, AProlongedLifeIsPromisedAfterARestartToo) {
  policy_.has_probe = true;
  Restart();
  ASSERT_THAT(Get(crm_), IsOk());
  clock_.Advance(kOfferedLife - absl::Seconds(60));
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr extended, Get(crm_));
  Restart();
  ExpectSameSession(Hit(crm_), extended);
  EXPECT_EQ(extended->expires_at, clock_.BootNow() + kOfferedLife);
  EXPECT_EQ(logins(), 1u);
}

TEST_F(RestartTest, ABoundSessionIsProbedBeforeItIsUsedAgain) {
  policy_.has_probe = true;
  Restart();
  login::Grant bound = GrantWithId("bound");
  bound.bound_to_address = true;
  authenticator_.Script(bound);
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr before, Get(crm_));
  ASSERT_THAT(Get(shop_), IsOk());
  Restart();
  EXPECT_NE(Hit(shop_), nullptr) << "not bound";
  EXPECT_EQ(Hit(crm_), nullptr);
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr after, Get(crm_));
  EXPECT_EQ(after->version, before->version);
  EXPECT_THAT(authenticator_.probed(), ElementsAre(secrets::Secret("bound")));
  EXPECT_EQ(logins(), 2u);
}

TEST_F(RestartTest, ABoundSessionIsTakenUpWhereRequestsStillLeaveFromTheSameAddressAlone) {
  login::Grant bound = GrantWithId("bound");
  bound.bound_to_address = true;
  authenticator_.Script(bound);
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr crm, Get(crm_));
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr shop, Get(shop_));
  EXPECT_EQ(crm->egress, "gateway");
  EXPECT_EQ(shop->egress, "");
  Restart();
  ExpectSameSession(Hit(crm_), crm);
  EXPECT_EQ(Hit(crm_)->egress, "gateway");
  egress_ = "another";
  Restart();
  EXPECT_EQ(Hit(crm_), nullptr);
  ExpectSameSession(Hit(shop_), shop);
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr next, Get(crm_));
  EXPECT_GT(next->version, crm->version);
  EXPECT_EQ(logins(), 3u);
}

TEST_F(RestartTest, ABoundSessionThatTheProbeFindsDeadIsReplacedByOneLogin) {
  policy_.has_probe = true;
  Restart();
  login::Grant bound = GrantWithId("bound");
  bound.bound_to_address = true;
  authenticator_.Script(bound);
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr before, Get(crm_));
  Restart();
  authenticator_.ScriptProbe(login::ProbeResult::kDead);
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr after, Get(crm_));
  EXPECT_GT(after->version, before->version);
  EXPECT_EQ(logins(), 2u);
}

TEST_F(RestartTest, ASessionThatWasFoundDeadIsNotHandedOutAgainButItsVersionIsKnown) {
  for (const bool probe : {false, true}) {
    policy_.has_probe = probe;
    Restart();
    SB_ASSERT_OK_AND_ASSIGN(const SessionPtr dead, Get(crm_));
    authenticator_.ScriptProbe(login::ProbeResult::kDead);
    ScriptAnswered(base::Reason::kProviderUnreachable);
    manager_->Report("caller", crm_, dead->version,
                     [](const absl::StatusOr<SessionKeeper::Reported>&) {});
    scheduler_->RunReady();
    clock_.StepWall(-absl::Hours(1));
    Restart();
    EXPECT_EQ(Hit(crm_), nullptr);
    EXPECT_THAT(Get(crm_), HasReason(base::Reason::kBackingOff));
    clock_.Advance(absl::Seconds(1));
    authenticator_.Script(GrantWithId(absl::StrCat("next-", probe)));
    SB_ASSERT_OK_AND_ASSIGN(const SessionPtr next, Get(crm_));
    EXPECT_GT(next->version, dead->version);
  }
}

TEST_F(RestartTest, AReportAtAnyMomentOfARenewalLeavesTheNewSessionInTheStore) {
  bool was_late = false;
  for (int steps = 0; !was_late; ++steps) {
    ASSERT_LT(steps, 100);
    SB_ASSERT_OK_AND_ASSIGN(const SessionPtr old, Get(crm_));
    clock_.Advance(kOfferedLife - absl::Seconds(60));
    const auto renewed = Ask(crm_);
    for (int i = 0; i < steps; ++i) scheduler_->RunOne();
    was_late = renewed->calls > 0;
    manager_->Report(absl::StrCat("caller-", steps), crm_, old->version,
                     [](const absl::StatusOr<SessionKeeper::Reported>&) {});
    scheduler_->RunReady();
    ASSERT_EQ(renewed->calls, 1);
    ASSERT_THAT(*renewed->result, IsOk());
    const std::size_t before = logins();
    Restart();
    ExpectSameSession(Hit(crm_), **renewed->result);
    EXPECT_EQ(logins(), before);
    clock_.Advance(absl::Hours(1));
  }
}

TEST_F(RestartTest, ASessionOfAnotherBaseUrlIsNotHandedOutButItsVersionIsKnown) {
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr before, Get(crm_));
  auto moved = std::make_shared<login::Account>(*accounts_.at(crm_));
  moved->base_url = "https://other.example";
  accounts_[crm_] = moved;
  clock_.StepWall(-absl::Hours(1));
  Restart();
  EXPECT_EQ(Hit(crm_), nullptr);
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr after, Get(crm_));
  EXPECT_EQ(after->base_url, "https://other.example");
  EXPECT_GT(after->version, before->version);
}

TEST_F(RestartTest, ASessionSealedWithAKeyThatIsNotHereStopsItsAccountAlone) {
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr before, Get(crm_));
  Die();
  keys_ = KeyOf('2');
  Start();
  const absl::StatusOr<SessionPtr> unreadable = Get(crm_);
  EXPECT_THAT(unreadable, HasReason(base::Reason::kStoreUnavailable));
  EXPECT_THAT(std::string(unreadable.status().message()), HasSubstr("sealing_keys"));
  EXPECT_EQ(logins(), 1u);
  EXPECT_THAT(Get(shop_), IsOk());
  Die();
  keys_ = KeyOf('1');
  Start();
  ExpectSameSession(Hit(crm_), before);
}

TEST_F(RestartTest, AnOperatorDoesNotOpenAnAccountWhoseRecordsCannotBeRead) {
  policy_.budget = {.limit = 1, .for_renewals = 0, .window = absl::Hours(1)};
  Restart();
  EXPECT_THAT(Get(crm_), IsOk());
  keys_ = KeyOf('2');
  Restart();
  manager_->Unlatch(crm_,
                    [](absl::StatusOr<Unlatched> was) { EXPECT_EQ(*was, Unlatched::kWasNeither); });
  EXPECT_THAT(Get(crm_), HasReason(base::Reason::kStoreUnavailable));
  EXPECT_EQ(logins(), 1u);
}

TEST_F(RestartTest, WithoutAStoreForSessionsALatchHoldsAllTheSame) {
  keys_ = std::nullopt;
  Restart();
  ASSERT_THAT(Get(shop_), IsOk());
  ScriptAnswered(base::Reason::kCredentialsRejected);
  ASSERT_THAT(Get(crm_), HasReason(base::Reason::kCredentialsRejected));
  Restart();
  EXPECT_EQ(Hit(shop_), nullptr);
  EXPECT_THAT(Get(crm_), HasReason(base::Reason::kCredentialsRejected));
  EXPECT_EQ(logins(), 2u);
}

TEST_F(RestartTest, ARemovedAccountLeavesNoSession) {
  ASSERT_THAT(Get(crm_), IsOk());
  manager_->Remove(crm_);
  scheduler_->RunReady();
  Restart();
  EXPECT_EQ(Hit(crm_), nullptr);
}

// --- Clocks ---

TEST_F(RestartTest, AClockThatIsSetBackDoesNotProlongASession) {
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr session, Get(crm_));
  clock_.StepWall(-absl::Hours(1));
  Restart();
  ASSERT_NE(Hit(crm_), nullptr);
  EXPECT_EQ(Hit(crm_)->expires_at, session->expires_at);
  clock_.Advance(kOfferedLife);
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr next, Get(crm_));
  EXPECT_GT(next->version, session->version) << "though the clock is back";
  EXPECT_EQ(logins(), 2u);
}

TEST_F(RestartTest, AClockThatIsSetADayAheadEndsASession) {
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr session, Get(crm_));
  clock_.StepWall(absl::Hours(24));
  Restart();
  EXPECT_EQ(Hit(crm_), nullptr);
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr next, Get(crm_));
  EXPECT_GT(next->version, session->version);
  EXPECT_EQ(logins(), 2u);
}

TEST_F(RestartTest, AfterARebootTheWallClockTellsWhatIsLeft) {
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr session, Get(crm_));
  clock_.Advance(absl::Seconds(400));
  Reboot();
  ASSERT_NE(Hit(crm_), nullptr);
  EXPECT_EQ(Hit(crm_)->version, session->version);
  EXPECT_EQ(Hit(crm_)->expires_at, clock_.BootNow() + kOfferedLife - absl::Seconds(400));
  EXPECT_EQ(Hit(crm_)->expire_time, session->expire_time);
  EXPECT_EQ(logins(), 1u);
}

// --- Latch, backoff, budget ---

TEST_F(RestartTest, WhoWasToldThatTheCredentialsAreRefusedIsToldSoAgainWithoutALogin) {
  bool answered = false;
  for (int steps = 0; !answered; ++steps) {
    ASSERT_LT(steps, 100);
    for (const std::size_t kept : {0, 1, 2}) {
      authenticator_.Lose();
      ScriptAnswered(base::Reason::kCredentialsRejected);
      const auto answer = Ask(crm_);
      for (int i = 0; i < steps; ++i) scheduler_->RunOne();
      answered = answer->calls > 0;
      Restart(kept);
      const std::size_t before = logins();
      if (answered) {
        EXPECT_THAT(*answer->result, HasReason(base::Reason::kCredentialsRejected));
        EXPECT_THAT(Get(crm_), HasReason(base::Reason::kCredentialsRejected));
        EXPECT_EQ(logins(), before);
      }
      // For the next round: nothing scripted is left, nothing is latched, all is free again.
      manager_->Unlatch(crm_, [](const absl::StatusOr<Unlatched>&) {});
      Get(shop_).IgnoreError();
      Get(crm_).IgnoreError();
      manager_->Unlatch(crm_, [](const absl::StatusOr<Unlatched>&) {});
      manager_->Unlatch(shop_, [](const absl::StatusOr<Unlatched>&) {});
      manager_->Remove(crm_);
      manager_->Remove(shop_);
      scheduler_->RunReady();
      Restart();
      clock_.Advance(absl::Hours(2));
    }
  }
}

TEST_F(RestartTest, ALatchOpensWhereTheSecretWasChangedMeanwhile) {
  ScriptAnswered(base::Reason::kCredentialsRejected);
  ASSERT_THAT(Get(crm_), HasReason(base::Reason::kCredentialsRejected));
  auto changed = std::make_shared<login::Account>(*accounts_.at(crm_));
  changed->parameters["login"] = "other";
  accounts_[crm_] = changed;
  Restart();
  EXPECT_THAT(Get(crm_), IsOk());
}

TEST_F(RestartTest, AnUnlatchedAccountIsNotLatchedAgain) {
  ScriptAnswered(base::Reason::kCredentialsRejected);
  ASSERT_THAT(Get(crm_), HasReason(base::Reason::kCredentialsRejected));
  manager_->Unlatch(crm_, [](const absl::StatusOr<Unlatched>&) {});
  scheduler_->RunReady();
  Restart();
  EXPECT_THAT(Get(crm_), IsOk());
}

TEST_F(RestartTest, AProbeUnderWayWhenTheProcessEndsLeavesTheLatch) {
  policy_.has_probe = true;
  Restart();
  // Ends by age, so a login renews it; bound, so a probe comes first after a restart.
  login::Grant bound = GrantWithId("bound");
  bound.bound_to_address = true;
  bound.absolute = absl::Seconds(1000);
  authenticator_.Script(bound);
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr session, Get(crm_));
  clock_.Advance(kOfferedLife - absl::Seconds(200));
  ScriptAnswered(base::Reason::kCredentialsRejected);
  EXPECT_EQ(*Get(crm_), session);
  ASSERT_EQ(logins(), 2u);
  Restart();
  authenticator_.Hold();
  const auto answer = Ask(crm_);
  scheduler_->RunReady();
  EXPECT_EQ(answer->calls, 0);
  EXPECT_EQ(authenticator_.probed().size(), 1u);
  Restart();
  authenticator_.ScriptProbe(login::ProbeResult::kDead);
  EXPECT_THAT(Get(crm_), HasReason(base::Reason::kCredentialsRejected));
  EXPECT_EQ(authenticator_.probed().size(), 2u);
  EXPECT_EQ(logins(), 2u);
}

TEST_F(RestartTest, ARestAfterFailuresGoesOnToTheTickAndTheNextIsLonger) {
  ScriptAnswered(base::Reason::kProviderUnreachable);
  ScriptAnswered(base::Reason::kProviderUnreachable);
  ScriptAnswered(base::Reason::kProviderUnreachable);
  ASSERT_THAT(Get(crm_), HasReason(base::Reason::kProviderUnreachable));
  clock_.Advance(absl::Milliseconds(500));
  ASSERT_THAT(Get(crm_), HasReason(base::Reason::kProviderUnreachable));
  Restart();
  clock_.Advance(absl::Seconds(1) - kInstant);
  const absl::StatusOr<SessionPtr> early = Get(crm_);
  EXPECT_THAT(early, HasReason(base::Reason::kBackingOff));
  EXPECT_EQ(base::DetailsOf(early.status()).metadata.at("cause"), "PROVIDER_UNREACHABLE");
  EXPECT_EQ(base::DetailsOf(early.status()).retry_after, kInstant);
  EXPECT_EQ(logins(), 2u);
  clock_.Advance(kInstant);
  EXPECT_THAT(Get(crm_), HasReason(base::Reason::kProviderUnreachable));
  Restart();
  EXPECT_EQ(base::DetailsOf(Get(crm_).status()).retry_after, absl::Seconds(2));
}

TEST_F(RestartTest, LoginsBeforeARestartCountAgainstTheBudget) {
  int asked = 0;
  absl::StatusOr<SessionPtr> answer = Get(crm_);
  for (; answer.ok(); answer = Get(crm_)) {
    ASSERT_LT(++asked, 100);
    manager_->Report(absl::StrCat("caller-", asked), crm_, (*answer)->version,
                     [](const absl::StatusOr<SessionKeeper::Reported>&) {});
    scheduler_->RunReady();
    if (asked % 7 == 0) Restart();
    clock_.Advance(absl::Seconds(1));
  }
  EXPECT_THAT(answer, HasReason(base::Reason::kLoginBudgetExhausted));
  EXPECT_EQ(logins(), 20u) << "ten are kept for renewals";
  Restart();
  answer = Get(crm_);
  EXPECT_THAT(answer, HasReason(base::Reason::kLoginBudgetExhausted));
  clock_.Advance(*base::DetailsOf(answer.status()).retry_after - kInstant);
  Restart();
  EXPECT_THAT(Get(crm_), HasReason(base::Reason::kLoginBudgetExhausted));
  EXPECT_EQ(logins(), 20u);
  clock_.Advance(kInstant);
  EXPECT_THAT(Get(crm_), IsOk());
}

TEST_F(RestartTest, ALoginThatTheProcessDiedInCounts) {
  policy_.budget.limit = 2;
  policy_.budget.for_renewals = 0;
  Restart();
  for (int i = 0; i < 2; ++i) {
    authenticator_.Hold();
    Ask(crm_);
    scheduler_->RunReady();
    Restart();
  }
  EXPECT_EQ(logins(), 2u);
  EXPECT_THAT(Get(crm_), HasReason(base::Reason::kLoginBudgetExhausted));
}

// --- Stores that fail ---

TEST_F(RestartTest, ALoginThatNobodyWouldRememberDoesNotBegin) {
  durable_.Fail(true);
  EXPECT_THAT(Get(crm_), HasReason(base::Reason::kStoreUnavailable));
  EXPECT_EQ(logins(), 0u);
  durable_.Fail(false);
  EXPECT_THAT(Get(crm_), IsOk());
}

TEST_F(RestartTest, ASessionInHandServesWhileTheStoreFails) {
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr session, Get(crm_));
  durable_.Fail(true);
  sessions_.Fail(true);
  clock_.Advance(kOfferedLife - kInstant);
  EXPECT_EQ(*Get(crm_), session);
  EXPECT_EQ(logins(), 1u);
}

TEST_F(RestartTest, ASessionThatCouldNotBeStoredIsHandedOutAllTheSame) {
  sessions_.Fail(true);
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr session, Get(crm_));
  EXPECT_EQ(Hit(crm_), session);
}

TEST_F(RestartTest, ASecretThatChangesWhileALoginIsBeingRememberedIsTheOneThatIsUsed) {
  const auto answer = Ask(crm_);
  scheduler_->RunOne();
  auto changed = std::make_shared<login::Account>(*accounts_.at(crm_));
  changed->base_url = "https://other.example";
  manager_->Configure(changed);
  scheduler_->RunReady();
  ASSERT_EQ(answer->calls, 1);
  ASSERT_THAT(*answer->result, IsOk());
  EXPECT_EQ((**answer->result)->base_url, "https://other.example");
  EXPECT_EQ(logins(), 1u);
}

// --- Accounts that come while the process runs ---

class LateAccountTest : public RestartTest {
 protected:
  // The next process knows the shop no more.
  void ForgetTheShop() {
    left_out_ = accounts_.extract(shop_).mapped();
    Restart();
  }
  void Configure(const std::shared_ptr<const login::Account>& account) {
    manager_->Configure(account);
    scheduler_->RunReady();
  }
  std::shared_ptr<const login::Account> WithLogin(const std::string& login) const {
    auto account = std::make_shared<login::Account>(*left_out_);
    account->parameters["login"] = login;
    return account;
  }

  std::shared_ptr<const login::Account> left_out_;
};

TEST_F(LateAccountTest, ItsSessionGoesOn) {
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr shop, Get(shop_));
  ForgetTheShop();
  EXPECT_EQ(restored_->left_alone, 2) << "its budget and its session";
  EXPECT_THAT(Get(shop_), HasReason(base::Reason::kAccountUnknown));
  Configure(left_out_);
  ExpectSameSession(Hit(shop_), shop);
  EXPECT_EQ(logins(), 1u);
}

TEST_F(LateAccountTest, ItsLatchHoldsUntilWhatGoesInChanges) {
  ScriptAnswered(base::Reason::kCredentialsRejected);
  EXPECT_THAT(Get(shop_), HasReason(base::Reason::kCredentialsRejected));
  ForgetTheShop();
  Configure(left_out_);
  EXPECT_THAT(Get(shop_), HasReason(base::Reason::kCredentialsRejected));
  EXPECT_EQ(logins(), 1u);
  Configure(WithLogin("other"));
  EXPECT_THAT(Get(shop_), IsOk());
  EXPECT_EQ(logins(), 2u);
}

TEST_F(LateAccountTest, ItsLoginsOfTheLastHourCount) {
  policy_.budget = {.limit = 2, .for_renewals = 0, .window = absl::Hours(1)};
  Restart();
  ScriptAnswered(base::Reason::kProviderProtocolError);
  ScriptAnswered(base::Reason::kProviderProtocolError);
  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(Get(shop_).ok());
    clock_.Advance(absl::Minutes(1));
  }
  ForgetTheShop();
  Configure(left_out_);
  EXPECT_THAT(Get(shop_), HasReason(base::Reason::kLoginBudgetExhausted));
  EXPECT_EQ(logins(), 2u);
}

TEST_F(LateAccountTest, RemovedAndBackAgainItLogsInOnceAndStaysLatched) {
  EXPECT_THAT(Get(crm_), IsOk());
  ScriptAnswered(base::Reason::kCredentialsRejected);
  EXPECT_THAT(Get(shop_), HasReason(base::Reason::kCredentialsRejected));
  for (const auto& [id, account] : std::map(accounts_)) {
    manager_->Remove(id);
    scheduler_->RunReady();
    EXPECT_THAT(Get(id), HasReason(base::Reason::kAccountUnknown));
    Configure(account);
  }
  EXPECT_THAT(Get(crm_), IsOk());
  EXPECT_THAT(Get(shop_), HasReason(base::Reason::kCredentialsRejected));
  EXPECT_EQ(logins(), 3u);
}

TEST_F(LateAccountTest, RemovedBeforeItWasReadItIsNotThereAndItsSessionIsForgotten) {
  EXPECT_THAT(Get(shop_), IsOk());
  ForgetTheShop();
  manager_->Configure(left_out_);
  manager_->Remove(shop_);
  scheduler_->RunReady();
  EXPECT_THAT(Get(shop_), HasReason(base::Reason::kAccountUnknown));
  Configure(left_out_);
  EXPECT_EQ(Hit(shop_), nullptr);
}

TEST_F(LateAccountTest, OfTwoConfigurationsTheLaterOneCountsThoughTheFirstIsStillBeingRead) {
  ScriptAnswered(base::Reason::kCredentialsRejected);
  EXPECT_FALSE(Get(shop_).ok());
  ForgetTheShop();
  manager_->Configure(left_out_);
  manager_->Configure(WithLogin("other"));
  scheduler_->RunReady();
  EXPECT_THAT(Get(shop_), IsOk());
}

TEST_F(LateAccountTest, WhereTheStoreFailsNoLoginBeginsUntilItCanBeRead) {
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr shop, Get(shop_));
  ForgetTheShop();
  durable_.Fail(true);
  Configure(left_out_);
  EXPECT_THAT(Get(shop_), HasReason(base::Reason::kStoreUnavailable));
  scheduler_->Advance(absl::Seconds(1));
  EXPECT_THAT(Get(shop_), HasReason(base::Reason::kStoreUnavailable));
  durable_.Fail(false);
  scheduler_->Advance(absl::Seconds(1) - kInstant);
  EXPECT_THAT(Get(shop_), HasReason(base::Reason::kStoreUnavailable));
  scheduler_->Advance(kInstant);
  ExpectSameSession(Hit(shop_), shop);
  EXPECT_EQ(logins(), 1u);
}

}  // namespace
}  // namespace sessionbroker::sessions
