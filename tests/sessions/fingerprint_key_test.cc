#include "service/sessions/fingerprint_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "service/crypto/hex.h"
#include "service/sessions/fingerprint.h"
#include "service/storage/memory_store.h"
#include "service/storage/sqlite.h"
#include "service/storage/sqlite_database.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/fake_scheduler.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_directory.h"

namespace sessionbroker::sessions {
namespace {

using ::sessionbroker::testing::FakeClock;
using ::sessionbroker::testing::FakeScheduler;
using ::sessionbroker::testing::IsOk;
using ::sessionbroker::testing::StatusIs;
using ::sessionbroker::testing::TempDirectory;
using ::testing::AllOf;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;

using KeyList = std::optional<crypto::SealingKeys>;

constexpr char kEntryKey[] = "keys/fingerprint";

// One key for each digit, the first in front.
KeyList KeyListOf(absl::string_view digits) {
  std::vector<crypto::SealingKey> keys;
  for (const char digit : digits) {
    keys.push_back(crypto::SealingKey::FromText(secrets::Secret(std::string(64, digit))).value());
  }
  return crypto::SealingKeys::Create(std::move(keys)).value();
}

std::string IdOf(char digit) {
  return crypto::SealingKey::FromText(secrets::Secret(std::string(64, digit)))->id();
}

// 0, 1, 2, …
class Counting final : public crypto::RandomSource {
 public:
  absl::Status Fill(absl::Span<char> out) override {
    for (char& c : out) c = static_cast<char>(next_++);
    return absl::OkStatus();
  }

 private:
  int next_ = 0;
};

class Dry final : public crypto::RandomSource {
 public:
  absl::Status Fill(absl::Span<char> /*out*/) override { return absl::InternalError("dry"); }
};

class FingerprintKeyTest : public ::testing::Test {
 protected:
  // Each time as another process.
  absl::StatusOr<FingerprintKey> Load(const KeyList& keys, crypto::RandomSource* random) {
    std::optional<absl::StatusOr<FingerprintKey>> result;
    FingerprintKey::LoadOrMake(
        &store_, keys, random,
        [&result](absl::StatusOr<FingerprintKey> key) { result = std::move(key); });
    EXPECT_FALSE(result.has_value()) << "called back inside the call";
    scheduler_.RunReady();
    EXPECT_TRUE(result.has_value());
    return result.has_value() ? *std::move(result) : absl::UnknownError("not called back");
  }
  absl::StatusOr<FingerprintKey> Load(const KeyList& keys) {
    return Load(keys, &crypto::SystemRandom());
  }
  // Tells one key from another.
  std::string MacWith(const KeyList& keys) {
    const absl::StatusOr<FingerprintKey> key = Load(keys);
    EXPECT_THAT(key, IsOk());
    return key.ok() ? std::string(View(crypto::HexEncode(View(*key->Mac("message"))))) : "";
  }

  std::optional<storage::Entry> Entry() {
    std::optional<storage::Entry> entry;
    store_.Get(kEntryKey, [&entry](absl::StatusOr<std::optional<storage::Entry>> found) {
      entry = *std::move(found);
    });
    scheduler_.RunReady();
    return entry;
  }
  void Put(std::optional<std::string> value) {
    store_.Commit(
        {.conditions = {}, .writes = {{kEntryKey, std::move(value)}}},
        [](const absl::StatusOr<storage::CommitResult>& result) { EXPECT_THAT(result, IsOk()); });
    scheduler_.RunReady();
  }

  FakeClock clock_;
  FakeScheduler scheduler_{&clock_};
  storage::MemoryStore store_{&scheduler_};
};

// printf message | openssl mac -digest SHA256 -macopt hexkey:000102…1f HMAC
constexpr char kMacOfMessage[] = "6297b77508a1a30ea4dfadd8f847c31b49aba45de10a79daf721d3f7ec112a24";

TEST_F(FingerprintKeyTest, IsMadeOfRandomBytesOnceAndMakesHmacs) {
  Counting counting;
  SB_ASSERT_OK_AND_ASSIGN(const FingerprintKey key, Load(std::nullopt, &counting));
  EXPECT_EQ(View(crypto::HexEncode(View(*key.Mac("message")))), kMacOfMessage);
  const auto entry = Entry();
  EXPECT_EQ(MacWith(std::nullopt), kMacOfMessage);
  EXPECT_EQ(Entry(), entry);
}

TEST_F(FingerprintKeyTest, WithASealingKeyItCannotBeReadInTheStore) {
  for (const KeyList& keys : {KeyList(), KeyListOf("1")}) {
    Put(std::nullopt);
    Counting counting;
    ASSERT_THAT(Load(keys, &counting), IsOk());
    EXPECT_EQ(Entry()->value.find("\x10\x11\x12\x13\x14") == std::string::npos, keys.has_value());
    EXPECT_EQ(MacWith(keys), kMacOfMessage);
  }
}

TEST_F(FingerprintKeyTest, OneThatLiesOpenIsSealedOnceThereIsASealingKey) {
  const std::string mac = MacWith(std::nullopt);
  EXPECT_EQ(MacWith(KeyListOf("1")), mac);
  EXPECT_THAT(Entry()->value, HasSubstr("sealed"));
  EXPECT_EQ(MacWith(KeyListOf("1")), mac);
}

TEST_F(FingerprintKeyTest, OutlivesTheSealingKeysThatFollowEachOther) {
  const std::string mac = MacWith(KeyListOf("1"));
  EXPECT_EQ(MacWith(KeyListOf("21")), mac);
  // It was sealed anew: the old key may go.
  EXPECT_EQ(MacWith(KeyListOf("2")), mac);
  EXPECT_EQ(MacWith(KeyListOf("32")), mac);
  const auto entry = Entry();
  EXPECT_EQ(MacWith(KeyListOf("312")), mac);
  EXPECT_EQ(Entry(), entry) << "it lay as it should";
}

TEST_F(FingerprintKeyTest, OneThatCannotBeReadIsAnErrorThatHelpsAndStaysAsItIs) {
  ASSERT_THAT(Load(KeyListOf("1")), IsOk());
  const std::string good = Entry()->value;
  std::string flipped = good;
  flipped.back() = static_cast<char>(flipped.back() ^ 1);
  const struct {
    const char* what;
    std::string value;
    KeyList keys;
    absl::StatusCode code;
    std::string said;
  } kCases[] = {
      {"key gone", good, KeyListOf("2"), absl::StatusCode::kFailedPrecondition,
       absl::StrCat(IdOf('1'),
                    ", which is not among the sealing keys; put it back under "
                    "sealing_keys")},
      {"all keys gone",
       good,
       {},
       absl::StatusCode::kFailedPrecondition,
       "put the key that sealed it back under sealing_keys"},
      {"later", absl::StrReplaceAll(good, {{"key 1\n", "key 2\n"}}), KeyListOf("1"),
       absl::StatusCode::kFailedPrecondition, "a later version wrote it"},
      {"flipped", flipped, KeyListOf("1"), absl::StatusCode::kDataLoss,
       "restore the state directory"},
      {"cut", good.substr(0, 30), KeyListOf("1"), absl::StatusCode::kDataLoss,
       "restore the state directory"},
      {"empty", "", KeyListOf("1"), absl::StatusCode::kDataLoss, "restore the state directory"},
      {"too short",
       "fingerprint-key 1\nclear\n1234",
       {},
       absl::StatusCode::kDataLoss,
       "restore the state directory"},
      {"neither",
       absl::StrCat("fingerprint-key 1\n", std::string(32, 'k')),
       {},
       absl::StatusCode::kDataLoss,
       "restore the state directory"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.what);
    Put(c.value);
    EXPECT_THAT(Load(c.keys), StatusIs(c.code, AllOf(HasSubstr("key for fingerprints"),
                                                     HasSubstr(c.said), HasSubstr("DELETE FROM"))));
    EXPECT_EQ(Entry()->value, c.value);
  }
}

TEST_F(FingerprintKeyTest, WhatTheErrorTellsOperatorsToDoWorks) {
  TempDirectory directory;
  const std::string file = directory.File("durable.db");
  Put("");
  const std::string said(Load(std::nullopt).status().message());
  const std::size_t begin = said.find("DELETE");
  const std::string sql = said.substr(begin, said.rfind('"') - begin);
  {
    SB_ASSERT_OK_AND_ASSIGN(const auto database,
                            storage::SqliteDatabase::Open(file, storage::kDurableState));
    ASSERT_THAT(database->Begin(), IsOk());
    ASSERT_THAT(database->Apply({.conditions = {}, .writes = {{kEntryKey, "x"}, {"other", "y"}}}),
                IsOk());
    ASSERT_THAT(database->End(), IsOk());
  }
  {
    SB_ASSERT_OK_AND_ASSIGN(const auto connection, storage::SqliteConnection::Open({file}));
    ASSERT_THAT(connection->Execute(sql), IsOk());
  }
  SB_ASSERT_OK_AND_ASSIGN(const auto database,
                          storage::SqliteDatabase::Open(file, storage::kDurableState));
  EXPECT_THAT(*database->Get(kEntryKey), Eq(std::nullopt));
  EXPECT_THAT(*database->Get("other"), Not(Eq(std::nullopt)));
}

TEST_F(FingerprintKeyTest, WithoutRandomnessNoneIsMade) {
  Dry dry;
  EXPECT_THAT(Load(std::nullopt, &dry), StatusIs(absl::StatusCode::kInternal, HasSubstr("dry")));
  EXPECT_EQ(Entry(), std::nullopt);
}

TEST_F(FingerprintKeyTest, OfTwoWhoMakeOneAtOnceBothGetTheSame) {
  std::vector<std::string> macs;
  for (int i = 0; i < 2; ++i) {
    FingerprintKey::LoadOrMake(&store_, std::nullopt, &crypto::SystemRandom(),
                               [&macs](const absl::StatusOr<FingerprintKey>& key) {
                                 ASSERT_THAT(key, IsOk());
                                 macs.emplace_back(View(*key->Mac("message")));
                               });
  }
  scheduler_.RunReady();
  ASSERT_EQ(macs.size(), 2u);
  EXPECT_EQ(macs[0], macs[1]);
}

TEST_F(FingerprintKeyTest, FingerprintsUnderItAreComparedAcrossRestartsAndRotations) {
  const auto fingerprint = [this](const KeyList& keys, absl::string_view password) {
    const FingerprintKey key = Load(keys).value();
    const Fingerprint::Part parts[] = {{"secret.password", password}};
    return Fingerprint::Of(parts, [&key](absl::string_view text) { return key.Mac(text); }).value();
  };
  const Fingerprint latched = fingerprint(KeyListOf("1"), "old");
  const auto kept = Fingerprint::FromBytes(std::string(latched.bytes()));
  EXPECT_EQ(*kept, fingerprint(KeyListOf("21"), "old"));
  EXPECT_NE(*kept, fingerprint(KeyListOf("2"), "new"));
  EXPECT_EQ(Fingerprint::FromBytes("short"), std::nullopt);
}

}  // namespace
}  // namespace sessionbroker::sessions
