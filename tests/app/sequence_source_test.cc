#include "service/app/sequence_source.h"

#include <gtest/gtest.h>

#include <optional>

#include "service/storage/memory_store.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/fake_scheduler.h"

namespace sessionbroker::app {
namespace {

using login::SequenceSpec;

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

}  // namespace
}  // namespace sessionbroker::app
