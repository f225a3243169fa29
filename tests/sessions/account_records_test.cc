// What accounts are told after a restart, over every store.
#include "service/sessions/account_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "service/base/error.h"
#include "service/base/event_loop.h"
#include "service/storage/memory_store.h"
#include "service/storage/sqlite_store.h"
#include "tests/storage/blocking_store.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_directory.h"

namespace sessionbroker::sessions {
namespace {

using base::BootTime;
using base::Reason;
using ::sessionbroker::testing::BlockingStore;
using ::sessionbroker::testing::FakeClock;
using ::sessionbroker::testing::HasReason;
using ::sessionbroker::testing::IsOk;
using ::sessionbroker::testing::TempDirectory;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

using Keys = std::optional<crypto::SealingKeys>;

const base::AccountId kMain = {"demo", "main"};
const base::AccountId kOther = {"demo", "other"};
constexpr char kId[] = "session-id-0123456789";
constexpr char kAttached[] = "attached-0123456789";
constexpr char kThisBoot[] = "boot-1";
constexpr char kNextBoot[] = "boot-2";

// One key for each digit, the first in front.
Keys KeysOf(absl::string_view digits) {
  std::vector<crypto::SealingKey> keys;
  for (const char digit : digits) {
    keys.push_back(crypto::SealingKey::FromText(secrets::Secret(std::string(64, digit))).value());
  }
  return crypto::SealingKeys::Create(std::move(keys)).value();
}

Fingerprint FingerprintOf(char byte) {
  return Fingerprint::FromBytes(std::string(32, byte)).value();
}

class NoRandom final : public crypto::RandomSource {
 public:
  absl::Status Fill(absl::Span<char> /*out*/) override { return absl::InternalError("dry"); }
};

enum class Kind { kMemory, kSqlite };

class AccountRecordsTest : public ::testing::TestWithParam<Kind> {
 protected:
  AccountRecordsTest() {
    auto loop = base::EventLoop::Create();
    EXPECT_THAT(loop, IsOk());
    loop_ = *std::move(loop);
    EXPECT_THAT(loop_->Start(), IsOk());
    OpenStores();
  }
  ~AccountRecordsTest() override { loop_->Stop(); }

  // From here on it is another process, with these keys.
  void Restart(Keys keys = KeysOf("1"), const std::string& boot_id = kThisBoot) {
    keys_ = std::move(keys);
    boot_id_ = boot_id;
  }
  // Its files, too, are opened anew.
  void RestartAndReopen() {
    Restart();
    if (GetParam() == Kind::kMemory) return;
    durable_.reset();
    sessions_.reset();
    OpenStores();
  }
  // The machine, too: its clock counts from one minute.
  void Reboot() {
    clock_.Reboot(absl::Minutes(1));
    Restart(KeysOf("1"), kNextBoot);
  }

  AccountRecords::Options Options() {
    return {.durable = durable_.get(),
            .sessions = sessions_.get(),
            .scheduler = loop_.get(),
            .clock = &clock_,
            .keys = keys_,
            .boot_id = boot_id_,
            .random = &crypto::SystemRandom()};
  }

  // Makes a call where calls belong and waits for its result, which comes there too, later.
  template <typename T, typename Call>
  T OnLoop(Call call) {
    auto promise = std::make_shared<std::promise<T>>();
    std::future<T> result = promise->get_future();
    loop_->Post([this, promise, call = std::move(call)]() mutable {
      auto returned = std::make_shared<bool>(false);
      call([this, promise, returned](T value) {
        EXPECT_TRUE(loop_->IsLoopThread());
        EXPECT_TRUE(*returned) << "called back inside the call";
        promise->set_value(std::move(value));
      });
      *returned = true;
    });
    return result.get();
  }

  // As a process does it: loads, then calls.
  absl::Status Save(
      const std::function<void(AccountRecords&, AccountRecords::SaveCallback)>& call) {
    return Save(Options(), call);
  }
  absl::Status Save(
      const AccountRecords::Options& options,
      const std::function<void(AccountRecords&, AccountRecords::SaveCallback)>& call) {
    AccountRecords records(options);
    const auto loaded = Load(records);
    EXPECT_THAT(loaded, IsOk());
    return OnLoop<absl::Status>(
        [&](AccountRecords::SaveCallback done) { call(records, std::move(done)); });
  }
  absl::Status SaveSession(const Session& session, const std::string& inputs = "inputs") {
    return Save([&](AccountRecords& records, AccountRecords::SaveCallback done) {
      records.SaveSession(std::make_shared<Session>(session), inputs, std::move(done));
    });
  }
  absl::Status ForgetSession(const base::AccountId& id) {
    return Save([&](AccountRecords& records, AccountRecords::SaveCallback done) {
      records.ForgetSession(id, std::move(done));
    });
  }
  absl::Status SaveRemembered(const base::AccountId& id, const Remembered& remembered) {
    return Save([&](AccountRecords& records, AccountRecords::SaveCallback done) {
      records.SaveRemembered(id, remembered, std::move(done));
    });
  }

  // All pages as one.
  absl::StatusOr<RestoredAccounts> Load(AccountRecords& records) {
    auto all = std::make_shared<RestoredAccounts>();
    const absl::Status status = OnLoop<absl::Status>([&](AccountRecords::SaveCallback done) {
      records.LoadAll([all](RestoredAccounts page) { Merge(std::move(page), all.get()); },
                      std::move(done));
    });
    if (!status.ok()) return status;
    return *all;
  }
  static void Merge(RestoredAccounts page, RestoredAccounts* all) {
    for (auto& [id, part] : page) {
      Restored& restored = (*all)[id];
      if (part.session.has_value()) {
        restored.session = std::move(part.session);
        restored.inputs = std::move(part.inputs);
      }
      if (!IsNothing(part.remembered)) restored.remembered = std::move(part.remembered);
      restored.unreadable.Update(std::move(part.unreadable));
    }
  }
  RestoredAccounts Load() {
    AccountRecords records(Options());
    absl::StatusOr<RestoredAccounts> accounts = Load(records);
    EXPECT_THAT(accounts, IsOk());
    return accounts.value_or(RestoredAccounts());
  }
  Restored Load(const base::AccountId& id) {
    RestoredAccounts accounts = Load();
    EXPECT_EQ(accounts.count(id), 1u);
    ExpectAlone(id, accounts[id]);
    return accounts[id];
  }
  absl::StatusOr<Restored> LoadAlone(AccountRecords& records, const base::AccountId& id) {
    return OnLoop<absl::StatusOr<Restored>>(
        [&](AccountRecords::LoadCallback done) { records.Load(id, std::move(done)); });
  }
  // What there is of one account is the same, asked for alone.
  void ExpectAlone(const base::AccountId& id, const Restored& expected) {
    AccountRecords records(Options());
    const absl::StatusOr<Restored> alone = LoadAlone(records, id);
    ASSERT_THAT(alone, IsOk());
    EXPECT_EQ(alone->unreadable, expected.unreadable);
    EXPECT_EQ(alone->inputs, expected.inputs);
    ASSERT_EQ(alone->session.has_value(), expected.session.has_value());
    if (expected.session.has_value()) {
      EXPECT_EQ(alone->session->version, expected.session->version);
      EXPECT_EQ(alone->session->expires_at, expected.session->expires_at);
    }
    const Remembered& remembered = alone->remembered;
    EXPECT_EQ(remembered.budget.spent().size(), expected.remembered.budget.spent().size());
    EXPECT_EQ(remembered.latch.has_value(), expected.remembered.latch.has_value());
    EXPECT_EQ(remembered.backing_off.has_value(), expected.remembered.backing_off.has_value());
  }

  // A session that was obtained now and lives for 970 s.
  Session SessionOf(const base::AccountId& id) {
    Session session;
    session.id = id;
    session.grant.id = secrets::Secret(kId);
    session.grant.attributes = {{"userId", "19x1"}, {"bytes", std::string("\xff\x00z", 3)}};
    session.grant.attachments = {
        {login::Location::kHeader, "X-Session", secrets::Secret(kAttached), {}},
        {login::Location::kJsonPointer, "/a/b", secrets::Secret(""), {"POST", "PUT"}}};
    session.grant.idle = absl::Seconds(1000);
    session.grant.bound_user_agent = "agent";
    session.grant.bound_to_address = true;
    session.grant.signing_required = true;
    session.base_url = "https://api.example";
    session.egress = "gateway";
    session.version = 1795219200000001;
    session.issue_time = clock_.WallNow() - absl::Minutes(1);
    session.expire_time = clock_.WallNow() + absl::Seconds(970);
    session.expires_at = clock_.BootNow() + absl::Seconds(970);
    session.obtained_at = clock_.BootNow();
    session.zones.advisory_percent = 40;
    session.zones.margin_at_most = absl::Seconds(7);
    session.encoded = "encoded";
    return session;
  }

  std::vector<storage::Entry> EntriesOf(storage::Store& store) {
    return BlockingStore(&store).List({""}).value();
  }
  void Put(storage::Store& store, const std::string& key, const std::string& value) {
    EXPECT_THAT(BlockingStore(&store).Commit({.conditions = {}, .writes = {{key, value}}}), IsOk());
  }

  FakeClock clock_;
  TempDirectory directory_;
  std::unique_ptr<base::EventLoop> loop_;
  Keys keys_ = KeysOf("1");
  std::string boot_id_ = kThisBoot;
  std::unique_ptr<storage::Store> durable_;
  std::unique_ptr<storage::Store> sessions_;

 private:
  std::unique_ptr<storage::Store> Open(const char* name, const storage::DatabaseKind& kind) {
    if (GetParam() == Kind::kMemory) return std::make_unique<storage::MemoryStore>(loop_.get());
    auto store = storage::SqliteStore::Open(directory_.File(name), kind, loop_.get(), nullptr);
    EXPECT_THAT(store, IsOk());
    return *std::move(store);
  }
  void OpenStores() {
    durable_ = Open("durable.db", storage::kDurableState);
    sessions_ = Open("sessions.db", storage::kSessionState);
  }
};

INSTANTIATE_TEST_SUITE_P(All, AccountRecordsTest, ::testing::Values(Kind::kMemory, Kind::kSqlite),
                         [](const auto& test) {
                           return test.param == Kind::kMemory ? "Memory" : "Sqlite";
                         });

void ExpectSame(const Session& actual, const Session& expected) {
  EXPECT_EQ(actual.id, expected.id);
  EXPECT_EQ(actual.base_url, expected.base_url);
  EXPECT_EQ(actual.egress, expected.egress);
  EXPECT_EQ(actual.version, expected.version);
  EXPECT_EQ(actual.issue_time, expected.issue_time);
  EXPECT_EQ(actual.expire_time, expected.expire_time);
  EXPECT_EQ(actual.expires_at, expected.expires_at);
  EXPECT_EQ(actual.obtained_at, expected.obtained_at);
  EXPECT_EQ(actual.zones.advisory_percent, expected.zones.advisory_percent);
  EXPECT_EQ(actual.zones.early_percent, expected.zones.early_percent);
  EXPECT_EQ(actual.zones.mandatory_percent, expected.zones.mandatory_percent);
  EXPECT_EQ(actual.zones.mandatory_at_most, expected.zones.mandatory_at_most);
  EXPECT_EQ(actual.zones.margin_percent, expected.zones.margin_percent);
  EXPECT_EQ(actual.zones.margin_at_most, expected.zones.margin_at_most);
  EXPECT_EQ(actual.grant.id, expected.grant.id);
  EXPECT_EQ(actual.grant.attributes, expected.grant.attributes);
  EXPECT_EQ(actual.grant.idle, expected.grant.idle);
  EXPECT_EQ(actual.grant.absolute, expected.grant.absolute);
  EXPECT_EQ(actual.grant.bound_user_agent, expected.grant.bound_user_agent);
  EXPECT_EQ(actual.grant.bound_to_address, expected.grant.bound_to_address);
  EXPECT_EQ(actual.grant.signing_required, expected.grant.signing_required);
  ASSERT_EQ(actual.grant.attachments.size(), expected.grant.attachments.size());
  for (std::size_t i = 0; i < actual.grant.attachments.size(); ++i) {
    EXPECT_EQ(actual.grant.attachments[i].location, expected.grant.attachments[i].location);
    EXPECT_EQ(actual.grant.attachments[i].name, expected.grant.attachments[i].name);
    EXPECT_EQ(actual.grant.attachments[i].value, expected.grant.attachments[i].value);
    EXPECT_EQ(actual.grant.attachments[i].methods, expected.grant.attachments[i].methods);
  }
}

TEST_P(AccountRecordsTest, AtFirstThereIsNothing) { EXPECT_THAT(Load(), IsEmpty()); }

TEST_P(AccountRecordsTest, SessionIsThereAfterARestartWithAllThatBelongsToIt) {
  Session session = SessionOf(kMain);
  ASSERT_THAT(SaveSession(session, std::string("in\0puts", 7)), IsOk());
  RestartAndReopen();
  const Restored restored = Load(kMain);
  ASSERT_TRUE(restored.session.has_value());
  ExpectSame(*restored.session, session);
  EXPECT_EQ(restored.session->encoded, "");
  EXPECT_EQ(restored.inputs, std::string("in\0puts", 7));
  EXPECT_THAT(restored.unreadable, IsOk());
  EXPECT_TRUE(IsNothing(restored.remembered));
}

TEST_P(AccountRecordsTest, EveryLocationOfAnAttachmentIsKept) {
  using login::Location;
  Session session = SessionOf(kMain);
  session.grant.attachments.clear();
  for (const Location location :
       {Location::kQuery, Location::kHeader, Location::kCookie, Location::kForm,
        Location::kJsonPointer, Location::kPathSegment}) {
    session.grant.attachments.push_back({location, "a", secrets::Secret("v"), {}});
  }
  ASSERT_THAT(SaveSession(session), IsOk());
  ExpectSame(*Load(kMain).session, session);
}

TEST_P(AccountRecordsTest, TheLastSessionSavedIsTheOneThatIsThere) {
  Session session = SessionOf(kMain);
  ASSERT_THAT(SaveSession(session), IsOk());
  session.version += 1;
  session.grant.id = secrets::Secret("another");
  ASSERT_THAT(SaveSession(session), IsOk());
  ASSERT_THAT(SaveSession(SessionOf(kOther)), IsOk());
  Restart();
  EXPECT_THAT(Load(), SizeIs(2));
  ExpectSame(*Load(kMain).session, session);
}

TEST_P(AccountRecordsTest, ForgottenSessionIsGoneAndNoOther) {
  ASSERT_THAT(SaveSession(SessionOf(kMain)), IsOk());
  ASSERT_THAT(SaveSession(SessionOf(kOther)), IsOk());
  ASSERT_THAT(ForgetSession(kMain), IsOk());
  ASSERT_THAT(ForgetSession({"demo", "never"}), IsOk());
  RestartAndReopen();
  const RestoredAccounts accounts = Load();
  ASSERT_THAT(accounts, SizeIs(1));
  EXPECT_EQ(accounts.begin()->first, kOther);
}

TEST_P(AccountRecordsTest, NothingButTheVersionOfASessionCanBeReadInTheStore) {
  ASSERT_THAT(SaveSession(SessionOf(kMain)), IsOk());
  const auto entries = EntriesOf(*sessions_);
  ASSERT_THAT(entries, SizeIs(1));
  EXPECT_EQ(entries[0].key, "session/demo/main");
  EXPECT_EQ(entries[0].value.substr(0, 27), "session 1\n1795219200000001\n");
  for (const char* hidden : {kId, kAttached, "19x1", "api.example", "agent", "inputs"}) {
    EXPECT_THAT(entries[0].value, Not(HasSubstr(hidden)));
  }
  EXPECT_THAT(EntriesOf(*durable_), IsEmpty());
}

TEST_P(AccountRecordsTest, WithoutAKeyOrAStoreForThemNoSessionIsKept) {
  for (const bool without_key : {true, false}) {
    AccountRecords::Options options = Options();
    if (without_key) {
      options.keys = std::nullopt;
    } else {
      options.sessions = nullptr;
    }
    EXPECT_FALSE(AccountRecords(options).KeepsSessions());
    EXPECT_THAT(Save(options,
                     [&](AccountRecords& records, AccountRecords::SaveCallback done) {
                       records.SaveSession(std::make_shared<Session>(SessionOf(kMain)), "",
                                           std::move(done));
                     }),
                IsOk());
    EXPECT_THAT(Save(options,
                     [&](AccountRecords& records, AccountRecords::SaveCallback done) {
                       records.ForgetSession(kMain, std::move(done));
                     }),
                IsOk());
    EXPECT_THAT(EntriesOf(*sessions_), IsEmpty());
    EXPECT_THAT(EntriesOf(*durable_), IsEmpty());
  }
  EXPECT_TRUE(AccountRecords(Options()).KeepsSessions());
}

TEST_P(AccountRecordsTest, SessionThatCannotBeSealedIsNotStored) {
  NoRandom no_random;
  AccountRecords::Options options = Options();
  options.random = &no_random;
  EXPECT_THAT(Save(options,
                   [&](AccountRecords& records, AccountRecords::SaveCallback done) {
                     records.SaveSession(std::make_shared<Session>(SessionOf(kMain)), "",
                                         std::move(done));
                   }),
              HasReason(Reason::kInternal));
  EXPECT_THAT(EntriesOf(*sessions_), IsEmpty());
}

struct TimeCase {
  const char* what;
  // Between the save and the load: both clocks go on, then the wall clock steps.
  absl::Duration passes;
  absl::Duration step;
  bool reboot;
  // Of 970 s.
  absl::Duration left;
};

const TimeCase kTimeCases[] = {
    {"at once", absl::ZeroDuration(), absl::ZeroDuration(), false, absl::Seconds(970)},
    {"later", absl::Seconds(100), absl::ZeroDuration(), false, absl::Seconds(870)},
    {"clock an hour back", absl::Seconds(100), -absl::Hours(1), false, absl::Seconds(870)},
    {"clock ten seconds ahead", absl::Seconds(100), absl::Seconds(10), false, absl::Seconds(860)},
    {"clock a day ahead", absl::Seconds(100), absl::Hours(24), false,
     absl::Seconds(870) - absl::Hours(24)},
    {"other boot", absl::Seconds(100), absl::ZeroDuration(), true, absl::Seconds(870)},
    {"other boot, clock an hour back", absl::Seconds(100), -absl::Hours(1), true,
     absl::Seconds(970)},
    {"other boot, clock a day ahead", absl::Seconds(100), absl::Hours(24), true,
     absl::Seconds(870) - absl::Hours(24)},
};

TEST_P(AccountRecordsTest, SessionEndsWhenTheClockSaysByWhichItEndsEarlier) {
  for (const TimeCase& c : kTimeCases) {
    SCOPED_TRACE(c.what);
    const Session session = SessionOf(kMain);
    ASSERT_THAT(SaveSession(session), IsOk());
    clock_.Advance(c.passes);
    clock_.StepWall(c.step);
    c.reboot ? Reboot() : Restart();
    const Restored restored = Load(kMain);
    ASSERT_TRUE(restored.session.has_value());
    EXPECT_EQ(restored.session->expires_at - clock_.BootNow(), c.left);
    // Its whole life is as long as before, so the zones are where they were.
    EXPECT_EQ(restored.session->expires_at - restored.session->obtained_at, absl::Seconds(970));
    // Callers are never told more than is left, nor more than they were.
    EXPECT_EQ(restored.session->expire_time,
              std::min(*session.expire_time, clock_.WallNow() + c.left));
    EXPECT_EQ(restored.session->version, session.version);
    Restart(KeysOf("1"), kThisBoot);
    clock_.Reboot(absl::Hours(1));
  }
}

TEST_P(AccountRecordsTest, ClocksThatWereLookedAtOneAfterTheOtherChangeNothingThatCallersAreTold) {
  const Session session = SessionOf(kMain);
  ASSERT_THAT(SaveSession(session), IsOk());
  clock_.StepWall(-absl::Milliseconds(5));
  const Restored restored = Load(kMain);
  ExpectSame(*restored.session, session);
}

TEST_P(AccountRecordsTest, BootThatIsNotKnownIsNotTheSame) {
  Restart(KeysOf("1"), "");
  ASSERT_THAT(SaveSession(SessionOf(kMain)), IsOk());
  clock_.Reboot(absl::Hours(9));
  clock_.StepWall(absl::Seconds(70));
  EXPECT_EQ(Load(kMain).session->expires_at, BootTime(absl::Hours(9)) + absl::Seconds(900));
}

TEST_P(AccountRecordsTest, EndThatCallersWereToldHoldsWhateverTheOtherTimesSay) {
  Session session = SessionOf(kMain);
  session.expires_at = clock_.BootNow() + absl::Hours(5);
  ASSERT_THAT(SaveSession(session), IsOk());
  EXPECT_EQ(Load(kMain).session->expires_at, clock_.BootNow() + absl::Seconds(970));
}

TEST_P(AccountRecordsTest, SessionWithoutAnEndStaysWithoutOne) {
  Session session = SessionOf(kMain);
  session.expire_time = std::nullopt;
  session.expires_at = BootTime::InfiniteFuture();
  session.grant.idle = std::nullopt;
  session.grant.absolute = absl::Hours(3);
  ASSERT_THAT(SaveSession(session), IsOk());
  clock_.Advance(absl::Hours(100));
  const Restored restored = Load(kMain);
  ExpectSame(*restored.session, session);
}

TEST_P(AccountRecordsTest, OldKeysOpenAndTheFirstSeals) {
  ASSERT_THAT(SaveSession(SessionOf(kMain)), IsOk());
  Restart(KeysOf("21"));
  const Restored restored = Load(kMain);
  ASSERT_TRUE(restored.session.has_value());
  ASSERT_THAT(SaveSession(*restored.session), IsOk());
  Restart(KeysOf("2"));
  EXPECT_TRUE(Load(kMain).session.has_value());
}

// How an entry that cannot be read came about, and what is said of it.
struct Spoilt {
  const char* what;
  std::string value;
  Keys keys;
  const char* said;
};

TEST_P(AccountRecordsTest, SessionThatCannotBeReadIsSaidSoAndLeftAsItIs) {
  ASSERT_THAT(SaveSession(SessionOf(kMain)), IsOk());
  ASSERT_THAT(SaveSession(SessionOf(kOther)), IsOk());
  const auto entries = EntriesOf(*sessions_);
  ASSERT_THAT(entries, SizeIs(2));
  const std::string good = entries[0].value;
  std::string flipped = good;
  flipped.back() = static_cast<char>(flipped.back() ^ 1);
  const std::string other_key_id =
      crypto::SealingKey::FromText(secrets::Secret(std::string(64, '1')))->id();
  const std::vector<Spoilt> kCases = {
      {"another account's", entries[1].value, KeysOf("1"), "sealed for another place"},
      {"another version's", absl::StrReplaceAll(good, {{"00001\n", "00002\n"}}), KeysOf("1"),
       "sealed for another place"},
      {"a bit flipped", flipped, KeysOf("1"), "damaged"},
      {"cut", good.substr(0, good.size() - 1), KeysOf("1"), "damaged"},
      {"cut within its head", "session 1\n17", KeysOf("1"), "damaged"},
      {"empty", "", KeysOf("1"), "damaged"},
      {"no record", "sealed\n", KeysOf("1"), "damaged"},
      {"a later layout", absl::StrReplaceAll(good, {{"session 1\n", "session 2\n"}}), KeysOf("1"),
       "a later version wrote it (layout 2, this one knows 1); run that version or a later one"},
      {"key gone", good, KeysOf("2"), "put it back under sealing_keys"},
      {"all keys gone", good, std::nullopt, "put the key that sealed it back under sealing_keys"},
  };
  for (const Spoilt& c : kCases) {
    SCOPED_TRACE(c.what);
    Put(*sessions_, "session/demo/main", c.value);
    Restart(c.keys);
    const auto before = EntriesOf(*sessions_);
    const Restored restored = Load(kMain);
    EXPECT_FALSE(restored.session.has_value());
    EXPECT_THAT(restored.unreadable, HasReason(Reason::kStoreUnavailable));
    const std::string said(restored.unreadable.message());
    EXPECT_THAT(said, AllOf(HasSubstr("demo/main"), HasSubstr(c.said),
                            HasSubstr("move sessions.db out of the state directory")));
    if (c.keys.has_value() && said.find("put it back") != std::string::npos) {
      EXPECT_THAT(said, HasSubstr(other_key_id));
    }
    // Nobody overwrites it; the neighbour is not concerned.
    if (c.keys.has_value()) {
      EXPECT_EQ(SaveSession(SessionOf(kMain)), restored.unreadable);
    }
    EXPECT_EQ(ForgetSession(kMain), restored.unreadable);
    EXPECT_EQ(EntriesOf(*sessions_), before);
    Restart();
    EXPECT_THAT(Load(kOther).unreadable, IsOk());
  }
  Put(*sessions_, "session/demo/main", good);
  EXPECT_THAT(Load(kMain).unreadable, IsOk());
}

Remembered RememberedAt(BootTime now) {
  return {.budget = LoginBudget({{now - absl::Minutes(5), LoginKind::kFirst},
                                 {now - absl::Minutes(1), LoginKind::kRenewal}}),
          .backing_off =
              BackingOff{.failures = 3,
                         .until = now + absl::Seconds(100),
                         .cause = base::MakeError({.reason = Reason::kProviderLockedOut,
                                                   .retry_after = absl::Milliseconds(1500),
                                                   .metadata = {{"limit", "3"}, {"actual", "4"}}},
                                                  "locked \xff out")},
          .latch = Latch{.fingerprint = FingerprintOf('f'),
                         .cause = base::MakeError(Reason::kCredentialsRejected, "refused"),
                         .since = absl::FromUnixSeconds(1795219000)}};
}

TEST_P(AccountRecordsTest, WhatAnAccountRemembersIsThereAfterARestart) {
  const BootTime now = clock_.BootNow();
  const Remembered saved = RememberedAt(now);
  ASSERT_THAT(SaveRemembered(kMain, saved), IsOk());
  RestartAndReopen();
  const Restored restored = Load(kMain);
  EXPECT_FALSE(restored.session.has_value());
  EXPECT_THAT(restored.unreadable, IsOk());
  const Remembered& remembered = restored.remembered;
  const auto& spent = remembered.budget.spent();
  ASSERT_THAT(spent, SizeIs(2));
  EXPECT_EQ(spent[0].at, now - absl::Minutes(5));
  EXPECT_EQ(spent[0].kind, LoginKind::kFirst);
  EXPECT_EQ(spent[1].at, now - absl::Minutes(1));
  EXPECT_EQ(spent[1].kind, LoginKind::kRenewal);
  ASSERT_TRUE(remembered.backing_off.has_value());
  EXPECT_EQ(remembered.backing_off->failures, 3);
  EXPECT_EQ(remembered.backing_off->until, now + absl::Seconds(100));
  EXPECT_EQ(remembered.backing_off->cause, saved.backing_off->cause);
  ASSERT_TRUE(remembered.latch.has_value());
  EXPECT_EQ(remembered.latch->fingerprint, FingerprintOf('f'));
  EXPECT_EQ(remembered.latch->cause, saved.latch->cause);
  EXPECT_EQ(remembered.latch->since, saved.latch->since);
}

TEST_P(AccountRecordsTest, EachPartIsRememberedByItself) {
  for (int part = 0; part < 3; ++part) {
    Remembered saved = RememberedAt(clock_.BootNow());
    if (part != 0) saved.budget = LoginBudget();
    if (part != 1) saved.backing_off = std::nullopt;
    if (part != 2) saved.latch = std::nullopt;
    ASSERT_THAT(SaveRemembered(kMain, saved), IsOk());
    const Remembered remembered = Load(kMain).remembered;
    EXPECT_EQ(remembered.budget.spent().size(), part == 0 ? 2u : 0u);
    EXPECT_EQ(remembered.backing_off.has_value(), part == 1);
    EXPECT_EQ(remembered.latch.has_value(), part == 2);
  }
}

TEST_P(AccountRecordsTest, EveryReasonIsRemembered) {
  for (const Reason reason : base::AllReasons()) {
    Remembered saved = RememberedAt(clock_.BootNow());
    saved.latch->cause = base::MakeError(reason, "why");
    ASSERT_THAT(SaveRemembered(kMain, saved), IsOk());
    EXPECT_EQ(Load(kMain).remembered.latch->cause, saved.latch->cause);
  }
}

TEST_P(AccountRecordsTest, WhereNothingIsRememberedAnyMoreTheRecordGoes) {
  ASSERT_THAT(SaveRemembered(kMain, RememberedAt(clock_.BootNow())), IsOk());
  ASSERT_THAT(SaveRemembered(kOther, RememberedAt(clock_.BootNow())), IsOk());
  ASSERT_THAT(SaveSession(SessionOf(kMain)), IsOk());
  ASSERT_THAT(SaveRemembered(kMain, Remembered()), IsOk());
  const auto entries = EntriesOf(*durable_);
  ASSERT_THAT(entries, SizeIs(1));
  EXPECT_EQ(entries[0].key, "account/demo/other");
  EXPECT_TRUE(Load(kMain).session.has_value());
}

TEST_P(AccountRecordsTest, WhatIsRememberedNeedsNoKey) {
  Restart(std::nullopt);
  ASSERT_THAT(SaveRemembered(kMain, RememberedAt(clock_.BootNow())), IsOk());
  Restart(KeysOf("2"));
  EXPECT_TRUE(Load(kMain).remembered.latch.has_value());
}

TEST_P(AccountRecordsTest, RestsAndBudgetsLastNoLongerThanTheyWereMeant) {
  for (const TimeCase& c : kTimeCases) {
    SCOPED_TRACE(c.what);
    ASSERT_THAT(SaveRemembered(kMain, RememberedAt(clock_.BootNow())), IsOk());
    clock_.Advance(c.passes);
    clock_.StepWall(c.step);
    c.reboot ? Reboot() : Restart();
    const Remembered remembered = Load(kMain).remembered;
    const absl::Duration passed = absl::Seconds(970) - c.left;
    const BootTime now = clock_.BootNow();
    EXPECT_EQ(remembered.backing_off->until - now, absl::Seconds(100) - passed);
    const auto& spent = remembered.budget.spent();
    ASSERT_THAT(spent, SizeIs(2));
    EXPECT_EQ(now - spent[0].at, absl::Minutes(5) + passed);
    EXPECT_EQ(now - spent[1].at, absl::Minutes(1) + passed);
    Restart(KeysOf("1"), kThisBoot);
    clock_.Reboot(absl::Hours(1));
  }
}

TEST_P(AccountRecordsTest, LoginThatIsToComeIsNotCountedLongerThanOneThatIs) {
  Remembered saved;
  saved.budget = LoginBudget({{clock_.BootNow() + absl::Hours(2), LoginKind::kFirst}});
  ASSERT_THAT(SaveRemembered(kMain, saved), IsOk());
  EXPECT_EQ(Load(kMain).remembered.budget.spent()[0].at, clock_.BootNow());
}

TEST_P(AccountRecordsTest, WhatIsRememberedUnreadablyIsSaidSoAndLeftAsItIs) {
  ASSERT_THAT(SaveSession(SessionOf(kMain)), IsOk());
  ASSERT_THAT(SaveRemembered(kMain, RememberedAt(clock_.BootNow())), IsOk());
  const std::string good = EntriesOf(*durable_)[0].value;
  const struct {
    const char* what;
    std::string value;
    const char* said;
  } kCases[] = {
      {"empty", "", "damaged"},
      {"no layout", "account\n", "damaged"},
      {"layout 0", "account 0\n", "damaged"},
      {"a session", "session 1\n", "damaged"},
      {"cut", good.substr(0, good.size() - 1), "damaged"},
      {"a reason of the future", absl::StrReplaceAll(good, {{"REJECTED", "REJECTEX"}}), "damaged"},
      {"a later layout", absl::StrReplaceAll(good, {{"account 1\n", "account 12\n"}}),
       "a later version wrote it (layout 12, this one knows 1)"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.what);
    Put(*durable_, "account/demo/main", c.value);
    const auto before = EntriesOf(*durable_);
    const Restored restored = Load(kMain);
    EXPECT_TRUE(IsNothing(restored.remembered));
    // The session's record is in order.
    EXPECT_TRUE(restored.session.has_value());
    EXPECT_THAT(restored.unreadable, HasReason(Reason::kStoreUnavailable));
    EXPECT_THAT(std::string(restored.unreadable.message()),
                AllOf(HasSubstr("demo/main"), HasSubstr(c.said), HasSubstr("restore durable.db")));
    EXPECT_EQ(SaveRemembered(kMain, Remembered()), restored.unreadable);
    EXPECT_EQ(EntriesOf(*durable_), before);
    EXPECT_THAT(SaveSession(SessionOf(kMain)), IsOk());
  }
}

TEST_P(AccountRecordsTest, EveryAccountComesOnceByEachOfItsPartsHoweverLongAPageIs) {
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    ASSERT_THAT(SaveSession(SessionOf({"demo", name})), IsOk());
    ASSERT_THAT(SaveRemembered({"demo", name}, RememberedAt(clock_.BootNow())), IsOk());
  }
  for (const std::size_t page : {1, 2, 4, 5, 6, 1000}) {
    AccountRecords::Options options = Options();
    options.page = page;
    AccountRecords records(options);
    std::vector<std::string> sessions;
    std::vector<std::string> remembered;
    std::size_t longest = 0;
    EXPECT_THAT(OnLoop<absl::Status>([&](AccountRecords::SaveCallback done) {
                  records.LoadAll(
                      [&](const RestoredAccounts& accounts) {
                        longest = std::max(longest, accounts.size());
                        for (const auto& [id, part] : accounts) {
                          if (part.session.has_value()) sessions.push_back(id.account);
                          if (!IsNothing(part.remembered)) remembered.push_back(id.account);
                        }
                      },
                      std::move(done));
                }),
                IsOk());
    EXPECT_THAT(sessions, ElementsAre("a", "b", "c", "d", "e")) << page;
    EXPECT_THAT(remembered, ElementsAre("a", "b", "c", "d", "e")) << page;
    EXPECT_EQ(longest, std::min<std::size_t>(page, 5)) << page;
  }
}

TEST_P(AccountRecordsTest, NothingIsThereOfAnAccountThatIsNotKnown) {
  ASSERT_THAT(SaveSession(SessionOf(kMain)), IsOk());
  ExpectAlone(kOther, Restored());
}

TEST_P(AccountRecordsTest, RecordThatIsPutBackIsReadAndMayBeOverwrittenAgain) {
  ASSERT_THAT(SaveRemembered(kMain, RememberedAt(clock_.BootNow())), IsOk());
  const std::string key = "account/demo/main";
  const std::string good = EntriesOf(*durable_).front().value;
  Put(*durable_, key, "damaged");
  AccountRecords records(Options());
  const auto save = [&] {
    return OnLoop<absl::Status>([&](AccountRecords::SaveCallback done) {
      records.SaveRemembered(kMain, Remembered(), std::move(done));
    });
  };
  SB_ASSERT_OK_AND_ASSIGN(const Restored damaged, LoadAlone(records, kMain));
  EXPECT_THAT(damaged.unreadable, HasReason(Reason::kStoreUnavailable));
  EXPECT_EQ(save(), damaged.unreadable);
  Put(*durable_, key, good);
  SB_ASSERT_OK_AND_ASSIGN(const Restored mended, LoadAlone(records, kMain));
  EXPECT_THAT(mended.unreadable, IsOk());
  EXPECT_FALSE(IsNothing(mended.remembered));
  EXPECT_THAT(save(), IsOk());
}

TEST_P(AccountRecordsTest, OtherRecordsInTheSameStoresAreNoAccounts) {
  for (storage::Store* store : {durable_.get(), sessions_.get()}) {
    Put(*store, "keys/fingerprint", "x");
    Put(*store, "kept/demo/main/b1", "x");
    Put(*store, "nonces/https://a b", "x");
  }
  EXPECT_THAT(Load(), IsEmpty());
}

// Cannot be read or written.
class BrokenStore final : public storage::Store {
 public:
  explicit BrokenStore(base::Scheduler* scheduler) : scheduler_(scheduler) {}

  void Get(const std::string& /*key*/, GetCallback done) override { Fail(std::move(done)); }
  void List(storage::Range /*range*/, ListCallback done) override { Fail(std::move(done)); }
  void Commit(storage::Transaction /*transaction*/, CommitCallback done) override {
    Fail(std::move(done));
  }

 private:
  template <typename Done>
  void Fail(Done done) {
    scheduler_->Post([done = std::move(done)]() mutable {
      done(base::MakeError(Reason::kStoreUnavailable, "broken"));
    });
  }

  base::Scheduler* const scheduler_;
};

TEST_P(AccountRecordsTest, StoreThatFailsIsSaidSo) {
  BrokenStore broken(loop_.get());
  for (const bool is_durable : {true, false}) {
    AccountRecords::Options options = Options();
    (is_durable ? options.durable : options.sessions) = &broken;
    AccountRecords records(options);
    EXPECT_THAT(Load(records), HasReason(Reason::kStoreUnavailable));
    EXPECT_THAT(LoadAlone(records, kMain), HasReason(Reason::kStoreUnavailable));
    EXPECT_THAT(OnLoop<absl::Status>([&](AccountRecords::SaveCallback done) {
                  if (is_durable) {
                    records.SaveRemembered(kMain, RememberedAt(clock_.BootNow()), std::move(done));
                  } else {
                    records.SaveSession(std::make_shared<Session>(SessionOf(kMain)), "",
                                        std::move(done));
                  }
                }),
                HasReason(Reason::kStoreUnavailable));
  }
}

}  // namespace
}  // namespace sessionbroker::sessions
