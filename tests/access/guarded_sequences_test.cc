#include "service/access/guarded_sequences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "service/storage/memory_store.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/fake_scheduler.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/test_oversight.h"

namespace sessionbroker::access {
namespace {

using ::sessionbroker::testing::HasReason;
using ::sessionbroker::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Policy Operators() { return Policy::Create({{{"loopback"}, {"*/*"}, {Action::kOperate}}}).value(); }

// Counted ones of the keys that these tests use; an origin with a space is none.
nonces::KnownSequences Known() {
  std::vector<nonces::SequenceUse> uses;
  for (const char* origin : {"https://a", "https://a:1", "https://b"}) {
    for (const char* key : {"k", "k1", "k2"}) {
      uses.push_back({{origin, key}, {.unit = nonces::SequenceSpec::Unit::kCount, .max = 100}});
    }
  }
  return nonces::KnownSequences(uses, [](absl::string_view origin) -> absl::StatusOr<std::string> {
    if (absl::StrContains(origin, ' ')) return absl::InvalidArgumentError("has a space");
    return std::string(absl::StripSuffix(origin, ":443"));
  });
}

class GuardedSequencesTest : public ::testing::Test {
 protected:
  absl::StatusOr<nonces::Raised> Raise(const GuardedSequences& guarded,
                                       const nonces::SequenceId& id, int64_t value) {
    absl::StatusOr<nonces::Raised> answer = absl::UnknownError("no answer");
    guarded.Raise(Call(), id.origin, id.key, value,
                  [&](absl::StatusOr<nonces::Raised> raised) { answer = std::move(raised); });
    scheduler_.RunReady();
    return answer;
  }

  absl::StatusOr<SequencePage> List(const GuardedSequences& guarded,
                                    const SequenceListRequest& request) {
    absl::StatusOr<SequencePage> answer = absl::UnknownError("no answer");
    guarded.List(Call(), request,
                 [&](absl::StatusOr<SequencePage> page) { answer = std::move(page); });
    scheduler_.RunReady();
    return answer;
  }

  // "origin key" of each, page by page.
  std::vector<std::string> ListAll(SequenceListRequest request) {
    std::vector<std::string> names;
    do {
      const absl::StatusOr<SequencePage> page = List(guarded_, request);
      EXPECT_THAT(page, IsOk());
      if (!page.ok()) return names;
      EXPECT_LE(page->sequences.size(), static_cast<std::size_t>(request.page_size));
      for (const nonces::Record& record : page->sequences) {
        names.push_back(absl::StrCat(record.id.origin, " ", record.id.key));
      }
      request.page_token = page->next_page_token;
    } while (!request.page_token.empty());
    return names;
  }

  testing::FakeClock clock_;
  testing::FakeScheduler scheduler_{&clock_};
  storage::MemoryStore store_{&scheduler_};
  nonces::Sequencer sequencer_{&store_, &scheduler_, &clock_};
  const PolicyHolder policy_{Operators()};
  const GuardedSequences::Known known_{Known()};
  testing::TestOversight oversight_;
  GuardedSequences guarded_{&policy_, &known_, &sequencer_, oversight_.Get()};
};

TEST_F(GuardedSequencesTest, WithoutARuleToOperateEverywhereNothingIsToldOrDone) {
  ASSERT_THAT(Raise(guarded_, {"https://a", "k"}, 5), IsOk());
  for (const std::vector<Rule>& rules :
       std::vector<std::vector<Rule>>{{},
                                      {{{"loopback"}, {"*/*"}, {Action::kGet, Action::kList}}},
                                      {{{"loopback"}, {"icash/*"}, {Action::kOperate}}}}) {
    const PolicyHolder policy(Policy::Create(rules).value());
    const GuardedSequences guarded(&policy, &known_, &sequencer_, oversight_.Get());
    EXPECT_THAT(List(guarded, {}), HasReason(base::Reason::kNotAllowed));
    EXPECT_THAT(Raise(guarded, {"https://a", "k"}, 9), HasReason(base::Reason::kNotAllowed));
    EXPECT_THAT(Raise(guarded, {"https://a", "none"}, 9), HasReason(base::Reason::kNotAllowed));
  }
  const std::vector<AuditRecord> records = oversight_.audit.records();
  ASSERT_EQ(records.size(), 10u) << "the raise, and three refusals each";
  EXPECT_EQ(records[0].action, AuditAction::kRaiseSequence);
  EXPECT_EQ(records[0].detail, "https://a k 5");
  EXPECT_EQ(records[0].error, std::nullopt);
  EXPECT_EQ(records[1].action, AuditAction::kListSequences);
  EXPECT_EQ(records[1].error, base::Reason::kNotAllowed);
  EXPECT_EQ(records[3].action, AuditAction::kRaiseSequence);
  EXPECT_EQ(records[3].error, base::Reason::kNotAllowed);
  EXPECT_EQ(List(guarded_, {})->sequences[0].reserved, 5);
}

TEST_F(GuardedSequencesTest, PagesGoThroughAllInTheirOrder) {
  for (const char* origin : {"https://b", "https://a", "https://a:1"}) {
    for (const char* key : {"k2", "k1"}) {
      ASSERT_THAT(Raise(guarded_, {origin, key}, 5), IsOk());
    }
  }
  const auto all = ElementsAre("https://a k1", "https://a k2", "https://a:1 k1", "https://a:1 k2",
                               "https://b k1", "https://b k2");
  for (const int32_t size : {1, 2, 3, 4, 6, 7}) EXPECT_THAT(ListAll({.page_size = size}), all);
  EXPECT_THAT(ListAll({.key = "k2", .page_size = 2}),
              ElementsAre("https://a k2", "https://a:1 k2", "https://b k2"));
  EXPECT_THAT(ListAll({.key = "none", .page_size = 2}), IsEmpty());
}

TEST_F(GuardedSequencesTest, SpellingsOfAnOriginRaiseOneSequence) {
  ASSERT_THAT(Raise(guarded_, {"https://a:443", "k"}, 5), IsOk());
  EXPECT_EQ(Raise(guarded_, {"https://a", "k"}, 6)->previous, 5);
  EXPECT_THAT(ListAll({.page_size = 10}), ElementsAre("https://a k"));
}

TEST_F(GuardedSequencesTest, WhatNoAccountUsesIsNotRaised) {
  EXPECT_THAT(Raise(guarded_, {"https://c", "k"}, 5), HasReason(base::Reason::kSequenceUnknown));
  EXPECT_THAT(Raise(guarded_, {"https://a", "k3"}, 5), HasReason(base::Reason::kSequenceUnknown));
  EXPECT_THAT(Raise(guarded_, {"https://a b", "k"}, 5), HasReason(base::Reason::kInvalidArgument));
  EXPECT_THAT(ListAll({.page_size = 10}), IsEmpty());
}

TEST_F(GuardedSequencesTest, ValueBeyondWhatAccountsUseIsRefusedBeforeTheFirstUse) {
  EXPECT_THAT(Raise(guarded_, {"https://a", "k"}, 100), HasReason(base::Reason::kInvalidArgument));
  EXPECT_THAT(Raise(guarded_, {"https://a", "k"}, 99), IsOk());
}

TEST_F(GuardedSequencesTest, RequestThatMakesNoSenseIsRefused) {
  EXPECT_THAT(List(guarded_, {.page_size = -1}), HasReason(base::Reason::kInvalidArgument));
  EXPECT_THAT(List(guarded_, {.page_token = "x"}), HasReason(base::Reason::kInvalidArgument));
  ASSERT_THAT(Raise(guarded_, {"https://a", "k1"}, 5), IsOk());
  ASSERT_THAT(Raise(guarded_, {"https://b", "k1"}, 5), IsOk());
  const std::string token = List(guarded_, {.key = "k1", .page_size = 1})->next_page_token;
  ASSERT_NE(token, "");
  EXPECT_THAT(List(guarded_, {.key = "k2", .page_token = token}),
              HasReason(base::Reason::kInvalidArgument));
}

}  // namespace
}  // namespace sessionbroker::access
