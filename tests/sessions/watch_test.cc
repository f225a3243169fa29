// What those who watch an account see: every transition, at exactly its edge and a tick before.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "service/base/error.h"
#include "service/login/reach.h"
#include "service/sessions/account_records.h"
#include "service/sessions/session_manager.h"
#include "service/storage/memory_store.h"
#include "tests/secrets/reveal.h"
#include "tests/sessions/manager_harness.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::sessions {
namespace {

using ::sessionbroker::testing::GrantWithId;
using ::sessionbroker::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Of AccountNamed, without the share of each account.
constexpr absl::Duration kUsableLife = absl::Seconds(970);
constexpr absl::Duration kFreshPart = absl::Seconds(679);
constexpr absl::Duration kMandatorySpan = absl::Seconds(60);
constexpr absl::Duration kTick = absl::Nanoseconds(1);
// After the first failure where `random` is 0.5.
constexpr absl::Duration kFirstRest = absl::Milliseconds(500);

class WatchTest : public ::testing::Test, protected ManagerHarness {
 protected:
  // One who watches `id`, and reads whenever it is woken, or only when told.
  class Reader {
   public:
    Reader(WatchTest* test, base::AccountIdView id, bool eager) : test_(test) {
      watch_ = test->manager->Watch(id, [this, eager] {
        ++wakes_;
        if (eager) Read();
      });
      if (eager) Read();
    }

    // Takes what there is.
    void Read() {
      while (auto taken = watch_->Take()) {
        if (!taken->ok()) {
          seen_.push_back(
              absl::StrCat("end ", base::NameOf(base::DetailsOf(taken->status()).reason)));
          return;
        }
        seen_.push_back(test_->Describe(***taken));
      }
    }

    // What was taken since this was asked last.
    std::vector<std::string> Seen() { return std::exchange(seen_, {}); }
    int wakes() const { return wakes_; }
    void End(absl::Status status) { watch_->End(std::move(status)); }

   private:
    WatchTest* const test_;
    int wakes_ = 0;
    std::vector<std::string> seen_;
    std::shared_ptr<SessionManager::OpenWatch> watch_;
  };

  WatchTest() : ManagerHarness({}) {
    policy.life.zones.early_percent = 0;
    random = 0.5;
    Create();
  }

  void Create(AccountRecords* records = nullptr) {
    SessionManager::Dependencies dependencies = Dependencies();
    dependencies.records = records;
    dependencies.encoder = [](const Session& session) {
      return absl::StrCat(secrets::Reveal(session.grant.id), " until ",
                          absl::FormatTime(*session.expire_time));
    };
    auto created = SessionManager::Create(std::move(dependencies), {}, {account_});
    EXPECT_THAT(created, IsOk());
    manager = *std::move(created);
    manager->Restore([](const auto& report) { EXPECT_THAT(report, IsOk()); });
    scheduler.RunReady();
  }

  // "session-1 970s": the session and how long it lasts; "REASON/CAUSE 1s": the outage and when it
  // will be over.
  std::string Describe(const WatchState& state) const {
    const absl::Time now = clock.WallNow();
    if (const auto* session = std::get_if<SessionPtr>(&state.view)) {
      EXPECT_EQ(*state.encoded, (*session)->encoded);
      return absl::StrCat(secrets::Reveal((*session)->grant.id), " ",
                          absl::FormatDuration(*(*session)->expire_time - now));
    }
    const auto& outage = std::get<Outage>(state.view);
    const base::ErrorDetails details = base::DetailsOf(outage.cause);
    EXPECT_EQ(*state.encoded, absl::StrCat("no session: ", base::NameOf(details.reason)));
    const auto cause = details.metadata.find("cause");
    return absl::StrCat(base::NameOf(details.reason),
                        cause == details.metadata.end() ? "" : "/" + cause->second,
                        outage.retry_time.has_value()
                            ? absl::StrCat(" ", absl::FormatDuration(*outage.retry_time - now))
                            : "");
  }

  // Reads whatever comes at once.
  std::unique_ptr<Reader> Watch() { return Watch(id_); }
  std::unique_ptr<Reader> Watch(base::AccountIdView id) {
    auto reader = std::make_unique<Reader>(this, id, /*eager=*/true);
    scheduler.RunReady();
    return reader;
  }
  // Reads when told.
  std::unique_ptr<Reader> WatchSlowly() {
    auto reader = std::make_unique<Reader>(this, id_, /*eager=*/false);
    reader->Read();
    scheduler.RunReady();
    return reader;
  }

  void Configure(const std::shared_ptr<const login::Account>& account) {
    manager->Configure(account);
    scheduler.RunReady();
  }
  void WithProbe() {
    policy.has_probe = true;
    Configure(account_);
  }
  void ScriptFailure(base::Reason reason) { authenticator.Script(base::MakeError(reason, "told")); }
  void ScriptRefusal() {
    authenticator.Script(login::WithReach(
        base::MakeError(base::Reason::kCredentialsRejected, "wrong"), login::Reach::kAnswered));
  }
  void ReportCurrent() {
    const SessionPtr session = manager->TryGet(id_, absl::ZeroDuration());
    ASSERT_NE(session, nullptr);
    // Each time someone else: one caller may not do it so often.
    manager->Report(absl::StrCat("caller-", ++reports_), id_, session->version,
                    [](const absl::StatusOr<SessionKeeper::Reported>&) {});
  }

  int reports_ = 0;
  const base::AccountId id_{.provider = "vtiger", .account = "crm"};
  const std::shared_ptr<login::Account> account_ =
      std::const_pointer_cast<login::Account>(AccountNamed("vtiger", "crm"));
};

// --- Sessions ---

TEST_F(WatchTest, TheSessionInHandIsSeenAtOnceAndCostsNothing) {
  ASSERT_THAT(Get(id_), IsOk());
  const auto reader = Watch();
  EXPECT_THAT(reader->Seen(), ElementsAre("session-1 16m10s"));
  EXPECT_EQ(authenticator.logins(), 1u);
}

TEST_F(WatchTest, WhereThereIsNoneALoginBeginsAndItsSessionIsSeen) {
  authenticator.Hold();
  const auto first = Watch();
  const auto second = Watch();
  EXPECT_THAT(first->Seen(), IsEmpty());
  authenticator.Release();
  scheduler.RunReady();
  EXPECT_THAT(first->Seen(), ElementsAre("session-1 16m10s"));
  EXPECT_THAT(second->Seen(), ElementsAre("session-1 16m10s"));
  EXPECT_EQ(authenticator.logins(), 1u);
}

TEST_F(WatchTest, AWatchedSessionIsRenewedAtTheAdvisoryEdgeForAsLongAsItIsWatched) {
  const auto reader = Watch();
  EXPECT_THAT(reader->Seen(), ElementsAre("session-1 16m10s"));
  scheduler.Advance(kFreshPart - kTick);
  EXPECT_THAT(reader->Seen(), IsEmpty());
  scheduler.Advance(kTick);
  EXPECT_THAT(reader->Seen(), ElementsAre("session-2 16m10s"));
  scheduler.Advance(10 * kFreshPart);
  EXPECT_EQ(authenticator.logins(), 12u);
}

TEST_F(WatchTest, OnceNobodyWatchesTheSessionLapses) {
  Watch();
  scheduler.Advance(absl::Hours(24));
  EXPECT_EQ(authenticator.logins(), 1u);
}

TEST_F(WatchTest, ASessionInItsMandatoryPartIsSeenAtOnceAndItsReplacementLater) {
  ASSERT_THAT(Get(id_), IsOk());
  clock.Advance(kUsableLife - kMandatorySpan);
  authenticator.Hold();
  const auto reader = Watch();
  EXPECT_THAT(reader->Seen(), ElementsAre("session-1 1m"));
  authenticator.Release();
  scheduler.RunReady();
  EXPECT_THAT(reader->Seen(), ElementsAre("session-2 16m10s"));
}

TEST_F(WatchTest, AReportedSessionIsReplaced) {
  const auto reader = Watch();
  ReportCurrent();
  scheduler.RunReady();
  EXPECT_THAT(reader->Seen(), ElementsAre("session-1 16m10s", "session-2 16m10s"));
}

TEST_F(WatchTest, WhoComesWhileASessionIsDoubtedSeesWhatIsFoundOutAndOthersNothing) {
  WithProbe();
  const auto early = Watch();
  EXPECT_THAT(early->Seen(), ElementsAre("session-1 16m10s"));
  ReportCurrent();
  authenticator.Hold();
  const auto late = Watch();
  EXPECT_THAT(late->Seen(), IsEmpty());
  authenticator.Release();
  scheduler.RunReady();
  EXPECT_THAT(late->Seen(), ElementsAre("session-1 16m10s"));
  EXPECT_THAT(early->Seen(), IsEmpty());
}

TEST_F(WatchTest, WhoComesWhileAnExpiredSessionIsReplacedDoesNotSeeIt) {
  const auto early = Watch();
  authenticator.Hold();
  scheduler.Advance(kUsableLife);
  const auto late = Watch();
  EXPECT_THAT(late->Seen(), IsEmpty());
  authenticator.Release();
  scheduler.RunReady();
  EXPECT_THAT(late->Seen(), ElementsAre("session-2 16m10s"));
  EXPECT_THAT(early->Seen(), ElementsAre("session-1 16m10s", "session-2 16m10s"));
}

// --- Later ends of the same session ---

TEST_F(WatchTest, ALaterEndIsSeenOnceAMinuteAndThenItIsTheNewest) {
  WithProbe();
  const auto reader = Watch();
  EXPECT_THAT(reader->Seen(), ElementsAre("session-1 16m10s"));
  scheduler.Advance(absl::Seconds(20));
  ReportCurrent();  // It is probed, and found alive.
  scheduler.Advance(absl::Seconds(20));
  ReportCurrent();
  scheduler.Advance(absl::Seconds(20) - kTick);
  EXPECT_THAT(reader->Seen(), IsEmpty());
  scheduler.Advance(kTick);
  EXPECT_THAT(reader->Seen(), ElementsAre("session-1 15m50s")) << "as of 20 s ago";
  ReportCurrent();
  scheduler.Advance(absl::Minutes(1) - kTick);
  EXPECT_THAT(reader->Seen(), IsEmpty());
  scheduler.Advance(kTick);
  EXPECT_THAT(reader->Seen(), ElementsAre("session-1 15m10s"));
}

TEST_F(WatchTest, ALaterEndOfASessionThatWasSeenLongAgoIsSeenAtOnce) {
  WithProbe();
  const auto reader = Watch();
  scheduler.Advance(kFreshPart);
  EXPECT_THAT(reader->Seen(), ElementsAre("session-1 16m10s", "session-1 16m10s"));
  EXPECT_EQ(authenticator.logins(), 1u);
}

TEST_F(WatchTest, NoSecondPassesWithoutAnEndToComeThoughTheLifeIsShorterThanAMinute) {
  login::Grant grant = GrantWithId("short");
  grant.idle = absl::Seconds(40);  // Usable for 38 s, advisory for 11.4, mandatory for 3.8.
  authenticator.Script(grant);
  WithProbe();
  const auto reader = Watch();
  EXPECT_THAT(reader->Seen(), ElementsAre("short 38s"));
  scheduler.Advance(absl::Milliseconds(26'600));  // It is probed.
  EXPECT_THAT(reader->Seen(), IsEmpty());
  scheduler.Advance(absl::Milliseconds(7'600) - kTick);
  EXPECT_THAT(reader->Seen(), IsEmpty());
  scheduler.Advance(kTick);
  EXPECT_THAT(reader->Seen(), ElementsAre("short 30.4s"));
}

// --- Outages ---

TEST_F(WatchTest, AFailedLoginIsAnOutageThatTheBrokerEndsByItself) {
  ScriptFailure(base::Reason::kProviderUnreachable);
  const auto reader = Watch();
  EXPECT_THAT(reader->Seen(), ElementsAre("BACKING_OFF/PROVIDER_UNREACHABLE 500ms"));
  scheduler.Advance(kFirstRest - kTick);
  EXPECT_THAT(reader->Seen(), IsEmpty());
  EXPECT_EQ(authenticator.logins(), 1u);
  scheduler.Advance(kTick);
  EXPECT_THAT(reader->Seen(), ElementsAre("session-2 16m10s"));
}

TEST_F(WatchTest, EachFailureTellsWhenTheNextTryIs) {
  for (int i = 0; i < 3; ++i) ScriptFailure(base::Reason::kProviderUnreachable);
  const auto reader = Watch();
  scheduler.Advance(kFirstRest);
  scheduler.Advance(2 * kFirstRest);
  EXPECT_THAT(reader->Seen(), ElementsAre("BACKING_OFF/PROVIDER_UNREACHABLE 500ms",
                                          "BACKING_OFF/PROVIDER_UNREACHABLE 1s",
                                          "BACKING_OFF/PROVIDER_UNREACHABLE 2s"));
}

TEST_F(WatchTest, WhoComesDuringAnOutageSeesItAtOnce) {
  ScriptFailure(base::Reason::kProviderProtocolError);
  const auto early = Watch();
  scheduler.Advance(absl::Milliseconds(400));
  EXPECT_THAT(Watch()->Seen(), ElementsAre("BACKING_OFF/PROVIDER_PROTOCOL_ERROR 100ms"));
}

TEST_F(WatchTest, RefusedCredentialsAreAnOutageUntilTheyChange) {
  ScriptRefusal();
  const auto reader = Watch();
  EXPECT_THAT(reader->Seen(), ElementsAre("CREDENTIALS_REJECTED"));
  scheduler.Advance(absl::Hours(24));
  EXPECT_EQ(authenticator.logins(), 1u);
  auto other = std::make_shared<login::Account>(*account_);
  other->parameters["login"] = "other";
  Configure(other);
  EXPECT_THAT(reader->Seen(), ElementsAre("session-2 16m10s"));
}

TEST_F(WatchTest, RefusedCredentialsAreTriedAgainWhenAnOperatorSaysSo) {
  ScriptRefusal();
  ScriptRefusal();
  const auto reader = Watch();
  manager->Unlatch(id_, [](const absl::StatusOr<Unlatched>&) {});
  scheduler.RunReady();
  EXPECT_EQ(authenticator.logins(), 2u);
  EXPECT_THAT(reader->Seen(), ElementsAre("CREDENTIALS_REJECTED")) << "nothing is new";
}

TEST_F(WatchTest, ARenewalThatFailsIsNotSeenBeforeTheSessionHasExpired) {
  const auto reader = Watch();
  EXPECT_THAT(reader->Seen(), ElementsAre("session-1 16m10s"));
  ScriptRefusal();
  scheduler.Advance(kUsableLife - kTick);
  EXPECT_EQ(authenticator.logins(), 2u);
  EXPECT_THAT(reader->Seen(), IsEmpty());
  scheduler.Advance(kTick);
  EXPECT_THAT(reader->Seen(), ElementsAre("CREDENTIALS_REJECTED"));
}

TEST_F(WatchTest, ALoginThatWasNotEvenTriedIsAnOutageWithItsReason) {
  authenticator.Script(base::MakeError(
      {.reason = base::Reason::kBackingOff, .retry_after = absl::Seconds(3), .metadata = {}},
      "the provider rests"));
  const auto reader = Watch();
  EXPECT_THAT(reader->Seen(), ElementsAre("BACKING_OFF 3s"));
  scheduler.Advance(absl::Seconds(3) - kTick);
  EXPECT_EQ(authenticator.logins(), 1u);
  scheduler.Advance(kTick);
  EXPECT_THAT(reader->Seen(), ElementsAre("session-2 16m10s"));
}

TEST_F(WatchTest, ABudgetThatIsUsedUpIsAnOutageUntilThereIsMore) {
  policy.budget.limit = 1;
  policy.budget.for_renewals = 0;
  Configure(account_);
  const auto reader = Watch();
  scheduler.Advance(absl::Minutes(20));
  EXPECT_THAT(reader->Seen(), ElementsAre("session-1 16m10s", "LOGIN_BUDGET_EXHAUSTED 43m50s"));
  scheduler.Advance(absl::Minutes(40));
  EXPECT_THAT(reader->Seen(), ElementsAre("session-2 16m10s"));
}

TEST_F(WatchTest, AnAccountWhoseStateCannotBeReadIsAnOutageWithoutAnEnd) {
  storage::MemoryStore store(&scheduler);
  store.Commit({.conditions = {}, .writes = {{"account/vtiger/crm", "damaged"}}},
               [](const auto& committed) { EXPECT_THAT(committed, IsOk()); });
  AccountRecords records(
      {.durable = &store, .scheduler = &scheduler, .clock = &clock, .keys = {}, .boot_id = ""});
  Create(&records);
  const auto reader = Watch();
  scheduler.Advance(absl::Hours(24));
  EXPECT_THAT(reader->Seen(), ElementsAre("STORE_UNAVAILABLE"));
  EXPECT_EQ(authenticator.logins(), 0u);
}

TEST_F(WatchTest, AProviderThatIsDownForAnHourIsNotAskedMoreOftenBecauseSomeoneWatches) {
  for (int i = 0; i < 1000; ++i) ScriptFailure(base::Reason::kProviderUnreachable);
  std::vector<std::unique_ptr<Reader>> readers;
  for (int i = 0; i < 50; ++i) readers.push_back(Watch());
  std::size_t predicted = 0;
  for (absl::Duration at; at <= absl::Hours(1); ++predicted) {
    at += random * LongestRest(static_cast<int>(predicted) + 1, policy.backoff);
  }
  scheduler.Advance(absl::Hours(1));
  EXPECT_EQ(authenticator.logins(), predicted);
  EXPECT_EQ(readers[0]->Seen().size(), authenticator.logins());
}

// --- Ends ---

TEST_F(WatchTest, AnUnknownAccountEndsItAtOnce) {
  EXPECT_THAT(Watch({"vtiger", "none"})->Seen(), ElementsAre("end ACCOUNT_UNKNOWN"));
}

TEST_F(WatchTest, ARemovedAccountEndsItWhateverIsUnderWay) {
  const auto one = Watch();
  ReportCurrent();
  authenticator.Hold();
  scheduler.RunReady();
  manager->Remove(id_);
  scheduler.RunReady();
  EXPECT_THAT(one->Seen(), ElementsAre("session-1 16m10s", "end ACCOUNT_UNKNOWN"));
  EXPECT_THAT(Watch()->Seen(), ElementsAre("end ACCOUNT_UNKNOWN"));
  authenticator.Release();
  scheduler.RunReady();
  EXPECT_EQ(one->wakes(), 2) << "nothing comes after the end";
}

TEST_F(WatchTest, ADrainEndsItAndLetsNobodyWatchAnyMore) {
  const auto one = Watch();
  manager->Drain();
  scheduler.RunReady();
  EXPECT_THAT(one->Seen(), ElementsAre("session-1 16m10s", "end DRAINING"));
  EXPECT_THAT(Watch()->Seen(), ElementsAre("end DRAINING"));
}

TEST_F(WatchTest, WhoEndsItGetsNothingThatWasOnItsWay) {
  const auto reader = WatchSlowly();
  reader->End(base::MakeError(base::Reason::kNotAllowed, "no rule"));
  reader->End(base::MakeError(base::Reason::kDraining, "later"));
  reader->Read();
  EXPECT_THAT(reader->Seen(), ElementsAre("end NOT_ALLOWED"));
}

TEST_F(WatchTest, AnotherBaseUrlIsAnotherSessionAndTheOldOneIsShownToNobody) {
  const auto early = Watch();
  authenticator.Hold();
  auto other = std::make_shared<login::Account>(*account_);
  other->base_url = "https://other.example";
  Configure(other);
  const auto late = Watch();
  EXPECT_THAT(late->Seen(), IsEmpty());
  authenticator.Release();
  scheduler.RunReady();
  EXPECT_THAT(late->Seen(), ElementsAre("session-2 16m10s"));
  EXPECT_THAT(early->Seen(), ElementsAre("session-1 16m10s", "session-2 16m10s"));
}

// --- Readers ---

TEST_F(WatchTest, ASlowReaderGetsTheNewestAndIsWokenOnce) {
  const auto reader = WatchSlowly();
  for (int i = 0; i < 5; ++i) {
    ReportCurrent();
    scheduler.RunReady();
  }
  EXPECT_EQ(reader->wakes(), 1);
  reader->Read();
  EXPECT_THAT(reader->Seen(), ElementsAre("session-6 16m10s"));
  ReportCurrent();
  scheduler.RunReady();
  EXPECT_EQ(reader->wakes(), 2);
}

TEST_F(WatchTest, ManyAreToldInTurnsBetweenWhichOtherWorkGoesOn) {
  std::vector<std::unique_ptr<Reader>> readers;
  for (int i = 0; i < 1000; ++i) readers.push_back(Watch());
  for (const auto& reader : readers) EXPECT_THAT(reader->Seen(), ElementsAre("session-1 16m10s"));
  ReportCurrent();
  int first = -1;
  // Once the login has ended the first of them are told; what comes then waits for one turn only.
  const auto told = [&] {
    int count = 0;
    for (const auto& reader : readers) count += reader->wakes() - 1;
    return count;
  };
  while (told() == 0) ASSERT_TRUE(scheduler.RunOne());
  scheduler.Post([&] { first = told(); });
  scheduler.RunReady();
  EXPECT_GT(first, 0);
  EXPECT_LT(first, 200);
  for (const auto& reader : readers) EXPECT_THAT(reader->Seen(), ElementsAre("session-2 16m10s"));
}

TEST_F(WatchTest, NobodyIsPassedOverThoughOthersLeaveAndStatesChangeMeanwhile) {
  std::vector<std::unique_ptr<Reader>> readers;
  for (int i = 0; i < 1000; ++i) readers.push_back(Watch());
  for (const auto& reader : readers) reader->Seen();
  for (int round = 2; round < 6; ++round) {
    ReportCurrent();
    // Some are told; then the next change comes, and others leave.
    for (int turn = 0; turn < 5 + round; ++turn) scheduler.RunOne();
    for (std::size_t i = 0; i < readers.size(); i += 5) readers[i] = nullptr;
    readers.erase(std::remove(readers.begin(), readers.end(), nullptr), readers.end());
    ReportCurrent();
    scheduler.RunReady();
    const std::vector<std::string> last = readers[0]->Seen();
    ASSERT_FALSE(last.empty());
    for (std::size_t i = 1; i < readers.size(); ++i) {
      const std::vector<std::string> seen = readers[i]->Seen();
      ASSERT_FALSE(seen.empty()) << i;
      EXPECT_EQ(seen.back(), last.back()) << i;
    }
  }
}

TEST_F(WatchTest, NobodyIsPassedOverThoughOthersComeWhileTheyAreTold) {
  std::vector<std::unique_ptr<Reader>> readers;
  for (int i = 0; i < 150; ++i) readers.push_back(Watch());
  for (const auto& reader : readers) reader->Seen();
  for (int round = 0; round < 8; ++round) {
    ReportCurrent();
    // Some are told, so that the next round begins in their midst; then others come.
    for (int turn = 0; turn < 4 + round % 3; ++turn) scheduler.RunOne();
    ReportCurrent();
    for (int turn = 0; turn < 5; ++turn) scheduler.RunOne();
    for (int i = 0; i < 7; ++i) readers.push_back(Watch());
    scheduler.RunReady();
    const std::string last = readers.back()->Seen().back();
    for (std::size_t i = 0; i + 1 < readers.size(); ++i) {
      const std::vector<std::string> seen = readers[i]->Seen();
      ASSERT_FALSE(seen.empty()) << i << " in round " << round;
      EXPECT_EQ(seen.back(), last) << i << " in round " << round;
    }
  }
}

}  // namespace
}  // namespace sessionbroker::sessions
