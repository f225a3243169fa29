// The life of one session as callers, provider and operator see it: every transition, at exactly
// its edge and a tick before.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "service/base/error.h"
#include "service/login/reach.h"
#include "service/secrets/secret.h"
#include "service/sessions/session_manager.h"
#include "tests/sessions/manager_harness.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::sessions {
namespace {

using ::sessionbroker::testing::GrantWithId;
using ::sessionbroker::testing::HasReason;
using ::sessionbroker::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Of AccountNamed, without the share of each account.
constexpr absl::Duration kWholeLife = absl::Seconds(970);
constexpr absl::Duration kAdvisoryPart = absl::Seconds(291);
constexpr absl::Duration kMandatoryPart = absl::Seconds(60);
constexpr absl::Duration kMargin = absl::Seconds(30);
constexpr absl::Duration kOneTick = absl::Nanoseconds(1);
constexpr absl::Duration kAsLong = absl::ZeroDuration();
// AccountPolicy.
constexpr absl::Duration kDemand = absl::Minutes(10);

using Reported = absl::StatusOr<SessionKeeper::Reported>;

class SessionLifeTest : public ::testing::Test, protected ManagerHarness {
 protected:
  SessionLifeTest() : ManagerHarness({}) {
    policy.life.zones.early_percent = 0;
    SessionManager::Dependencies dependencies = Dependencies();
    dependencies.encoder = [](const Session& session) {
      return absl::StrCat("v", session.version, " until ", absl::FormatTime(*session.expire_time));
    };
    absl::StatusOr<std::unique_ptr<SessionManager>> created =
        SessionManager::Create(std::move(dependencies), {}, {account_});
    EXPECT_THAT(created, IsOk());
    manager = *std::move(created);
  }

  // The account is looked up anew.
  void Configure(const std::shared_ptr<const login::Account>& account) {
    manager->Configure(account);
    scheduler.RunReady();
  }
  void WithProbe() {
    policy.has_probe = true;
    Configure(account_);
  }
  void WithLogout() {
    policy.has_logout = true;
    Configure(account_);
  }
  // Without anything that the session depends on, but with another login.
  std::shared_ptr<const login::Account> OtherSecret() const {
    auto other = std::make_shared<login::Account>(*account_);
    other->parameters["login"] = "other";
    return other;
  }
  std::shared_ptr<const login::Account> OtherUrl() const {
    auto other = std::make_shared<login::Account>(*account_);
    other->base_url = "https://other.example";
    return other;
  }

  // Logs in; nobody asks until the session has `remaining` left.
  SessionPtr LiveWith(absl::Duration remaining) {
    const absl::StatusOr<SessionPtr> session = Get(id_);
    EXPECT_THAT(session, IsOk());
    clock.Advance(kWholeLife - remaining);
    return *session;
  }
  SessionPtr Hit() { return manager->TryGet(id_, kAsLong); }

  void ScriptFailure(base::Reason reason) { authenticator.Script(base::MakeError(reason, "told")); }
  // The provider answered, so that it counts.
  void ScriptRefusal() {
    authenticator.Script(login::WithReach(
        base::MakeError(base::Reason::kCredentialsRejected, "wrong"), login::Reach::kAnswered));
  }

  std::shared_ptr<std::optional<Reported>> ReportLater(const std::string& reporter,
                                                       int64_t version) {
    auto reported = std::make_shared<std::optional<Reported>>();
    manager->Report(reporter, id_, version,
                    [reported](Reported result) { *reported = std::move(result); });
    return reported;
  }
  Reported Report(const std::string& reporter, int64_t version) {
    const auto reported = ReportLater(reporter, version);
    scheduler.RunReady();
    EXPECT_TRUE(reported->has_value());
    return reported->value_or(absl::UnknownError("no answer"));
  }
  Unlatched Unlatch() {
    std::optional<Unlatched> was;
    manager->Unlatch(id_, [&was](absl::StatusOr<Unlatched> result) { was = *result; });
    scheduler.RunReady();
    EXPECT_TRUE(was.has_value());
    return was.value_or(Unlatched::kWasNeither);
  }

  AccountSummary Summary() const {
    ListQuery all;
    all.limit = 1;
    return manager->List(all, [](base::AccountIdView) { return true; }).at(0);
  }
  std::size_t logins() const { return authenticator.logins(); }
  std::size_t probes() const { return authenticator.probed().size(); }
  std::vector<secrets::Secret> logged_out() const { return authenticator.logged_out(); }

  const base::AccountId id_{.provider = "vtiger", .account = "crm"};
  const std::shared_ptr<login::Account> account_ =
      std::const_pointer_cast<login::Account>(AccountNamed("vtiger", "crm"));
};

// --- Renewal in the background ---

TEST_F(SessionLifeTest, FromTheAdvisoryEdgeOnOneRenewalGoesOnWhileCallersAreServed) {
  const SessionPtr old = LiveWith(kAdvisoryPart + kOneTick);
  EXPECT_EQ(Hit(), old);
  scheduler.RunReady();
  EXPECT_EQ(logins(), 1u);
  clock.Advance(kOneTick);
  authenticator.Hold();
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(Hit(), old);
    scheduler.RunReady();
  }
  EXPECT_EQ(logins(), 2u);
  authenticator.Release();
  scheduler.RunReady();
  ASSERT_NE(Hit(), nullptr);
  EXPECT_GT(Hit()->version, old->version);
  EXPECT_EQ(logins(), 2u);
}

TEST_F(SessionLifeTest, InDemandItIsRenewedBeforeAnyoneAsksAgain) {
  LiveWith(kAdvisoryPart + kDemand);
  ASSERT_NE(Hit(), nullptr);
  scheduler.Advance(kDemand - kOneTick);
  EXPECT_EQ(logins(), 1u);
  scheduler.Advance(kOneTick);
  EXPECT_EQ(logins(), 2u);
}

TEST_F(SessionLifeTest, ATickBeyondDemandItLapsesQuietly) {
  LiveWith(kAdvisoryPart + kDemand + kOneTick);
  ASSERT_NE(Hit(), nullptr);
  scheduler.Advance(absl::Hours(24));
  EXPECT_EQ(logins(), 1u);
}

TEST_F(SessionLifeTest, ARenewalThatFailsIsNotShownAndTriedAgainOnceTheRestIsOver) {
  random = 0.5;
  const SessionPtr old = LiveWith(kAdvisoryPart);
  ScriptFailure(base::Reason::kProviderUnreachable);
  EXPECT_EQ(*Get(id_), old);
  EXPECT_EQ(*Get(id_), old);
  EXPECT_EQ(logins(), 2u);
  scheduler.Advance(absl::Milliseconds(500) - kOneTick);
  EXPECT_EQ(*Get(id_), old);
  EXPECT_EQ(logins(), 2u);
  scheduler.Advance(kOneTick);
  EXPECT_EQ(logins(), 3u);
  EXPECT_GT(Hit()->version, old->version);
}

TEST_F(SessionLifeTest, ARefusalInTheBackgroundIsShownFromTheMandatoryEdgeOn) {
  const SessionPtr old = LiveWith(kAdvisoryPart);
  ScriptRefusal();
  EXPECT_EQ(*Get(id_), old);
  scheduler.Advance(kAdvisoryPart - kMandatoryPart - kOneTick);
  EXPECT_EQ(*Get(id_), old);
  scheduler.Advance(kOneTick);
  EXPECT_THAT(Get(id_), HasReason(base::Reason::kCredentialsRejected));
  EXPECT_EQ(logins(), 2u);
}

// --- Probes ---

TEST_F(SessionLifeTest, AProbeBeginsASlidingLifeAnewUnderTheSameVersion) {
  WithProbe();
  const SessionPtr old = LiveWith(kAdvisoryPart);
  EXPECT_EQ(*Get(id_), old);
  const SessionPtr extended = Hit();
  ASSERT_NE(extended, nullptr);
  EXPECT_EQ(extended->version, old->version);
  EXPECT_EQ(extended->issue_time, old->issue_time);
  EXPECT_EQ(extended->expire_time, clock.WallNow() + kWholeLife);
  EXPECT_EQ(extended->encoded, absl::StrCat("v", old->version, " until ",
                                            absl::FormatTime(clock.WallNow() + kWholeLife)));
  EXPECT_EQ(logins(), 1u);
  EXPECT_THAT(authenticator.probed(), ElementsAre(old->grant.id));
}

TEST_F(SessionLifeTest, AProbedSessionIsGoodForAnotherLifeToTheTick) {
  WithProbe();
  LiveWith(kAdvisoryPart);
  ASSERT_THAT(Get(id_), IsOk());
  clock.Advance(kWholeLife - kMandatoryPart - kOneTick);
  EXPECT_NE(Hit(), nullptr);
  clock.Advance(kOneTick);
  EXPECT_EQ(Hit(), nullptr);
}

TEST_F(SessionLifeTest, LifeCountsFromWhenTheLoginsLastRequestWasSent) {
  login::Grant grant = GrantWithId("slow");
  grant.sent_at = clock.BootNow() - absl::Seconds(20);
  authenticator.Script(grant);
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr session, Get(id_, kWholeLife));
  EXPECT_EQ(session->issue_time, clock.WallNow());
  EXPECT_EQ(session->expire_time, clock.WallNow() + kWholeLife - absl::Seconds(20));
  clock.Advance(kWholeLife - absl::Seconds(20) - kMandatoryPart - kOneTick);
  EXPECT_EQ(Hit(), session);
  clock.Advance(kOneTick);
  EXPECT_EQ(Hit(), nullptr);
}

TEST_F(SessionLifeTest, ASlidingLifeBeginsAnewWhenTheProbeWasSent) {
  WithProbe();
  LiveWith(kAdvisoryPart);
  authenticator.ScriptProbe(login::ProbeAnswer{.result = login::ProbeResult::kAlive,
                                               .sent_at = clock.BootNow() - absl::Seconds(20)});
  ASSERT_THAT(Get(id_), IsOk());
  ASSERT_NE(Hit(), nullptr);
  EXPECT_EQ(Hit()->expire_time, clock.WallNow() + kWholeLife - absl::Seconds(20));
}

TEST_F(SessionLifeTest, ASlidingLifeBeginsAnewWhenTheRequestThatUsedItWasSent) {
  const SessionPtr session = LiveWith(kAdvisoryPart);
  manager->Used(id_, session->version, clock.BootNow() - absl::Seconds(20));
  scheduler.RunReady();
  ASSERT_NE(Hit(), nullptr);
  EXPECT_EQ(Hit()->expire_time, clock.WallNow() + kWholeLife - absl::Seconds(20));
}

TEST_F(SessionLifeTest, AProbeThatFindsTheSessionDeadCausesOneLogin) {
  WithProbe();
  const SessionPtr old = LiveWith(kAdvisoryPart);
  authenticator.ScriptProbe(login::ProbeResult::kDead);
  EXPECT_EQ(*Get(id_), old);
  const SessionPtr next = Hit();
  ASSERT_NE(next, nullptr);
  EXPECT_GT(next->version, old->version);
  EXPECT_EQ(probes(), 1u);
  EXPECT_EQ(logins(), 2u);
}

TEST_F(SessionLifeTest, WhatAProbeFoundDeadIsNotServedThoughItsReplacementFails) {
  WithProbe();
  random = 0.5;
  LiveWith(kMandatoryPart);
  authenticator.ScriptProbe(login::ProbeResult::kDead);
  ScriptFailure(base::Reason::kProviderUnreachable);
  EXPECT_THAT(Get(id_), HasReason(base::Reason::kProviderUnreachable));
  EXPECT_THAT(Get(id_), HasReason(base::Reason::kBackingOff));
}

TEST_F(SessionLifeTest, AProbeWithoutAnAnswerLeavesTheMandatorySessionToServeUntilItExpires) {
  WithProbe();
  random = 0.999;
  policy.backoff.first = absl::Hours(1);
  policy.backoff.cap = absl::Hours(1);
  Configure(account_);
  const SessionPtr old = LiveWith(kMandatoryPart);
  authenticator.ScriptProbe(base::MakeError(base::Reason::kProviderUnreachable, "gone"));
  EXPECT_EQ(*Get(id_), old);
  clock.Advance(kMandatoryPart - kOneTick);
  EXPECT_EQ(*Get(id_), old);
  clock.Advance(kOneTick);
  EXPECT_THAT(Get(id_), HasReason(base::Reason::kBackingOff));
  EXPECT_EQ(probes(), 1u);
  EXPECT_EQ(logins(), 1u);
}

TEST_F(SessionLifeTest, NoProbeIsSpentOnASessionThatAgesOutAnyway) {
  account_->absolute = absl::Seconds(1000);
  WithProbe();
  login::Grant grant = GrantWithId("aging");
  grant.absolute = account_->absolute;
  authenticator.Script(grant);
  LiveWith(kAdvisoryPart);
  ASSERT_THAT(Get(id_), IsOk());
  EXPECT_EQ(probes(), 0u);
  EXPECT_EQ(logins(), 2u);
}

// --- Reports of death ---

TEST_F(SessionLifeTest, AThousandReportsOfOneVersionCauseOneLogin) {
  const SessionPtr dead = LiveWith(kWholeLife);
  std::vector<std::shared_ptr<std::optional<Reported>>> all;
  for (int i = 0; i < 1000; ++i) {
    all.push_back(ReportLater(absl::StrCat("caller-", i), dead->version));
  }
  authenticator.Hold();
  scheduler.RunReady();
  EXPECT_EQ(Hit(), nullptr);
  authenticator.Release();
  scheduler.RunReady();
  for (const auto& one : all) {
    ASSERT_TRUE(one->has_value());
    ASSERT_THAT(**one, IsOk());
    EXPECT_EQ((*one)->value().result, ReportResult::kInvalidated);
    EXPECT_EQ((*one)->value().version, 0) << "none is alive";
  }
  EXPECT_EQ(logins(), 2u);
  EXPECT_GT(Hit()->version, dead->version);
}

TEST_F(SessionLifeTest, AThousandReportsOfOneVersionCauseOneProbeAndOneLogin) {
  WithProbe();
  const SessionPtr dead = LiveWith(kWholeLife);
  authenticator.ScriptProbe(login::ProbeResult::kDead);
  std::vector<std::shared_ptr<std::optional<Reported>>> all;
  for (int i = 0; i < 1000; ++i) {
    all.push_back(ReportLater(absl::StrCat("caller-", i), dead->version));
  }
  authenticator.Hold();
  scheduler.RunReady();
  for (const auto& one : all) {
    ASSERT_TRUE(one->has_value());
    ASSERT_THAT(**one, IsOk());
    EXPECT_EQ((*one)->value().result, ReportResult::kProbing);
    EXPECT_EQ((*one)->value().version, dead->version);
  }
  EXPECT_EQ(Hit(), nullptr) << "it is doubted";
  authenticator.Release();
  scheduler.RunReady();
  EXPECT_EQ(probes(), 1u);
  EXPECT_EQ(logins(), 2u);
  EXPECT_GT(Hit()->version, dead->version);
}

TEST_F(SessionLifeTest, AUseBeginsASlidingLifeAnewOnceThatIsWorthTelling) {
  const absl::Duration worth = kWholeLife / 20;
  const SessionPtr session = LiveWith(kWholeLife - worth + kOneTick);
  manager->Used(id_, session->version, clock.BootNow());
  scheduler.RunReady();
  EXPECT_EQ(Hit(), session);
  clock.Advance(kOneTick);
  manager->Used(id_, session->version, clock.BootNow());
  scheduler.RunReady();
  const SessionPtr extended = Hit();
  EXPECT_EQ(extended->version, session->version);
  EXPECT_EQ(extended->expire_time, clock.WallNow() + kWholeLife);
  EXPECT_EQ(extended->encoded, absl::StrCat("v", session->version, " until ",
                                            absl::FormatTime(clock.WallNow() + kWholeLife)));
  EXPECT_EQ(logins(), 1u);
}

TEST_F(SessionLifeTest, UsesKeepASessionAliveWithoutALogin) {
  SessionPtr session = LiveWith(kAdvisoryPart);
  for (int i = 0; i < 20; ++i) {
    manager->Used(id_, session->version, clock.BootNow());
    scheduler.RunReady();
    clock.Advance(kWholeLife - kAdvisoryPart);
  }
  EXPECT_EQ(Hit()->version, session->version);
  EXPECT_EQ(logins(), 1u);
}

TEST_F(SessionLifeTest, AUseOfAnotherVersionOrADoubtedSessionExtendsNothing) {
  const SessionPtr session = LiveWith(kAdvisoryPart);
  manager->Used(id_, session->version - 1, clock.BootNow());
  scheduler.RunReady();
  EXPECT_EQ(Hit(), session);
  authenticator.Hold();
  ASSERT_THAT(Report("someone", session->version), IsOk());
  manager->Used(id_, session->version, clock.BootNow());
  scheduler.RunReady();
  EXPECT_EQ(Hit(), nullptr) << "it was found dead";
}

TEST_F(SessionLifeTest, WhatTheBrokerFindsDeadItselfIsReplacedHoweverOften) {
  // More often than one who reports may, less than the budget of logins allows.
  for (std::size_t i = 1; i <= 15; ++i) {
    const absl::StatusOr<SessionPtr> session = Get(id_);
    ASSERT_THAT(session, IsOk());
    manager->FoundDead(id_, (*session)->version, [](const Reported& reported) {
      ASSERT_THAT(reported, IsOk());
      EXPECT_EQ(reported->result, ReportResult::kInvalidated);
    });
    scheduler.RunReady();
    EXPECT_EQ(logins(), i + 1);
  }
}

TEST_F(SessionLifeTest, TheAccountIsToldAsItIsConfigured) {
  EXPECT_EQ(manager->Configured(id_), account_);
  const std::shared_ptr<const login::Account> other = OtherUrl();
  Configure(other);
  EXPECT_EQ(manager->Configured(id_), other);
  manager->Remove(id_);
  scheduler.RunReady();
  EXPECT_EQ(manager->Configured(id_), nullptr);
}

TEST_F(SessionLifeTest, LateReportsAreStaleAndCauseNothing) {
  const SessionPtr dead = LiveWith(kWholeLife);
  ASSERT_THAT(Report("first", dead->version), IsOk());
  ASSERT_EQ(logins(), 2u);
  for (int i = 0; i < 1000; ++i) {
    const Reported late = Report(absl::StrCat("late-", i), dead->version);
    ASSERT_THAT(late, IsOk());
    EXPECT_EQ(late->result, ReportResult::kStaleVersion);
    EXPECT_EQ(late->version, Hit()->version);
  }
  EXPECT_EQ(logins(), 2u);
}

TEST_F(SessionLifeTest, AFalseReportCostsOneProbeAndNoLogin) {
  WithProbe();
  const SessionPtr healthy = LiveWith(kWholeLife);
  const Reported reported = Report("liar", healthy->version);
  EXPECT_EQ(reported->result, ReportResult::kProbing);
  ASSERT_NE(Hit(), nullptr);
  EXPECT_EQ(Hit()->version, healthy->version);
  EXPECT_EQ(probes(), 1u);
  EXPECT_EQ(logins(), 1u);
}

TEST_F(SessionLifeTest, AFloodOfReportsByOneCallerIsBoundedAndToldHowLongToWait) {
  WithProbe();
  const int64_t version = LiveWith(kWholeLife)->version;
  for (int i = 0; i < 5; ++i) EXPECT_THAT(Report("flood", version), IsOk());
  EXPECT_EQ(probes(), 5u);
  for (int i = 0; i < 1000; ++i) {
    const Reported refused = Report("flood", version);
    ASSERT_THAT(refused, HasReason(base::Reason::kCallerQuota));
    EXPECT_EQ(base::DetailsOf(refused.status()).retry_after, absl::Seconds(10));
  }
  EXPECT_THAT(Report("another", version), IsOk());
  clock.Advance(absl::Seconds(10) - kOneTick);
  EXPECT_THAT(Report("flood", version), HasReason(base::Reason::kCallerQuota));
  EXPECT_EQ(probes(), 6u);
  clock.Advance(kOneTick);
  EXPECT_THAT(Report("flood", version), IsOk());
  EXPECT_EQ(logins(), 1u);
}

TEST_F(SessionLifeTest, AReportWhileARenewalIsUnderWayJoinsIt) {
  for (const bool probe : {false, true}) {
    policy.has_probe = probe;
    Configure(account_);
    const SessionPtr old = LiveWith(absl::Seconds(500));
    const std::size_t before = logins() + probes();
    authenticator.Hold();
    const auto longer = Ask(id_, kWholeLife);
    scheduler.RunReady();
    EXPECT_EQ(Report("caller", old->version)->result,
              probe ? ReportResult::kProbing : ReportResult::kInvalidated);
    EXPECT_EQ(longer->calls, 0);
    authenticator.Release();
    scheduler.RunReady();
    ASSERT_EQ(longer->calls, 1);
    EXPECT_THAT(*longer->result, IsOk());
    EXPECT_EQ(logins() + probes(), before + 1);
    clock.Advance(kWholeLife);
  }
}

TEST_F(SessionLifeTest, AReportedSessionIsNotServedWhereTheRenewalThatItJoinedFails) {
  random = 0.5;
  const SessionPtr old = LiveWith(kAdvisoryPart);
  authenticator.Hold();
  ScriptFailure(base::Reason::kProviderUnreachable);
  EXPECT_EQ(Hit(), old);
  scheduler.RunReady();
  EXPECT_EQ(Report("caller", old->version)->result, ReportResult::kInvalidated);
  authenticator.Release();
  scheduler.RunReady();
  EXPECT_THAT(Get(id_), HasReason(base::Reason::kBackingOff));
  EXPECT_EQ(logins(), 2u);
}

TEST_F(SessionLifeTest, AReportWhileAProbeIsUnderWayWaitsForItsResult) {
  WithProbe();
  const SessionPtr old = LiveWith(kAdvisoryPart);
  authenticator.Hold();
  EXPECT_EQ(Hit(), old);
  scheduler.RunReady();
  EXPECT_EQ(Report("caller", old->version)->result, ReportResult::kProbing);
  authenticator.Release();
  scheduler.RunReady();
  EXPECT_EQ(Hit()->version, old->version);
  EXPECT_EQ(probes(), 1u);
}

TEST_F(SessionLifeTest, ReportsAboutNothingAreAnswered) {
  EXPECT_EQ(Report("caller", 7)->result, ReportResult::kStaleVersion);
  std::optional<Reported> unknown;
  manager->Report("caller", {"vtiger", "none"}, 7,
                  [&](const Reported& result) { unknown = result; });
  ASSERT_TRUE(unknown.has_value());
  EXPECT_THAT(*unknown, HasReason(base::Reason::kAccountUnknown));
  EXPECT_EQ(logins(), 0u);
}

// --- Backoff ---

TEST_F(SessionLifeTest, AProviderThatIsDownForAnHourSeesAsManyLoginsAsTheJitterPredicts) {
  constexpr uint64_t kSeed = 20261121;
  constexpr absl::Duration kEvery = absl::Milliseconds(250);
  constexpr int kAsks = 4 * 3600;
  const auto even = [](std::mt19937_64& source) {
    return static_cast<double>(source() >> 11) / 9007199254740992.0;
  };

  // What the policy says: after the n-th failure an even share of min(300 s, 2^(n-1) s); callers
  // come on a grid.
  std::mt19937_64 expected_source(kSeed);
  int expected = 0;
  double rested_at = 0;
  double longest = 1;
  for (int i = 0; i < kAsks; ++i) {
    const double now = 0.25 * i;
    if (now < rested_at) continue;
    ++expected;
    rested_at = now + even(expected_source) * longest;
    longest = std::min(300.0, longest * 2);
  }

  std::mt19937_64 source(kSeed);
  SessionManager::Dependencies dependencies = Dependencies();
  dependencies.random = [&] { return even(source); };
  manager = *SessionManager::Create(std::move(dependencies), {}, {account_});
  for (int i = 0; i < kAsks; ++i) {
    const std::size_t before = logins();
    ScriptFailure(base::Reason::kProviderUnreachable);
    const absl::StatusOr<SessionPtr> answer = Get(id_);
    if (logins() == before) {
      const base::ErrorDetails details = base::DetailsOf(answer.status());
      ASSERT_THAT(answer, HasReason(base::Reason::kBackingOff));
      EXPECT_EQ(details.metadata.at("cause"), "PROVIDER_UNREACHABLE");
      EXPECT_GT(*details.retry_after, absl::ZeroDuration());
    } else {
      ASSERT_THAT(answer, HasReason(base::Reason::kProviderUnreachable));
    }
    scheduler.Advance(kEvery);
  }
  EXPECT_EQ(logins(), static_cast<std::size_t>(expected));
  EXPECT_GT(expected, 20);
  EXPECT_LT(expected, 60);
}

TEST_F(SessionLifeTest, TheProvidersOwnWaitIsKeptToTheTick) {
  const struct {
    base::ErrorDetails told;
    base::Reason meanwhile;
  } kCases[] = {
      {{.reason = base::Reason::kProviderLockedOut,
        .retry_after = absl::Seconds(77),
        .metadata = {},
        .told_to_wait = false},
       base::Reason::kProviderLockedOut},
      {{.reason = base::Reason::kProviderUnreachable,
        .retry_after = absl::Seconds(77),
        .metadata = {},
        .told_to_wait = true},
       base::Reason::kBackingOff},
  };
  random = 0.01;
  for (const auto& c : kCases) {
    const std::size_t before = logins();
    authenticator.Script(base::MakeError(c.told, "wait"));
    EXPECT_THAT(Get(id_), HasReason(c.told.reason));
    scheduler.Advance(absl::Seconds(77) - kOneTick);
    const absl::StatusOr<SessionPtr> early = Get(id_);
    EXPECT_THAT(early, HasReason(c.meanwhile));
    EXPECT_EQ(base::DetailsOf(early.status()).retry_after, kOneTick);
    EXPECT_EQ(logins(), before + 1);
    scheduler.Advance(kOneTick);
    EXPECT_THAT(Get(id_), IsOk());
    clock.Advance(kWholeLife);
  }
}

TEST_F(SessionLifeTest, UnlatchEndsARest) {
  random = 0.5;
  ScriptFailure(base::Reason::kProviderUnreachable);
  EXPECT_THAT(Get(id_), HasReason(base::Reason::kProviderUnreachable));
  EXPECT_THAT(Get(id_), HasReason(base::Reason::kBackingOff));
  EXPECT_EQ(Unlatch(), Unlatched::kWasBackingOff);
  EXPECT_THAT(Get(id_), IsOk());
  EXPECT_EQ(Unlatch(), Unlatched::kWasNeither);
}

// --- Latch ---

class LatchedTest : public SessionLifeTest {
 protected:
  LatchedTest() {
    ScriptRefusal();
    EXPECT_THAT(Get(id_), HasReason(base::Reason::kCredentialsRejected));
  }
  void ExpectLatched() {
    const std::size_t before = logins();
    EXPECT_THAT(Get(id_), HasReason(base::Reason::kCredentialsRejected));
    EXPECT_EQ(logins(), before);
  }
};

TEST_F(LatchedTest, AWrongPasswordIsTriedOnceHoweverLongCallersInsist) {
  for (int i = 0; i < 48 * 60; ++i) {
    ExpectLatched();
    scheduler.Advance(absl::Minutes(1));
  }
  EXPECT_EQ(logins(), 1u);
}

TEST_F(LatchedTest, AnOperatorOpensItForOneLogin) {
  ScriptRefusal();
  EXPECT_EQ(Unlatch(), Unlatched::kWasLatched);
  EXPECT_EQ(logins(), 1u) << "the next Get logs in, not the operator";
  EXPECT_THAT(Get(id_), HasReason(base::Reason::kCredentialsRejected));
  ExpectLatched();
  EXPECT_EQ(Unlatch(), Unlatched::kWasLatched);
  EXPECT_THAT(Get(id_), IsOk());
  EXPECT_EQ(logins(), 3u);
}

TEST_F(LatchedTest, TheSameConfigurationAgainDoesNotOpenIt) {
  Configure(std::make_shared<login::Account>(*account_));
  ExpectLatched();
}

TEST_F(LatchedTest, AnotherSecretOpensItAndTheOldOneThenIsAnotherAgain) {
  Configure(OtherSecret());
  EXPECT_THAT(Get(id_), IsOk());
  EXPECT_EQ(logins(), 2u);
  clock.Advance(kWholeLife);
  Configure(account_);
  EXPECT_THAT(Get(id_), IsOk());
}

TEST_F(LatchedTest, AnotherBaseUrlOpensIt) {
  Configure(OtherUrl());
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr session, Get(id_));
  EXPECT_EQ(session->base_url, "https://other.example");
}

TEST_F(LatchedTest, AnAccountThatIsRemovedAndAddedAgainIsTriedOnce) {
  manager->Remove(id_);
  manager->Configure(account_);
  scheduler.RunReady();
  EXPECT_LE(logins(), 1u);
  ScriptRefusal();
  EXPECT_THAT(Get(id_), HasReason(base::Reason::kCredentialsRejected));
  ExpectLatched();
}

TEST_F(SessionLifeTest, AProbeDoesNotOpenALatch) {
  // A session ends by age, so it is renewed by logins while it lives, and probed where it is
  // doubted.
  account_->absolute = absl::Seconds(1000);
  WithProbe();
  for (const auto& probed : std::vector<absl::StatusOr<login::ProbeAnswer>>{
           login::ProbeAnswer{login::ProbeResult::kAlive}, login::ProbeAnswer{},
           base::MakeError(base::Reason::kProviderUnreachable, "gone")}) {
    login::Grant grant = GrantWithId(absl::StrCat("aging-", logins()));
    grant.absolute = account_->absolute;
    authenticator.Script(grant);
    const SessionPtr old = LiveWith(kAdvisoryPart);
    ScriptRefusal();
    EXPECT_EQ(*Get(id_), old);
    const std::size_t before = logins();
    authenticator.ScriptProbe(probed);
    EXPECT_EQ(Report("caller", old->version)->result, ReportResult::kProbing);
    clock.Advance(kAdvisoryPart);
    EXPECT_THAT(Get(id_), HasReason(base::Reason::kCredentialsRejected)) << probed.status();
    EXPECT_EQ(logins(), before);
    EXPECT_EQ(Unlatch(), Unlatched::kWasLatched);
  }
  EXPECT_EQ(probes(), 3u);
}

TEST_F(SessionLifeTest, AnOperatorOpensALatchWhileAProbeIsUnderWay) {
  account_->absolute = absl::Seconds(1000);
  WithProbe();
  login::Grant grant = GrantWithId("aging");
  grant.absolute = account_->absolute;
  authenticator.Script(grant);
  const SessionPtr old = LiveWith(kAdvisoryPart);
  ScriptRefusal();
  EXPECT_EQ(*Get(id_), old);
  authenticator.Hold();
  EXPECT_EQ(Report("caller", old->version)->result, ReportResult::kProbing);
  EXPECT_EQ(Unlatch(), Unlatched::kWasLatched);
  EXPECT_EQ(Unlatch(), Unlatched::kWasNeither);
  authenticator.Release();
  scheduler.RunReady();
  clock.Advance(kAdvisoryPart);
  EXPECT_THAT(Get(id_), IsOk());
}

// --- Login budget ---

TEST_F(SessionLifeTest, ALoopOfReportsEndsAtTheLoginBudgetAndGoesOnWhenItIsFreed) {
  constexpr absl::Duration kEvery = absl::Seconds(2);
  const base::BootTime first = clock.BootNow();
  int answered = 0;
  absl::StatusOr<SessionPtr> answer = Get(id_);
  for (; answer.ok(); answer = Get(id_)) {
    ASSERT_LT(++answered, 100);
    clock.Advance(kEvery);
    ASSERT_THAT(Report(absl::StrCat("caller-", answered), (*answer)->version), IsOk());
  }
  // Ten of the thirty are kept for renewals, and nothing lives that could be renewed.
  EXPECT_EQ(logins(), 20u);
  EXPECT_THAT(answer, HasReason(base::Reason::kLoginBudgetExhausted));
  const absl::Duration wait = *base::DetailsOf(answer.status()).retry_after;
  EXPECT_EQ(clock.BootNow() + wait, first + absl::Hours(1));
  scheduler.Advance(wait - kOneTick);
  EXPECT_THAT(Get(id_), HasReason(base::Reason::kLoginBudgetExhausted));
  scheduler.Advance(kOneTick);
  EXPECT_THAT(Get(id_), IsOk());
  EXPECT_EQ(logins(), 21u);
}

TEST_F(SessionLifeTest, AnAccountThatIsOutOfLoginsSaysSoAndAnOperatorGivesItNewOnes) {
  policy.budget = {.limit = 3, .for_renewals = 1, .window = absl::Hours(1)};
  Configure(account_);
  const base::BootTime first = clock.BootNow();
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(Summary().cause, std::nullopt);
    SB_ASSERT_OK_AND_ASSIGN(const SessionPtr session, Get(id_));
    EXPECT_THAT(Report("caller", session->version), IsOk());
    scheduler.RunReady();
    clock.Advance(absl::Seconds(1));
  }
  EXPECT_EQ(Summary().standing, Standing::kBackingOff);
  EXPECT_EQ(Summary().cause, base::Reason::kLoginBudgetExhausted);
  EXPECT_EQ(Summary().retry_time, clock.WallNow() + (first + absl::Hours(1) - clock.BootNow()));
  EXPECT_THAT(Get(id_), HasReason(base::Reason::kLoginBudgetExhausted));
  EXPECT_EQ(Unlatch(), Unlatched::kWasOutOfLogins);
  EXPECT_EQ(Summary().standing, Standing::kAbsent);
  EXPECT_EQ(Summary().cause, std::nullopt);
  EXPECT_EQ(Unlatch(), Unlatched::kWasNeither);
  EXPECT_THAT(Get(id_), IsOk());
}

TEST_F(SessionLifeTest, ASpentBudgetIsToldUntilExactlyTheNextLoginMayBegin) {
  policy.budget = {.limit = 1, .for_renewals = 0, .window = absl::Hours(1)};
  Configure(account_);
  LiveWith(kOneTick);
  EXPECT_EQ(Summary().standing, Standing::kLive);
  EXPECT_EQ(Summary().cause, base::Reason::kLoginBudgetExhausted) << "while the session lives, too";
  clock.Advance(absl::Hours(1) - kWholeLife);
  EXPECT_EQ(Summary().standing, Standing::kBackingOff);
  clock.Advance(kOneTick);
  EXPECT_EQ(Summary().standing, Standing::kAbsent);
  EXPECT_EQ(Summary().cause, std::nullopt);
}

TEST_F(SessionLifeTest, AnOperatorOpensALatchAndASpentBudgetAtOnce) {
  policy.budget = {.limit = 1, .for_renewals = 0, .window = absl::Hours(1)};
  Configure(account_);
  ScriptRefusal();
  EXPECT_THAT(Get(id_), HasReason(base::Reason::kCredentialsRejected));
  EXPECT_EQ(Unlatch(), Unlatched::kWasLatched);
  EXPECT_THAT(Get(id_), IsOk());
}

// --- What the configuration says ---

TEST_F(SessionLifeTest, WithoutDemandNothingIsRenewedBeforeAnyoneAsks) {
  policy.demand = absl::ZeroDuration();
  Configure(account_);
  LiveWith(kAdvisoryPart + kOneTick);
  ASSERT_NE(Hit(), nullptr);
  scheduler.Advance(kAdvisoryPart);
  EXPECT_EQ(logins(), 1u);
}

TEST_F(SessionLifeTest, ASessionInHandTakesTheZonesThatAreConfiguredNowAndKeepsItsEnd) {
  const SessionPtr old = LiveWith(kAdvisoryPart + kOneTick);
  policy.life.zones.advisory_percent = 50;
  policy.life.zones.mandatory_percent = 50;
  policy.life.zones.mandatory_at_most = absl::Hours(1);
  policy.life.zones.margin_at_most = absl::ZeroDuration();
  Configure(account_);
  EXPECT_EQ(Hit(), nullptr) << "it is mandatory now";
  EXPECT_EQ(Summary().expire_time, old->expire_time);
  EXPECT_GT((*Get(id_))->version, old->version);
}

TEST_F(SessionLifeTest, NoHourSeesMoreLoginsThanTheBudget) {
  // Lives 95 s, is renewed after 67 s: 53 logins an hour if nothing stopped it.
  constexpr absl::Duration kEvery = absl::Seconds(1);
  std::vector<base::BootTime> begun;
  for (int second = 0; second < 3 * 3600; ++second) {
    login::Grant grant = GrantWithId(absl::StrCat("short-", second));
    grant.idle = absl::Seconds(100);
    authenticator.Script(grant);
    const absl::StatusOr<SessionPtr> answer = Get(id_);
    if (!answer.ok()) {
      ASSERT_THAT(answer, HasReason(base::Reason::kLoginBudgetExhausted));
    }
    scheduler.Advance(kEvery);
    while (begun.size() < logins()) begun.push_back(clock.BootNow());
  }
  ASSERT_GT(begun.size(), 60u);
  for (std::size_t i = 30; i < begun.size(); ++i) {
    EXPECT_GE(begun[i] - begun[i - 30], absl::Hours(1) - kEvery);
  }
}

// --- What changes during a flight ---

TEST_F(SessionLifeTest, ASecretThatChangesDuringALoginGetsItsOwnLogin) {
  authenticator.Hold();
  const auto answer = Ask(id_);
  scheduler.RunReady();
  Configure(OtherSecret());
  EXPECT_EQ(answer->calls, 0);
  authenticator.Release();
  scheduler.RunReady();
  ASSERT_EQ(answer->calls, 1);
  ASSERT_THAT(*answer->result, IsOk());
  EXPECT_EQ((**answer->result)->grant.id, secrets::Secret("session-2"));
  EXPECT_EQ(logins(), 2u);
  EXPECT_EQ(authenticator.overlaps(), 0u);
}

TEST_F(SessionLifeTest, ANewSecretWhileTheOldOneIsBeingRefusedIsTried) {
  authenticator.Hold();
  ScriptRefusal();
  const auto answer = Ask(id_);
  scheduler.RunReady();
  Configure(OtherSecret());
  authenticator.Release();
  scheduler.RunReady();
  ASSERT_EQ(answer->calls, 1);
  EXPECT_THAT(*answer->result, IsOk());
}

TEST_F(SessionLifeTest, TheSameSecretAgainDuringALoginChangesNothing) {
  authenticator.Hold();
  const auto answer = Ask(id_);
  scheduler.RunReady();
  Configure(std::make_shared<login::Account>(*account_));
  authenticator.Release();
  scheduler.RunReady();
  ASSERT_EQ(answer->calls, 1);
  EXPECT_THAT(*answer->result, IsOk());
  EXPECT_EQ(logins(), 1u);
}

TEST_F(SessionLifeTest, AChangedSecretIsTriedWhileTheSessionServes) {
  const SessionPtr session = LiveWith(kWholeLife);
  authenticator.Hold();
  Configure(OtherSecret());
  ASSERT_NE(Hit(), nullptr);
  EXPECT_EQ(Hit()->version, session->version);
  EXPECT_EQ(logins(), 2u);
  authenticator.Release();
  scheduler.RunReady();
  EXPECT_EQ(Hit()->grant.id, secrets::Secret("session-2"));
}

TEST_F(SessionLifeTest, AChangedSecretThatIsWrongLatchesItselfAndTheSessionGoesOn) {
  const SessionPtr session = LiveWith(kWholeLife);
  ScriptRefusal();
  Configure(OtherSecret());
  ASSERT_NE(Hit(), nullptr);
  EXPECT_EQ(Hit()->version, session->version);
  EXPECT_EQ(logins(), 2u);
  Configure(OtherSecret());
  EXPECT_EQ(logins(), 2u);
  // The right one opens it.
  Configure(account_);
  EXPECT_EQ(logins(), 3u);
  EXPECT_EQ(Hit()->grant.id, secrets::Secret("session-3"));
}

TEST_F(SessionLifeTest, ASecretThatChangesWithoutASessionWaitsForWhoAsks) {
  Configure(OtherSecret());
  EXPECT_EQ(logins(), 0u);
  EXPECT_THAT(Get(id_), IsOk());
  EXPECT_EQ(logins(), 1u);
}

TEST_F(SessionLifeTest, SecretsThatChangeOftenSpendNoMoreThanTheBudget) {
  LiveWith(kWholeLife);
  for (int i = 0; i < 100; ++i) {
    auto other = std::make_shared<login::Account>(*account_);
    other->parameters["login"] = absl::StrCat(i);
    Configure(other);
  }
  EXPECT_LE(logins(), static_cast<std::size_t>(policy.budget.limit));
  EXPECT_GT(logins(), 2u);
}

TEST_F(SessionLifeTest, ASessionNeverGoesToAnOriginThatItDoesNotComeFrom) {
  const SessionPtr old = LiveWith(kAdvisoryPart);
  authenticator.Hold();
  EXPECT_EQ(Hit(), old);
  scheduler.RunReady();
  Configure(OtherUrl());
  EXPECT_EQ(Hit(), nullptr);
  const auto answer = Ask(id_);
  authenticator.Release();
  scheduler.RunReady();
  ASSERT_EQ(answer->calls, 1);
  ASSERT_THAT(*answer->result, IsOk());
  EXPECT_EQ((**answer->result)->base_url, "https://other.example");
  EXPECT_GT((**answer->result)->version, old->version);
  EXPECT_EQ(authenticator.overlaps(), 0u);
}

TEST_F(SessionLifeTest, AProbeOfTheOldOriginSaysNothingOfTheNewOne) {
  WithProbe();
  LiveWith(kMandatoryPart);
  authenticator.Hold();
  const auto answer = Ask(id_);
  scheduler.RunReady();
  Configure(OtherUrl());
  authenticator.Release();
  scheduler.RunReady();
  ASSERT_EQ(answer->calls, 1);
  ASSERT_THAT(*answer->result, IsOk());
  EXPECT_EQ((**answer->result)->base_url, "https://other.example");
  EXPECT_EQ(logins(), 2u);
}

TEST_F(SessionLifeTest, WhoWaitsForAnAccountThatIsRemovedIsToldSo) {
  authenticator.Hold();
  const auto answer = Ask(id_);
  scheduler.RunReady();
  manager->Remove(id_);
  scheduler.RunReady();
  authenticator.Release();
  scheduler.RunReady();
  ASSERT_EQ(answer->calls, 1);
  EXPECT_THAT(*answer->result, HasReason(base::Reason::kAccountUnknown));
  EXPECT_THAT(Get(id_), HasReason(base::Reason::kAccountUnknown));
  EXPECT_EQ(logins(), 1u);
}

TEST_F(SessionLifeTest, AnAccountThatIsBackBeforeItsLoginEndedStillHasOneAtATime) {
  authenticator.Hold();
  const auto before = Ask(id_);
  scheduler.RunReady();
  manager->Remove(id_);
  manager->Configure(OtherUrl());
  const auto after = Ask(id_);
  scheduler.RunReady();
  EXPECT_EQ(logins(), 1u);
  authenticator.Release();
  scheduler.RunReady();
  EXPECT_EQ(authenticator.overlaps(), 0u);
  EXPECT_EQ(logins(), 2u);
  for (const auto& answer : {before, after}) {
    ASSERT_EQ(answer->calls, 1);
    ASSERT_THAT(*answer->result, IsOk());
    EXPECT_EQ((**answer->result)->base_url, "https://other.example");
  }
}

TEST_F(SessionLifeTest, NobodyAsksForTheNewSecretWhereAllWhoWaitedGaveUpAndDemandIsOver) {
  authenticator.Hold();
  SessionManager::PendingGet pending;
  Ask(id_, kAsLong, &pending);
  scheduler.RunReady();
  EXPECT_TRUE(pending.GiveUp());
  Configure(OtherUrl());
  clock.Advance(kDemand + kOneTick);
  authenticator.Release();
  scheduler.RunReady();
  EXPECT_EQ(logins(), 1u);
}

TEST_F(SessionLifeTest, AFailureExactlyAtTheExpiryOfTheOldSessionIsShown) {
  LiveWith(kMandatoryPart);
  authenticator.Hold();
  ScriptFailure(base::Reason::kProviderUnreachable);
  const auto early = Ask(id_);
  scheduler.RunReady();
  clock.Advance(kMandatoryPart);
  authenticator.Release();
  scheduler.RunReady();
  ASSERT_EQ(early->calls, 1);
  EXPECT_THAT(*early->result, HasReason(base::Reason::kProviderUnreachable));
}

TEST_F(SessionLifeTest, AFailureATickBeforeTheExpiryOfTheOldSessionIsNot) {
  const SessionPtr old = LiveWith(kMandatoryPart);
  authenticator.Hold();
  ScriptFailure(base::Reason::kProviderUnreachable);
  const auto early = Ask(id_);
  scheduler.RunReady();
  clock.Advance(kMandatoryPart - kOneTick);
  authenticator.Release();
  scheduler.RunReady();
  ASSERT_EQ(early->calls, 1);
  ASSERT_THAT(*early->result, IsOk());
  EXPECT_EQ(**early->result, old);
}

// --- Logout ---

TEST_F(SessionLifeTest, AReplacedSessionIsLoggedOutOnceNobodysClockCanTakeItForAlive) {
  WithLogout();
  const SessionPtr old = LiveWith(kMandatoryPart);
  ASSERT_THAT(Get(id_), IsOk());
  scheduler.Advance(kMandatoryPart + kMargin - kOneTick);
  EXPECT_THAT(logged_out(), IsEmpty());
  scheduler.Advance(kOneTick);
  EXPECT_THAT(logged_out(), ElementsAre(old->grant.id));
  scheduler.Advance(kDemand);
  EXPECT_EQ(logged_out().size(), 1u);
}

TEST_F(SessionLifeTest, TheLastExpiryHandedOutIsThePromise) {
  WithLogout();
  WithProbe();
  const SessionPtr old = LiveWith(kAdvisoryPart);
  ASSERT_THAT(Get(id_), IsOk());
  ASSERT_EQ(Hit()->expire_time, *old->expire_time + (kWholeLife - kAdvisoryPart));
  policy.has_probe = false;
  Configure(account_);
  clock.Advance(kWholeLife - kMandatoryPart);
  ASSERT_THAT(Get(id_), IsOk());
  ASSERT_EQ(logins(), 2u);
  scheduler.Advance(kMandatoryPart + kMargin - kOneTick);
  EXPECT_THAT(logged_out(), IsEmpty());
  scheduler.Advance(kOneTick);
  EXPECT_THAT(logged_out(), ElementsAre(old->grant.id));
}

TEST_F(SessionLifeTest, ASessionOfAFormerBaseUrlIsLoggedOutOnceItsPromiseIsOver) {
  WithLogout();
  const SessionPtr old = LiveWith(kWholeLife);
  Configure(OtherUrl());
  ASSERT_THAT(Get(id_), IsOk());
  scheduler.Advance(kWholeLife + kMargin - kOneTick);
  EXPECT_THAT(logged_out(), IsEmpty());
  scheduler.Advance(kOneTick);
  EXPECT_THAT(logged_out(), ElementsAre(old->grant.id));
}

TEST_F(SessionLifeTest, ASessionThatCameBackUnderTheSameIdIsNotLoggedOut) {
  WithLogout();
  for (int i = 0; i < 3; ++i) authenticator.Script(GrantWithId("same"));
  LiveWith(kMandatoryPart);
  ASSERT_THAT(Get(id_), IsOk());
  scheduler.Advance(2 * kWholeLife);
  EXPECT_THAT(logged_out(), IsEmpty());
}

TEST_F(SessionLifeTest, ASessionThatCameBackAfterAnotherIsNotLoggedOutByItsFirstPromise) {
  WithLogout();
  authenticator.Script(GrantWithId("a"));
  authenticator.Script(GrantWithId("b"));
  authenticator.Script(GrantWithId("a"));
  authenticator.Script(GrantWithId("c"));
  LiveWith(kAdvisoryPart);
  ASSERT_THAT(Get(id_, kAdvisoryPart + kOneTick), IsOk());
  clock.Advance(kOneTick);
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr again, Get(id_, kWholeLife));
  ASSERT_EQ(again->grant.id, secrets::Secret("a"));
  clock.Advance(kOneTick);
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr last, Get(id_, kWholeLife));
  ASSERT_EQ(last->grant.id, secrets::Secret("c"));
  scheduler.Advance(kWholeLife + kMargin - 3 * kOneTick);
  EXPECT_THAT(logged_out(), IsEmpty());
  scheduler.Advance(kOneTick);
  EXPECT_THAT(logged_out(), ElementsAre(secrets::Secret("b")));
  scheduler.Advance(kOneTick);
  EXPECT_THAT(logged_out(), ElementsAre(secrets::Secret("b"), secrets::Secret("a")));
}

TEST_F(SessionLifeTest, NothingIsLoggedOutWhileDraining) {
  WithLogout();
  LiveWith(kMandatoryPart);
  ASSERT_THAT(Get(id_), IsOk());
  manager->Drain();
  scheduler.Advance(2 * kWholeLife);
  EXPECT_THAT(logged_out(), IsEmpty());
}

TEST_F(SessionLifeTest, NothingIsLoggedOutWhenTheManagerGoes) {
  WithLogout();
  LiveWith(kMandatoryPart);
  ASSERT_THAT(Get(id_), IsOk());
  manager.reset();
  scheduler.Advance(2 * kWholeLife);
  EXPECT_THAT(logged_out(), IsEmpty());
}

TEST_F(SessionLifeTest, TheSessionsOfARemovedAccountAreLoggedOutAtOnce) {
  WithLogout();
  const SessionPtr old = LiveWith(kMandatoryPart);
  SB_ASSERT_OK_AND_ASSIGN(const SessionPtr current, Get(id_));
  manager->Remove(id_);
  scheduler.RunReady();
  EXPECT_THAT(logged_out(), ::testing::UnorderedElementsAre(old->grant.id, current->grant.id));
  scheduler.Advance(kWholeLife);
  EXPECT_EQ(logged_out().size(), 2u);
}

TEST_F(SessionLifeTest, WhereTheDefinitionCannotEndSessionsNothingIsTried) {
  LiveWith(kMandatoryPart);
  ASSERT_THAT(Get(id_), IsOk());
  scheduler.Advance(kWholeLife);
  manager->Remove(id_);
  scheduler.RunReady();
  EXPECT_THAT(logged_out(), IsEmpty());
}

// --- The end of the process ---

TEST_F(SessionLifeTest, WhileDrainingNothingBeginsInTheBackground) {
  const SessionPtr session = LiveWith(kAdvisoryPart);
  manager->Drain();
  EXPECT_EQ(Hit(), session);
  scheduler.Advance(kAdvisoryPart - kOneTick);
  EXPECT_EQ(*Get(id_), session);
  EXPECT_EQ(Report("caller", session->version)->result, ReportResult::kInvalidated);
  EXPECT_THAT(Get(id_), HasReason(base::Reason::kDraining));
  EXPECT_EQ(logins(), 1u);
}

TEST_F(SessionLifeTest, AProbeThatFindsTheSessionDeadWhileDrainingCausesNoLogin) {
  WithProbe();
  LiveWith(kMandatoryPart);
  authenticator.Hold();
  authenticator.ScriptProbe(login::ProbeResult::kDead);
  const auto answer = Ask(id_);
  scheduler.RunReady();
  manager->Drain();
  bool idle = false;
  manager->WhenIdle([&] { idle = true; });
  scheduler.RunReady();
  EXPECT_FALSE(idle);
  authenticator.Release();
  scheduler.RunReady();
  ASSERT_EQ(answer->calls, 1);
  EXPECT_THAT(*answer->result, HasReason(base::Reason::kDraining));
  EXPECT_TRUE(idle);
  EXPECT_EQ(logins(), 1u);
}

}  // namespace
}  // namespace sessionbroker::sessions
