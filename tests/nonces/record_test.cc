#include "service/nonces/record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/testing/status_matchers.h"

namespace sessionbroker::nonces {
namespace {

using ::sessionbroker::testing::HasReason;
using ::sessionbroker::testing::IsOk;

TEST(Record, IsReadAsItWasWritten) {
  for (const auto& unit : std::vector<std::optional<SequenceSpec::Unit>>{
           std::nullopt, SequenceSpec::Unit::kCount, SequenceSpec::Unit::kSeconds,
           SequenceSpec::Unit::kMilliseconds}) {
    for (const int64_t floor : {-1, 0, 5}) {
      const Record written = {.id = {"https://v5.icash.bg", "k 1"},
                              .reserved = 2147483646,
                              .floor = floor,
                              .unit = unit,
                              .max = unit.has_value() ? std::optional<int64_t>(7) : std::nullopt,
                              .update_time = absl::FromUnixSeconds(1795219200)};
      SB_ASSERT_OK_AND_ASSIGN(const Record read, Decode(Encode(written)));
      EXPECT_EQ(read.id, written.id);
      EXPECT_EQ(read.reserved, written.reserved);
      EXPECT_EQ(read.floor, written.floor);
      EXPECT_EQ(read.unit, written.unit);
      EXPECT_EQ(read.max, written.max);
      EXPECT_EQ(read.update_time, written.update_time);
    }
  }
}

TEST(Record, WhatIsNoneIsRefused) {
  EXPECT_THAT(Decode("\xff\xff"), HasReason(base::Reason::kStoreUnavailable));
  EXPECT_THAT(Decode(""), HasReason(base::Reason::kStoreUnavailable));
}

TEST(StoreKey, IsOneForEachSequence) {
  std::set<std::string> keys;
  const SequenceId ids[] = {{"https://a", "b"},
                            {"https://a", "b c"},
                            {"https://a:1", "b"},
                            {"https://a", " b"},
                            {"http://a", "b"}};
  for (const SequenceId& id : ids) {
    SB_ASSERT_OK_AND_ASSIGN(const std::string key, StoreKeyOf(id));
    EXPECT_EQ(key.rfind(kStorePrefix, 0), 0u);
    keys.insert(key);
  }
  EXPECT_EQ(keys.size(), std::size(ids));
}

TEST(StoreKey, NameThatCannotBeStoredIsRefused) {
  EXPECT_THAT(StoreKeyOf({"https://a", std::string(1000, 'k')}), IsOk());
  for (const SequenceId& id :
       {SequenceId{"", "k"}, SequenceId{"https://a", ""}, SequenceId{"https://a b", "k"},
        SequenceId{"https://a", std::string("k\0", 2)},
        SequenceId{"https://a", std::string(1024, 'k')}}) {
    EXPECT_THAT(StoreKeyOf(id), HasReason(base::Reason::kInvalidArgument));
  }
}

}  // namespace
}  // namespace sessionbroker::nonces
