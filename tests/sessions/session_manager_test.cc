#include "service/sessions/session_manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/base/error.h"
#include "service/secrets/secret.h"
#include "tests/sessions/manager_harness.h"
#include "tests/sessions/moments.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::sessions {
namespace {

using ::sessionbroker::testing::GrantWithId;
using ::sessionbroker::testing::HasReason;
using ::sessionbroker::testing::IsOk;
using ::sessionbroker::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::Duration kAny = absl::ZeroDuration();
// Of AccountNamed.
constexpr absl::Duration kUsable = absl::Seconds(970);
constexpr absl::Duration kMandatory = absl::Seconds(60);

class SessionManagerTest : public ::testing::Test, protected ManagerHarness {
 protected:
  SessionManagerTest() : ManagerHarness({AccountNamed("vtiger", "crm")}) {}

  // Logs in, then moves on until the session has `remaining` left.
  SessionPtr LiveWith(absl::Duration remaining) {
    const absl::StatusOr<SessionPtr> session = Get(id_);
    EXPECT_THAT(session, IsOk());
    clock.Advance(kUsable - remaining);
    return *session;
  }

  // The account's policy is looked up anew.
  void Reconfigure() {
    manager->Configure(AccountNamed("vtiger", "crm"));
    scheduler.RunReady();
  }

  void ScriptFailure(base::Reason reason) {
    authenticator.Script(base::MakeError(reason, "by script"));
  }

  const base::AccountId id_{.provider = "vtiger", .account = "crm"};
};

// --- A session in hand ---

TEST_F(SessionManagerTest, AnAbsentSessionIsLoggedInForAndThenHandedOutWithoutAnotherLogin) {
  EXPECT_EQ(manager->TryGet(id_, kAny), nullptr);
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr session, Get(id_));
  EXPECT_EQ(session->id, id_);
  EXPECT_EQ(session->grant.id, secrets::Secret("session-1"));
  EXPECT_EQ(session->encoded, absl::StrCat("v", session->version));
  EXPECT_EQ(manager->TryGet(id_, kAny), session);
  EXPECT_EQ(authenticator.logins(), 1u);
}

TEST_F(SessionManagerTest, AHitAnswersInsideGet) {
  const SessionPtr session = LiveWith(kUsable);
  SessionManager::PendingGet pending;
  const auto answer = Ask(id_, kAny, &pending);
  ASSERT_EQ(answer->calls, 1);
  EXPECT_EQ(**answer->result, session);
  EXPECT_FALSE(pending.GiveUp());
}

TEST_F(SessionManagerTest, AnAdvisorySessionIsHandedOutUpToItsLastTick) {
  const SessionPtr session = LiveWith(kMandatory + kTick);
  EXPECT_EQ(manager->TryGet(id_, kAny), session);
  clock.Advance(kTick);
  EXPECT_EQ(manager->TryGet(id_, kAny), nullptr);
}

TEST_F(SessionManagerTest, AMandatorySessionWaitsForALoginAndIsReplaced) {
  const SessionPtr old = LiveWith(kMandatory);
  const auto answer = Ask(id_);
  EXPECT_EQ(answer->calls, 0);
  scheduler.RunReady();
  ASSERT_EQ(answer->calls, 1);
  ASSERT_THAT(*answer->result, IsOk());
  EXPECT_GT((**answer->result)->version, old->version);
}

TEST_F(SessionManagerTest, AMandatorySessionServesWhereItsLoginFailsForAReasonThatMayPass) {
  const SessionPtr old = LiveWith(kMandatory);
  ScriptFailure(base::Reason::kProviderUnreachable);
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr session, Get(id_));
  EXPECT_EQ(session, old);
}

TEST_F(SessionManagerTest, AMandatorySessionDoesNotHideThatTheCredentialsAreRefused) {
  LiveWith(kMandatory);
  ScriptFailure(base::Reason::kCredentialsRejected);
  EXPECT_THAT(Get(id_), HasReason(base::Reason::kCredentialsRejected));
}

TEST_F(SessionManagerTest, ASessionThatExpiresWhileItsLoginIsUnderWayDoesNotServe) {
  LiveWith(kMandatory);
  authenticator.Hold();
  ScriptFailure(base::Reason::kProviderUnreachable);
  const auto answer = Ask(id_);
  clock.Advance(kMandatory);
  authenticator.Release();
  scheduler.RunReady();
  ASSERT_EQ(answer->calls, 1);
  EXPECT_THAT(*answer->result, HasReason(base::Reason::kProviderUnreachable));
}

TEST_F(SessionManagerTest, AnExpiredSessionIsNeverHandedOut) {
  const SessionPtr old = LiveWith(absl::ZeroDuration());
  EXPECT_EQ(manager->TryGet(id_, kAny), nullptr);
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr session, Get(id_));
  EXPECT_NE(session, old);
  EXPECT_EQ(authenticator.logins(), 2u);
}

TEST_F(SessionManagerTest, AResultExactlyAtTheExpiryOfTheOldSessionIsHandedOut) {
  const SessionPtr old = LiveWith(kMandatory);
  authenticator.Hold();
  const auto answer = Ask(id_);
  clock.Advance(kMandatory);
  authenticator.Release();
  scheduler.RunReady();
  ASSERT_EQ(answer->calls, 1);
  ASSERT_THAT(*answer->result, IsOk());
  EXPECT_GT((**answer->result)->version, old->version);
}

TEST_F(SessionManagerTest, ASessionWithNoLifeLeftIsAnErrorAndNotALoop) {
  login::Grant grant = GrantWithId("dead");
  grant.idle = absl::ZeroDuration();
  authenticator.Script(grant);
  EXPECT_THAT(Get(id_), HasReason(base::Reason::kProviderProtocolError));
  EXPECT_EQ(authenticator.logins(), 1u);
  EXPECT_THAT(Get(id_), IsOk()) << "nothing rests here";
}

TEST_F(SessionManagerTest, ASessionWithoutEndIsLoggedInForOnce) {
  login::Grant grant = GrantWithId("for ever");
  grant.idle = std::nullopt;
  authenticator.Script(grant);
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr session, Get(id_));
  EXPECT_EQ(session->expire_time, std::nullopt);
  clock.Advance(absl::Hours(24 * 365));
  EXPECT_EQ(manager->TryGet(id_, kAny), session);
}

TEST_F(SessionManagerTest, AReplacedSessionStaysGoodForThoseWhoHoldIt) {
  const SessionPtr old = LiveWith(absl::ZeroDuration());
  const std::string encoded = old->encoded;
  ASSERT_THAT(Get(id_), IsOk());
  EXPECT_EQ(old->encoded, encoded);
}

// --- One login at a time ---

TEST_F(SessionManagerTest, AThousandCallersOnAColdAccountShareOneLoginAndItsSession) {
  std::vector<std::shared_ptr<Answer>> answers;
  for (int i = 0; i < 1000; ++i) answers.push_back(Ask(id_));
  scheduler.RunReady();
  EXPECT_EQ(authenticator.logins(), 1u);
  for (const auto& answer : answers) {
    ASSERT_EQ(answer->calls, 1);
    ASSERT_THAT(*answer->result, IsOk());
    EXPECT_EQ(**answer->result, **answers[0]->result);
  }
}

TEST_F(SessionManagerTest, WaitersAreAnsweredInTheOrderOfTheirComing) {
  std::vector<int> order;
  for (int i = 0; i < 5; ++i) {
    manager->Get(id_, kAny, [&order, i](absl::StatusOr<SessionPtr>) { order.push_back(i); });
  }
  scheduler.RunReady();
  EXPECT_THAT(order, ElementsAre(0, 1, 2, 3, 4));
}

TEST_F(SessionManagerTest, AllWhoWaitForALoginThatFailsGetTheSameErrorAndTheNextTriesAgain) {
  authenticator.Script(base::MakeError({.reason = base::Reason::kProviderUnreachable,
                                        .retry_after = absl::Seconds(3),
                                        .metadata = {{"host", "api.example"}}},
                                       "no answer from api.example"));
  std::vector<std::shared_ptr<Answer>> answers;
  for (int i = 0; i < 1000; ++i) answers.push_back(Ask(id_));
  scheduler.RunReady();
  EXPECT_EQ(authenticator.logins(), 1u);
  for (const auto& answer : answers) {
    ASSERT_EQ(answer->calls, 1);
    const absl::Status& error = answer->result->status();
    EXPECT_THAT(error, StatusIs(absl::StatusCode::kUnavailable, "no answer from api.example"));
    EXPECT_EQ(base::DetailsOf(error).retry_after, absl::Seconds(3));
    EXPECT_EQ(base::DetailsOf(error).metadata.at("host"), "api.example");
  }
  EXPECT_THAT(Get(id_), IsOk());
  EXPECT_EQ(authenticator.logins(), 2u);
}

TEST_F(SessionManagerTest, ACallerThatGivesUpIsNotCalledAndLeavesTheLoginToTheOthers) {
  SessionManager::PendingGet first;
  const auto gone = Ask(id_, kAny, &first);
  const auto stays = Ask(id_);
  EXPECT_TRUE(first.GiveUp());
  scheduler.RunReady();
  EXPECT_EQ(gone->calls, 0);
  ASSERT_EQ(stays->calls, 1);
  EXPECT_THAT(*stays->result, IsOk());
  EXPECT_EQ(authenticator.logins(), 1u);
}

TEST_F(SessionManagerTest, ALoginGoesOnThoughAllWhoWaitedGaveUp) {
  authenticator.Hold();
  SessionManager::PendingGet pending;
  const auto gone = Ask(id_, kAny, &pending);
  scheduler.RunReady();
  EXPECT_TRUE(pending.GiveUp());
  authenticator.Release();
  EXPECT_EQ(gone.use_count(), 1) << "its callback is destroyed";
  EXPECT_FALSE(pending.GiveUp());
  scheduler.RunReady();
  EXPECT_NE(manager->TryGet(id_, kAny), nullptr);
  EXPECT_EQ(authenticator.logins(), 1u);
}

TEST_F(SessionManagerTest, GivingUpAfterTheAnswerOrAfterTheManagerIsGoneDoesNothing) {
  SessionManager::PendingGet answered;
  Ask(id_, kAny, &answered);
  scheduler.RunReady();
  EXPECT_FALSE(answered.GiveUp());
  manager.reset();
  EXPECT_FALSE(answered.GiveUp());
  EXPECT_FALSE(SessionManager::PendingGet().GiveUp());
}

TEST_F(SessionManagerTest, GivingUpAnOldWaitDoesNotTouchALaterOne) {
  SessionManager::PendingGet old;
  Ask(id_, kAny, &old);
  scheduler.RunReady();
  clock.Advance(kUsable);
  const auto later = Ask(id_);
  EXPECT_FALSE(old.GiveUp());
  scheduler.RunReady();
  EXPECT_EQ(later->calls, 1);
}

TEST_F(SessionManagerTest, ACallbackMayAskAgain) {
  ScriptFailure(base::Reason::kProviderUnreachable);
  std::shared_ptr<Answer> second;
  manager->Get(id_, kAny, [&](absl::StatusOr<SessionPtr> result) {
    EXPECT_THAT(result, Not(IsOk()));
    second = Ask(id_);
  });
  scheduler.RunReady();
  ASSERT_NE(second, nullptr);
  ASSERT_EQ(second->calls, 1);
  EXPECT_THAT(*second->result, IsOk());
}

TEST_F(SessionManagerTest, AHitIsServedWhileALoginIsUnderWay) {
  const SessionPtr old = LiveWith(absl::Seconds(500));
  authenticator.Hold();
  const auto longer = Ask(id_, absl::Seconds(600));
  scheduler.RunReady();
  EXPECT_EQ(longer->calls, 0);
  EXPECT_EQ(manager->TryGet(id_, absl::Seconds(500)), old);
  authenticator.Release();
  scheduler.RunReady();
  EXPECT_EQ(longer->calls, 1);
}

TEST_F(SessionManagerTest, WaitersBeyondTheLimitAreRefusedAndRoomComesBack) {
  policy.max_waiters = 2;
  Reconfigure();
  authenticator.Hold();
  SessionManager::PendingGet pending;
  const auto first = Ask(id_, kAny, &pending);
  const auto second = Ask(id_);
  const auto refused = Ask(id_);
  scheduler.RunReady();
  ASSERT_EQ(refused->calls, 1);
  EXPECT_THAT(*refused->result, HasReason(base::Reason::kQueueFull));
  EXPECT_TRUE(pending.GiveUp());
  const auto third = Ask(id_);
  authenticator.Release();
  scheduler.RunReady();
  EXPECT_EQ(first->calls, 0);
  for (const auto& answer : {second, third}) {
    ASSERT_EQ(answer->calls, 1);
    EXPECT_THAT(*answer->result, IsOk());
  }
}

TEST(SessionManagerAccountsTest, AccountsDoNotWaitForEachOther) {
  ManagerHarness harness({AccountNamed("vtiger", "a"), AccountNamed("vtiger", "b")});
  const auto a = harness.Ask({"vtiger", "a"});
  const auto b = harness.Ask({"vtiger", "b"});
  harness.scheduler.RunReady();
  EXPECT_THAT(*a->result, IsOk());
  EXPECT_THAT(*b->result, IsOk());
  EXPECT_EQ(harness.authenticator.logins(), 2u);
  EXPECT_EQ(harness.authenticator.overlaps(), 0u);
}

// --- Versions and clocks ---

TEST_F(SessionManagerTest, ALoginThatReturnsTheSameIdKeepsTheVersionAndProlongsTheLife) {
  authenticator.Script(GrantWithId("same"));
  authenticator.Script(GrantWithId("same"));
  authenticator.Script(GrantWithId("other"));
  const SessionPtr first = LiveWith(absl::ZeroDuration());
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr again, Get(id_));
  EXPECT_EQ(again->version, first->version);
  EXPECT_EQ(again->expire_time, *first->expire_time + kUsable);
  EXPECT_EQ(manager->TryGet(id_, kUsable), again);
  clock.Advance(kUsable);
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr other, Get(id_));
  EXPECT_GT(other->version, first->version);
}

TEST_F(SessionManagerTest, TheVersionIsRememberedAcrossAFailedLogin) {
  authenticator.Script(GrantWithId("same"));
  const SessionPtr first = LiveWith(absl::ZeroDuration());
  ScriptFailure(base::Reason::kProviderUnreachable);
  EXPECT_THAT(Get(id_), Not(IsOk()));
  authenticator.Script(GrantWithId("same"));
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr again, Get(id_));
  EXPECT_EQ(again->version, first->version);
}

TEST_F(SessionManagerTest, AStepOfTheWallClockNeitherKillsNorProlongsASession) {
  for (const absl::Duration step : {-absl::Hours(24 * 400), absl::Hours(24 * 400)}) {
    const SessionPtr session = LiveWith(kUsable);
    clock.StepWall(step);
    clock.Advance(kUsable - kMandatory - kTick);
    EXPECT_EQ(manager->TryGet(id_, kAny), session) << step;
    clock.Advance(kMandatory + kTick);
    EXPECT_EQ(manager->TryGet(id_, kAny), nullptr) << step;
  }
}

TEST_F(SessionManagerTest, VersionsRiseThoughTheWallClockSteps) {
  int64_t last = 0;
  for (const absl::Duration step : {absl::ZeroDuration(), -absl::Hours(9), absl::Hours(99)}) {
    clock.StepWall(step);
    const SessionPtr session = LiveWith(absl::ZeroDuration());
    EXPECT_GT(session->version, last) << step;
    last = session->version;
  }
}

// --- min_validity ---

TEST_F(SessionManagerTest, ASessionTooShortForTheCallerCausesOneLogin) {
  LiveWith(absl::Seconds(500));
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr session, Get(id_, absl::Seconds(501)));
  EXPECT_EQ(authenticator.logins(), 2u);
  EXPECT_EQ(manager->TryGet(id_, absl::Seconds(501)), session);
}

TEST_F(SessionManagerTest, TheMostOnOfferIsGrantedAndMoreIsRefusedWithoutALogin) {
  EXPECT_THAT(Get(id_, kUsable + kTick), HasReason(base::Reason::kInvalidArgument));
  EXPECT_EQ(authenticator.logins(), 0u);
  EXPECT_THAT(Get(id_, kUsable), IsOk());
  EXPECT_EQ(authenticator.logins(), 1u);
}

TEST_F(SessionManagerTest, AProviderThatGivesLessThanExpectedIsAskedOnceAndNotAgainWhileItLives) {
  login::Grant grant = GrantWithId("short");
  grant.idle = absl::Seconds(100);
  authenticator.Script(grant);
  const auto answer = Get(id_, absl::Seconds(500));
  EXPECT_THAT(answer, HasReason(base::Reason::kInvalidArgument));
  EXPECT_EQ(base::DetailsOf(answer.status()).metadata.at("limit"), "95s");
  EXPECT_EQ(authenticator.logins(), 1u);
  EXPECT_THAT(Get(id_, absl::Seconds(500)), HasReason(base::Reason::kInvalidArgument));
  EXPECT_EQ(authenticator.logins(), 1u);
  EXPECT_NE(manager->TryGet(id_, kAny), nullptr);
}

TEST_F(SessionManagerTest, AFailedLoginForALongerLifeFailsOnlyThoseWhoNeedIt) {
  const SessionPtr old = LiveWith(kMandatory);
  ScriptFailure(base::Reason::kProviderUnreachable);
  const auto modest = Ask(id_);
  const auto greedy = Ask(id_, kMandatory + kTick);
  scheduler.RunReady();
  EXPECT_EQ(**modest->result, old);
  EXPECT_THAT(*greedy->result, HasReason(base::Reason::kProviderUnreachable));
  EXPECT_EQ(authenticator.logins(), 2u);
}

TEST_F(SessionManagerTest, WhoeverWantsNearlyAllOfALifeLeavesTheRenewalsAlone) {
  policy.budget = {.limit = 5, .for_renewals = 3, .window = absl::Hours(1)};
  Reconfigure();
  LiveWith(kUsable);
  const absl::Duration nearly_all = kUsable - absl::Seconds(1);
  clock.Advance(absl::Seconds(2));
  EXPECT_THAT(Get(id_, nearly_all), IsOk());
  clock.Advance(absl::Seconds(2));
  EXPECT_THAT(Get(id_, nearly_all), HasReason(base::Reason::kLoginBudgetExhausted));
  EXPECT_EQ(authenticator.logins(), 2u);
  clock.Advance(kUsable - absl::Seconds(102));
  EXPECT_THAT(Get(id_), IsOk());
  scheduler.RunReady();
  EXPECT_EQ(authenticator.logins(), 3u) << "it is renewed";
}

TEST_F(SessionManagerTest, HitsDoNotBeginAgainAndAgainWhatNothingIsSentFor) {
  LiveWith(kMandatory + absl::Seconds(100));
  for (int i = 0; i < 3; ++i) ScriptFailure(base::Reason::kBackingOff);
  const auto hit_often = [this] {
    for (int i = 0; i < 1000; ++i) {
      EXPECT_NE(manager->TryGet(id_, kAny), nullptr);
      scheduler.RunReady();
    }
  };
  hit_often();
  EXPECT_EQ(authenticator.logins(), 2u);
  clock.Advance(absl::Seconds(1));
  hit_often();
  EXPECT_EQ(authenticator.logins(), 3u);
}

// --- Accounts ---

TEST_F(SessionManagerTest, AnUnknownAccountIsSaidToBeUnknown) {
  EXPECT_EQ(manager->TryGet({"vtiger", "other"}, kAny), nullptr);
  EXPECT_THAT(Get({"vtiger", "other"}), HasReason(base::Reason::kAccountUnknown));
  EXPECT_THAT(Get({"other", "crm"}), HasReason(base::Reason::kAccountUnknown));
  EXPECT_THAT(Get({"", ""}), HasReason(base::Reason::kAccountUnknown));
  EXPECT_EQ(authenticator.logins(), 0u);
}

TEST(SessionManagerCreateTest, RefusesWhatIsMissingByName) {
  ManagerHarness harness({});
  const auto create = [&](auto&& spoil) {
    SessionManager::Dependencies dependencies = harness.Dependencies();
    spoil(dependencies);
    return SessionManager::Create(std::move(dependencies), {}, {}).status();
  };
  EXPECT_THAT(create([](auto&) {}), IsOk());
  const auto refused = [](const char* what) {
    return StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(what));
  };
  EXPECT_THAT(create([](auto& d) { d.clock = nullptr; }), refused("clock"));
  EXPECT_THAT(create([](auto& d) { d.scheduler = nullptr; }), refused("scheduler"));
  EXPECT_THAT(create([](auto& d) { d.authenticator = nullptr; }), refused("authenticator"));
  EXPECT_THAT(create([](auto& d) { d.metrics = nullptr; }), refused("metrics"));
  EXPECT_THAT(create([](auto& d) { d.encoder = nullptr; }), refused("encoder"));
  EXPECT_THAT(create([](auto& d) { d.outage_encoder = nullptr; }), refused("outage_encoder"));
  EXPECT_THAT(create([](auto& d) { d.policy_of = nullptr; }), refused("policy_of"));
  EXPECT_THAT(create([](auto& d) { d.fingerprint_of = nullptr; }), refused("fingerprint_of"));
  EXPECT_THAT(create([](auto& d) { d.inputs_of = nullptr; }), refused("inputs_of"));
  EXPECT_THAT(create([](auto& d) { d.random = nullptr; }), refused("random"));
}

TEST(SessionManagerCreateTest, RefusesAnAccountThatStandsThereTwice) {
  ManagerHarness harness({});
  EXPECT_THAT(SessionManager::Create(harness.Dependencies(), {},
                                     {AccountNamed("vtiger", "a"), AccountNamed("vtiger", "b"),
                                      AccountNamed("vtiger", "a")})
                  .status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("vtiger/a")));
}

class ListTest : public ::testing::Test, protected ManagerHarness {
 protected:
  ListTest()
      : ManagerHarness({AccountNamed("vtiger", "b"), AccountNamed("abms", "z"),
                        AccountNamed("vtiger", "a"), AccountNamed("vtiger-2", "a"),
                        AccountNamed("tipmoto", "m")}) {}

  std::vector<std::string> Names(const ListQuery& query) const {
    std::vector<std::string> names;
    for (const AccountSummary& summary :
         manager->List(query, [](base::AccountIdView) { return true; })) {
      names.push_back(summary.id.ToString());
    }
    return names;
  }
};

TEST_F(ListTest, IsOrderedByProviderThenAccount) {
  EXPECT_THAT(Names({.provider = "", .after = std::nullopt, .limit = 10}),
              ElementsAre("abms/z", "tipmoto/m", "vtiger/a", "vtiger/b", "vtiger-2/a"));
}

TEST_F(ListTest, IsLimitedToAProviderAndANumber) {
  EXPECT_THAT(Names({.provider = "vtiger", .after = std::nullopt, .limit = 10}),
              ElementsAre("vtiger/a", "vtiger/b"));
  EXPECT_THAT(Names({.provider = "vtiger", .after = std::nullopt, .limit = 1}),
              ElementsAre("vtiger/a"));
  EXPECT_THAT(Names({.provider = "none", .after = std::nullopt, .limit = 10}), ElementsAre());
  EXPECT_THAT(Names({.provider = "", .after = std::nullopt, .limit = 0}), ElementsAre());
}

TEST_F(ListTest, GoesOnBehindANameWhetherItExistsOrNot) {
  EXPECT_THAT(Names({.provider = "", .after = base::AccountIdView("vtiger", "a"), .limit = 10}),
              ElementsAre("vtiger/b", "vtiger-2/a"));
  EXPECT_THAT(Names({.provider = "", .after = base::AccountIdView("tipmoto", "n"), .limit = 1}),
              ElementsAre("vtiger/a"));
  EXPECT_THAT(
      Names({.provider = "vtiger", .after = base::AccountIdView("vtiger", "b"), .limit = 9}),
      ElementsAre());
  EXPECT_THAT(Names({.provider = "vtiger", .after = base::AccountIdView("abms", "z"), .limit = 9}),
              ElementsAre("vtiger/a", "vtiger/b"));
}

TEST_F(ListTest, LeavesOutWhatIsNotVisibleWithoutCountingIt) {
  const auto summaries = manager->List({.provider = "", .after = std::nullopt, .limit = 2},
                                       [](base::AccountIdView id) { return id.account == "a"; });
  ASSERT_EQ(summaries.size(), 2u);
  EXPECT_EQ(summaries[0].id.ToString(), "vtiger/a");
  EXPECT_EQ(summaries[1].id.ToString(), "vtiger-2/a");
}

TEST_F(ListTest, TellsHowAnAccountStandsWithVersionAndEndOfALivingSession) {
  const auto standing = [&] {
    return manager->List({.provider = "tipmoto", .after = std::nullopt, .limit = 1},
                         [](base::AccountIdView) { return true; })[0];
  };
  EXPECT_EQ(standing().standing, Standing::kAbsent);
  authenticator.Hold();
  const auto answer = Ask({"tipmoto", "m"});
  scheduler.RunReady();
  EXPECT_EQ(standing().standing, Standing::kLoggingIn);
  authenticator.Release();
  scheduler.RunReady();
  const SessionPtr session = **answer->result;
  EXPECT_EQ(standing().standing, Standing::kLive);
  EXPECT_EQ(standing().version, session->version);
  EXPECT_EQ(standing().expire_time, session->expire_time);
  clock.Advance(kUsable);
  EXPECT_EQ(standing().standing, Standing::kAbsent);
  EXPECT_EQ(standing().version, 0);
  EXPECT_EQ(standing().expire_time, std::nullopt);
}

// --- The end ---

TEST_F(SessionManagerTest, WhileDrainingNoLoginBeginsButASessionInHandServesToItsEnd) {
  const SessionPtr session = LiveWith(kTick);
  manager->Drain();
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr served, Get(id_));
  EXPECT_EQ(served, session);
  clock.Advance(kTick);
  EXPECT_THAT(Get(id_), HasReason(base::Reason::kDraining));
  EXPECT_EQ(authenticator.logins(), 1u);
}

TEST_F(SessionManagerTest, ALoginUnderWayMayFinishWhileDrainingAndOthersMayJoinIt) {
  authenticator.Hold();
  const auto before = Ask(id_);
  scheduler.RunReady();
  manager->Drain();
  const auto joined = Ask(id_);
  authenticator.Release();
  scheduler.RunReady();
  for (const auto& answer : {before, joined}) {
    ASSERT_EQ(answer->calls, 1);
    EXPECT_THAT(*answer->result, IsOk());
  }
}

TEST_F(SessionManagerTest, IdleIsToldWhereNoLoginIsUnderWay) {
  bool idle = false;
  manager->WhenIdle([&] { idle = true; });
  scheduler.RunReady();
  EXPECT_TRUE(idle);
}

TEST_F(SessionManagerTest, IdleIsToldOnceTheLastLoginEndedAndItsWaitersHaveTheirAnswers) {
  authenticator.Hold();
  const auto answer = Ask(id_);
  scheduler.RunReady();
  manager->Drain();
  int calls_when_idle = -1;
  manager->WhenIdle([&] { calls_when_idle = answer->calls; });
  scheduler.RunReady();
  EXPECT_EQ(calls_when_idle, -1);
  authenticator.Release();
  scheduler.RunReady();
  EXPECT_EQ(calls_when_idle, 1);
}

TEST(SessionManagerIdleTest, IdleIsNotToldWhileOneOfTwoLoginsIsUnderWay) {
  ManagerHarness harness({AccountNamed("vtiger", "a"), AccountNamed("vtiger", "b")});
  harness.Ask({"vtiger", "a"});
  harness.scheduler.RunReady();
  harness.authenticator.Hold();
  harness.Ask({"vtiger", "b"});
  bool idle = false;
  harness.manager->WhenIdle([&] { idle = true; });
  harness.scheduler.RunReady();
  ASSERT_NE(harness.manager->TryGet({"vtiger", "a"}, kAny), nullptr);
  EXPECT_FALSE(idle);
  harness.authenticator.Release();
  harness.scheduler.RunReady();
  EXPECT_TRUE(idle);
}

// --- Counters ---

TEST_F(SessionManagerTest, HitsJoinersAndLoginsAreCounted) {
  ScriptFailure(base::Reason::kProviderUnreachable);
  Ask(id_);
  Ask(id_);
  scheduler.RunReady();
  LiveWith(kUsable);
  manager->TryGet(id_, kAny);
  Ask(id_);
  const std::string text = metrics.Serialize();
  const auto has = [](const char* line) { return HasSubstr(std::string(line) + "\n"); };
  EXPECT_THAT(text, has("sessionbroker_hits_total{provider=\"vtiger\"} 2"));
  EXPECT_THAT(text, has("sessionbroker_joined_total{provider=\"vtiger\"} 1"));
  EXPECT_THAT(text, has("sessionbroker_logins_total{outcome=\"ok\",provider=\"vtiger\"} 1"));
  EXPECT_THAT(text, has("sessionbroker_logins_total{outcome=\"PROVIDER_UNREACHABLE\","
                        "provider=\"vtiger\"} 1"));
}

}  // namespace
}  // namespace sessionbroker::sessions
