// What accounts keep between logins: what every implementation must do, run on each of them, and
// what a store adds to it.
#include "service/login/kept_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "service/app/stored_kept_values.h"
#include "service/base/error.h"
#include "service/crypto/sealing.h"
#include "service/login/memory_kept_values.h"
#include "service/storage/memory_store.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/fake_scheduler.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::app {
namespace {

using login::KeptKey;
using login::KeptValues;
using ::sessionbroker::testing::FakeClock;
using ::sessionbroker::testing::FakeScheduler;
using ::sessionbroker::testing::HasReason;
using ::sessionbroker::testing::IsOk;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

using Values = KeptValues::Values;
using Keys = std::optional<crypto::SealingKeys>;

const KeptKey kKey = {{"demo", "main"}, "b1"};
constexpr char kDevice[] = "device-0123456789";
constexpr char kToken[] = "token-0123456789";

login::KeptValue Open(absl::string_view value) { return {secrets::Secret(value), false}; }
login::KeptValue Hidden(absl::string_view value) { return {secrets::Secret(value), true}; }

Values Both() { return {{"device", Open(kDevice)}, {"token", Hidden(kToken)}}; }

// One key for each digit, the first in front.
Keys KeysOf(absl::string_view digits) {
  std::vector<crypto::SealingKey> keys;
  for (const char digit : digits) {
    keys.push_back(crypto::SealingKey::FromText(secrets::Secret(std::string(64, digit))).value());
  }
  return crypto::SealingKeys::Create(std::move(keys)).value();
}

class Surroundings {
 public:
  std::unique_ptr<KeptValues> Stored(Keys keys) {
    return std::make_unique<StoredKeptValues>(&store, &scheduler, std::move(keys));
  }

  absl::StatusOr<Values> Load(KeptValues& kept, const KeptKey& key) {
    std::optional<absl::StatusOr<Values>> result;
    kept.Load(key, [&result](absl::StatusOr<Values> values) { result = std::move(values); });
    EXPECT_FALSE(result.has_value()) << "called back inside the call";
    scheduler.RunReady();
    EXPECT_TRUE(result.has_value());
    return result.value_or(absl::UnknownError("not called back"));
  }

  absl::Status Store(KeptValues& kept, const KeptKey& key, Values values) {
    std::optional<absl::Status> result;
    kept.Store(key, std::move(values), [&result](absl::Status status) { result = status; });
    EXPECT_FALSE(result.has_value()) << "called back inside the call";
    scheduler.RunReady();
    EXPECT_TRUE(result.has_value());
    return result.value_or(absl::UnknownError("not called back"));
  }

  // All that lies in the store.
  std::vector<storage::Entry> Entries() {
    std::vector<storage::Entry> entries;
    store.List({""}, [&entries](absl::StatusOr<std::vector<storage::Entry>> found) {
      entries = *std::move(found);
    });
    scheduler.RunReady();
    return entries;
  }

  void Put(const std::string& key, std::optional<std::string> value) {
    store.Commit({.conditions = {}, .writes = {{key, std::move(value)}}},
                 [](absl::StatusOr<storage::CommitResult> result) { EXPECT_THAT(result, IsOk()); });
    scheduler.RunReady();
  }

  FakeClock clock;
  FakeScheduler scheduler{&clock};
  storage::MemoryStore store{&scheduler};
};

struct Implementation {
  const char* name;
  std::function<std::unique_ptr<KeptValues>(Surroundings&)> make;
};

class KeptValuesConformance : public ::testing::TestWithParam<Implementation> {
 protected:
  absl::StatusOr<Values> Load(const KeptKey& key) { return around_.Load(*kept_, key); }
  absl::Status Store(const KeptKey& key, Values values) {
    return around_.Store(*kept_, key, std::move(values));
  }

  Surroundings around_;
  std::unique_ptr<KeptValues> kept_ = GetParam().make(around_);
};

INSTANTIATE_TEST_SUITE_P(
    All, KeptValuesConformance,
    ::testing::Values(
        Implementation{"Memory",
                       [](Surroundings& around) {
                         return std::make_unique<login::MemoryKeptValues>(&around.scheduler);
                       }},
        Implementation{"Sealed", [](Surroundings& around) { return around.Stored(KeysOf("1")); }},
        Implementation{"Unsealed",
                       [](Surroundings& around) { return around.Stored(std::nullopt); }}),
    [](const auto& test) { return test.param.name; });

TEST_P(KeptValuesConformance, AtFirstThereIsNothing) {
  SB_ASSERT_OK_AND_ASSIGN(const Values values, Load(kKey));
  EXPECT_THAT(values, IsEmpty());
}

TEST_P(KeptValuesConformance, WhatIsStoredIsLoadedWithItsGrades) {
  ASSERT_THAT(Store(kKey, Both()), IsOk());
  SB_ASSERT_OK_AND_ASSIGN(const Values values, Load(kKey));
  EXPECT_TRUE(values == Both());
}

TEST_P(KeptValuesConformance, AnyBytesAreKept) {
  const std::string bytes("\0:5:\n\xff sealed\n", 14);
  const Values kept = {
      {"a", Open(bytes)}, {"b", Hidden(bytes)}, {"c", Open(std::string(9000, 'x'))}};
  ASSERT_THAT(Store(kKey, kept), IsOk());
  SB_ASSERT_OK_AND_ASSIGN(const Values values, Load(kKey));
  EXPECT_TRUE(values == kept);
}

TEST_P(KeptValuesConformance, StoringReplacesAllThatWasKept) {
  ASSERT_THAT(Store(kKey, Both()), IsOk());
  const Values next = {{"other", Hidden("x")}};
  ASSERT_THAT(Store(kKey, next), IsOk());
  SB_ASSERT_OK_AND_ASSIGN(const Values values, Load(kKey));
  EXPECT_TRUE(values == next);
}

TEST_P(KeptValuesConformance, StoringNothingForgets) {
  ASSERT_THAT(Store(kKey, Both()), IsOk());
  ASSERT_THAT(Store(kKey, {}), IsOk());
  SB_ASSERT_OK_AND_ASSIGN(const Values values, Load(kKey));
  EXPECT_THAT(values, IsEmpty());
}

TEST_P(KeptValuesConformance, AnotherAccountAndAnotherBindingHaveNothingOfIt) {
  ASSERT_THAT(Store(kKey, Both()), IsOk());
  for (const KeptKey& other : {KeptKey{{"demo", "main"}, "b2"}, KeptKey{{"demo", "other"}, "b1"},
                               KeptKey{{"other", "main"}, "b1"}}) {
    SB_ASSERT_OK_AND_ASSIGN(const Values values, Load(other));
    EXPECT_THAT(values, IsEmpty());
  }
}

class StoredKeptValuesTest : public ::testing::Test {
 protected:
  // Each time as in another process.
  absl::Status Store(Keys keys, const KeptKey& key, Values values) {
    return around_.Store(*around_.Stored(std::move(keys)), key, std::move(values));
  }
  absl::StatusOr<Values> Load(Keys keys, const KeptKey& key = kKey) {
    return around_.Load(*around_.Stored(std::move(keys)), key);
  }
  // The one entry.
  storage::Entry Entry() {
    const std::vector<storage::Entry> entries = around_.Entries();
    EXPECT_THAT(entries, SizeIs(1));
    return entries.empty() ? storage::Entry() : entries.front();
  }

  Surroundings around_;
};

TEST_F(StoredKeptValuesTest, WithAKeyAllOfItOutlastsTheProcessAndNothingCanBeReadInTheStore) {
  ASSERT_THAT(Store(KeysOf("1"), kKey, Both()), IsOk());
  SB_ASSERT_OK_AND_ASSIGN(const Values values, Load(KeysOf("1")));
  EXPECT_TRUE(values == Both());
  EXPECT_THAT(Entry().value, Not(HasSubstr("device")));
  EXPECT_THAT(Entry().value, Not(HasSubstr("token")));
}

TEST_F(StoredKeptValuesTest, WithoutAKeySecretsEndWithTheProcessAndNeverLieInTheStore) {
  ASSERT_THAT(Store(std::nullopt, kKey, Both()), IsOk());
  EXPECT_THAT(Entry().value, Not(HasSubstr("token")));
  SB_ASSERT_OK_AND_ASSIGN(const Values values, Load(std::nullopt));
  EXPECT_TRUE((values == Values{{"device", Open(kDevice)}}));
  ASSERT_THAT(Store(std::nullopt, kKey, {{"token", Hidden(kToken)}}), IsOk());
  EXPECT_THAT(around_.Entries(), IsEmpty());
}

TEST_F(StoredKeptValuesTest, WhatLiesUnsealedIsSealedOnceItIsWrittenAgain) {
  ASSERT_THAT(Store(std::nullopt, kKey, {{"device", Open(kDevice)}}), IsOk());
  EXPECT_THAT(Entry().value, HasSubstr(kDevice));
  SB_ASSERT_OK_AND_ASSIGN(const Values values, Load(KeysOf("1")));
  ASSERT_THAT(values, SizeIs(1));
  ASSERT_THAT(Store(KeysOf("1"), kKey, values), IsOk());
  EXPECT_THAT(Entry().value, Not(HasSubstr(kDevice)));
}

TEST_F(StoredKeptValuesTest, AKeyIsReplacedByPuttingAnotherInFront) {
  ASSERT_THAT(Store(KeysOf("1"), kKey, Both()), IsOk());
  SB_ASSERT_OK_AND_ASSIGN(const Values values, Load(KeysOf("21")));
  ASSERT_THAT(Store(KeysOf("21"), kKey, values), IsOk());
  EXPECT_THAT(Load(KeysOf("2")), IsOk());
  EXPECT_THAT(Load(KeysOf("1")), HasReason(base::Reason::kStoreUnavailable));
}

TEST_F(StoredKeptValuesTest, WithoutItsKeyAnEntryStaysAndTheErrorSaysWhatToDo) {
  ASSERT_THAT(Store(KeysOf("1"), kKey, Both()), IsOk());
  const storage::Entry before = Entry();
  for (const Keys& keys : {KeysOf("2"), Keys()}) {
    const absl::StatusOr<Values> values = Load(keys);
    EXPECT_THAT(values, HasReason(base::Reason::kStoreUnavailable));
    const std::string said(values.status().message());
    EXPECT_THAT(said, HasSubstr("demo/main"));
    EXPECT_THAT(said, HasSubstr("back under sealing_keys"));
    if (keys.has_value()) {
      EXPECT_THAT(
          said,
          HasSubstr(crypto::SealingKey::FromText(secrets::Secret(std::string(64, '1')))->id()));
    }
  }
  EXPECT_EQ(Entry(), before);
}

TEST_F(StoredKeptValuesTest, AnEntryThatWasMovedOrDamagedIsNotTaken) {
  ASSERT_THAT(Store(KeysOf("1"), kKey, Both()), IsOk());
  const storage::Entry entry = Entry();
  const KeptKey other = {{"demo", "other"}, "b1"};
  around_.Put("kept/demo/other/b1", entry.value);
  EXPECT_THAT(Load(KeysOf("1"), other), HasReason(base::Reason::kStoreUnavailable));
  std::string flipped = entry.value;
  flipped.back() = static_cast<char>(flipped.back() ^ 1);
  for (const std::string& value :
       {flipped, entry.value.substr(0, entry.value.size() - 1), std::string("sealed\n"),
        std::string(), std::string("later\n"), std::string("clear\n5:ab"),
        std::string("clear\n1:a"), std::string("clear\n1:a-1:b0:"), std::string("clear\nx")}) {
    around_.Put(entry.key, value);
    EXPECT_THAT(Load(KeysOf("1")), HasReason(base::Reason::kStoreUnavailable)) << value;
  }
  around_.Put(entry.key, entry.value);
  EXPECT_THAT(Load(KeysOf("1")), IsOk());
}

}  // namespace
}  // namespace sessionbroker::app
