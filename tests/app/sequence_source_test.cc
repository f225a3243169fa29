#include "service/app/sequence_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "service/app/configured_sequences.h"
#include "service/http/url.h"
#include "service/storage/memory_store.h"
#include "tests/login/programs.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/fake_scheduler.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::app {
namespace {

using login::SequenceSpec;
using testing::HasReason;

class SequenceSourceTest : public ::testing::Test {
 protected:
  absl::StatusOr<int64_t> Take(const SequenceSpec& spec, std::optional<int64_t> above = {}) {
    absl::StatusOr<int64_t> result = absl::UnknownError("not called");
    source_.Reserve({.origin = "https://a.example", .key = "k"}, spec, above,
                    [&result](absl::StatusOr<int64_t> value) { result = value; });
    scheduler_.RunReady();
    return result;
  }

  testing::FakeClock clock_;
  testing::FakeScheduler scheduler_{&clock_};
  storage::MemoryStore store_{&scheduler_};
  nonces::Sequencer sequencer_{&store_, &scheduler_, &clock_};
  SequenceSource source_{&sequencer_};
};

TEST_F(SequenceSourceTest, LoginsGetWhatTheirSpecSays) {
  SequenceSpec spec{.unit = SequenceSpec::Unit::kCount, .start = 5, .max = 100};
  EXPECT_EQ(*Take(spec), 5);
  EXPECT_EQ(*Take(spec, 50), 51);
  EXPECT_EQ(*Take(spec), 52);
  EXPECT_EQ(Take(spec, 100).status().code(), absl::StatusCode::kFailedPrecondition);
  const int64_t now = absl::ToUnixSeconds(clock_.WallNow());
  EXPECT_EQ(*Take({.unit = SequenceSpec::Unit::kSeconds}), now);
  spec = {.unit = SequenceSpec::Unit::kSeconds, .max_ahead = absl::Seconds(10)};
  EXPECT_EQ(*Take(spec, now + 9), now + 10);
  EXPECT_EQ(Take(spec).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(*Take({.unit = SequenceSpec::Unit::kMilliseconds}), now * 1000);
}

class ConfiguredSequencesTest : public ::testing::Test {
 protected:
  void AddAccount(const std::string& base_url, const std::string& key) {
    const auto account = login::MakeAccount(login::Builtin("icash"), {{"api_key", key}}, {});
    account->base_url = http::BaseUrl::Create(base_url)->text();
    accounts_.push_back(account);
  }

  std::vector<std::shared_ptr<const login::Account>> accounts_;
};

TEST_F(ConfiguredSequencesTest, AreThoseOfTheAccountsByTheirDefinitions) {
  AddAccount("https://V5.icash.bg:443/api", "k1");
  AddAccount("https://v5.icash.bg", "k1");
  AddAccount("http://127.0.0.1:8080/icash", "k2");
  accounts_.push_back(login::MakeAccount(login::Builtin("vtiger"), {{"username", "k3"}}, {}));
  const nonces::KnownSequences known = ConfiguredSequences(accounts_, {});
  for (const char* origin :
       {"https://v5.icash.bg", "https://V5.ICASH.BG", "HTTPS://v5.icash.bg:443"}) {
    SB_ASSERT_OK_AND_ASSIGN(const auto found, known.Find(origin, "k1"));
    EXPECT_EQ(found.id, (nonces::SequenceId{"https://v5.icash.bg", "k1"}));
    ASSERT_EQ(found.specs.size(), 1u);
    EXPECT_EQ(found.specs[0].max, 2147483647);
    EXPECT_EQ(found.specs[0].unit, nonces::SequenceSpec::Unit::kSeconds);
  }
  EXPECT_EQ(known.Find("http://127.0.0.1:8080", "k2")->id.origin, "http://127.0.0.1:8080");
  for (const char* origin :
       {"http://v5.icash.bg", "https://v5.icash.bg:444", "https://example.com"}) {
    EXPECT_THAT(known.Find(origin, "k1"), HasReason(base::Reason::kSequenceUnknown)) << origin;
  }
}

TEST_F(ConfiguredSequencesTest, WhatIsNoOriginIsRefused) {
  AddAccount("https://a", "k");
  const nonces::KnownSequences known = ConfiguredSequences(accounts_, {});
  for (const char* origin : {"", "v5.icash.bg", "https://", "https://a/", "https://a/b", "ftp://a",
                             "https://a b", "https://u@a", "https://a?b", "https://a:0"}) {
    EXPECT_THAT(known.Find(origin, "k"), HasReason(base::Reason::kInvalidArgument)) << origin;
  }
}

}  // namespace
}  // namespace sessionbroker::app
