#include "service/access/audit_repeats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace sessionbroker::access {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::Time kStart = absl::FromUnixSeconds(1795219200);

AuditEvent HandOutOf(absl::string_view account, int64_t version = 7) {
  return {.caller = "loopback",
          .peer = "ipv4:127.0.0.1:5123",
          .trace_id = "0af7651916cd43dd8448eb211c80319c",
          .provider = "vtiger",
          .account = account,
          .version = version};
}

std::vector<AuditRecord> CollectAll(AuditRepeats& repeats, absl::Time now) {
  std::vector<AuditRecord> all;
  for (std::size_t shard = 0; shard < AuditRepeats::kShards; ++shard) {
    for (AuditRecord& record : repeats.Collect(shard, now)) all.push_back(std::move(record));
  }
  return all;
}

TEST(AuditRepeatsTest, WhatHasALineIsCountedUntilItIsCollected) {
  AuditRepeats repeats({});
  EXPECT_FALSE(repeats.Count(HandOutOf("a")));
  repeats.Remember(RecordOf(HandOutOf("a"), kStart));
  EXPECT_TRUE(repeats.Count(HandOutOf("a")));
  EXPECT_TRUE(repeats.Count(HandOutOf("a")));
  const std::vector<AuditRecord> first = CollectAll(repeats, kStart + absl::Minutes(1));
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_EQ(first[0].account, "a");
  EXPECT_EQ(first[0].version, 7);
  EXPECT_EQ(first[0].repeats, 2);
  EXPECT_EQ(first[0].since, kStart);
  EXPECT_EQ(first[0].time, kStart + absl::Minutes(1));
  EXPECT_EQ(first[0].peer, "") << "those who came again may have come from elsewhere";
  EXPECT_EQ(first[0].trace_id, "");
  EXPECT_THAT(CollectAll(repeats, kStart + absl::Minutes(2)), IsEmpty());
  EXPECT_TRUE(repeats.Count(HandOutOf("a")));
  const std::vector<AuditRecord> second = CollectAll(repeats, kStart + absl::Minutes(3));
  ASSERT_THAT(second, SizeIs(1));
  EXPECT_EQ(second[0].repeats, 1);
  EXPECT_EQ(second[0].since, kStart + absl::Minutes(1)) << "when the last line was written";
}

TEST(AuditRepeatsTest, WhatDiffersInAnythingButConnectionAndTraceHasItsOwnLine) {
  const AuditEvent event = HandOutOf("a");
  std::vector<AuditEvent> others(8, event);
  others[0].caller = "k8s:shop/cart";
  others[1].provider = "abms";
  others[2].account = "b";
  others[3].version = 8;
  others[4].action = AuditAction::kWatch;
  others[5].error = base::Reason::kInvalidArgument;  // The enumeration's first.
  others[6].certificate = "dns:mesh.example";
  others[7].detail = "x";
  AuditRepeats repeats({});
  repeats.Remember(RecordOf(event, kStart));
  for (std::size_t i = 0; i < others.size(); ++i) EXPECT_FALSE(repeats.Count(others[i])) << i;
  AuditEvent elsewhere = event;
  elsewhere.peer = "ipv4:127.0.0.1:6234";
  elsewhere.trace_id = "";
  EXPECT_TRUE(repeats.Count(elsewhere));
}

TEST(AuditRepeatsTest, OfCallersNobodyKnowsTheHostCounts) {
  AuditEvent stranger = {.action = AuditAction::kConnect,
                         .peer = "ipv4:10.0.0.7:5123",
                         .error = base::Reason::kUnauthenticated};
  AuditRepeats repeats({});
  repeats.Remember(RecordOf(stranger, kStart));
  stranger.peer = "ipv4:10.0.0.7:6234";
  EXPECT_TRUE(repeats.Count(stranger));
  stranger.peer = "ipv4:10.0.0.8:5123";
  EXPECT_FALSE(repeats.Count(stranger));
}

TEST(AuditRepeatsTest, WhatDoesNotComeAgainIsForgotten) {
  AuditRepeats repeats({.collections_to_forget = 2});
  repeats.Remember(RecordOf(HandOutOf("a"), kStart));
  CollectAll(repeats, kStart);
  EXPECT_TRUE(repeats.Count(HandOutOf("a")));
  CollectAll(repeats, kStart);
  CollectAll(repeats, kStart);
  EXPECT_TRUE(repeats.Count(HandOutOf("a"))) << "once idle";
  for (int i = 0; i < 3; ++i) CollectAll(repeats, kStart);
  EXPECT_FALSE(repeats.Count(HandOutOf("a")));
}

TEST(AuditRepeatsTest, MemoryIsBoundedAndNoRepeatIsLost) {
  AuditRepeats repeats({.max_entries = 128});
  int64_t counted = 0;
  int64_t told = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string account = absl::StrCat("a", i);
    const auto evicted = repeats.Remember(RecordOf(HandOutOf(account), kStart));
    if (evicted.has_value()) told += evicted->repeats;
    for (int j = 0; j < i % 3; ++j) counted += repeats.Count(HandOutOf(account)) ? 1 : 0;
  }
  const std::vector<AuditRecord> left = CollectAll(repeats, kStart);
  for (const AuditRecord& record : left) told += record.repeats;
  EXPECT_LE(left.size(), 128u);
  EXPECT_EQ(counted, 999);
  EXPECT_EQ(told, counted);
}

TEST(AuditRepeatsTest, TwoWhoAreFirstAtOnceAreOneEntry) {
  AuditRepeats repeats({.max_entries = 64});
  EXPECT_FALSE(repeats.Remember(RecordOf(HandOutOf("a"), kStart)).has_value());
  EXPECT_TRUE(repeats.Count(HandOutOf("a")));
  EXPECT_FALSE(repeats.Remember(RecordOf(HandOutOf("a"), kStart)).has_value())
      << "it does not take its own place";
  EXPECT_THAT(CollectAll(repeats, kStart), SizeIs(1));
}

}  // namespace
}  // namespace sessionbroker::access
