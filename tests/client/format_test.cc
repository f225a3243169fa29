#include "client/brokerctl/format.h"

#include <gtest/gtest.h>

namespace sessionbroker::brokerctl {
namespace {

TEST(FormatTest, SpansShowTheirTwoLargestUnits) {
  const struct {
    absl::Duration span;
    const char* text;
  } rows[] = {
      {absl::ZeroDuration(), "0ms"},
      {absl::Milliseconds(250), "250ms"},
      {absl::Milliseconds(999) + absl::Microseconds(999), "999ms"},
      {absl::Seconds(1), "1s"},
      {absl::Milliseconds(59999), "59s"},
      {absl::Seconds(60), "1m"},
      {absl::Seconds(61), "1m 1s"},
      {absl::Minutes(23), "23m"},
      {absl::Hours(1) - absl::Seconds(1), "59m 59s"},
      {absl::Hours(1) + absl::Seconds(59), "1h"},
      {absl::Hours(3) + absl::Minutes(20), "3h 20m"},
      {absl::Hours(24), "1d"},
      {absl::Hours(24 * 400 + 5) + absl::Minutes(59), "400d 5h"},
  };
  for (const auto& row : rows) EXPECT_EQ(SpanText(row.span), row.text);
}

TEST(FormatTest, TimesAreUtcAndSayHowFarTheyAre) {
  const absl::Time now = absl::FromUnixSeconds(1795219200);
  EXPECT_EQ(TimeText(now), "2026-11-21 00:00:00 UTC");
  EXPECT_EQ(TimeTextFrom(now, now), "2026-11-21 00:00:00 UTC (in 0ms)");
  EXPECT_EQ(TimeTextFrom(now + absl::Seconds(270), now), "2026-11-21 00:04:30 UTC (in 4m 30s)");
  EXPECT_EQ(TimeTextFrom(now - absl::Hours(3), now), "2026-11-20 21:00:00 UTC (3h ago)");
}

TEST(FormatTest, ProtobufTimesKeepTheirNanoseconds) {
  google::protobuf::Timestamp time;
  time.set_seconds(-1);
  time.set_nanos(250000000);
  EXPECT_EQ(ToTime(time), absl::UnixEpoch() - absl::Milliseconds(750));
  google::protobuf::Duration duration;
  duration.set_seconds(300);
  duration.set_nanos(1);
  EXPECT_EQ(ToDuration(duration), absl::Minutes(5) + absl::Nanoseconds(1));
}

TEST(FormatTest, ControlCharactersDoNotReachTheTerminal) {
  EXPECT_EQ(Printable("a\x1b[31mb\r\n\x7f"), "a\\x1b[31mb\\x0d\\x0a\\x7f");
  EXPECT_EQ(Printable("\xc2\x9b"
                      "31m"),
            "\\x9b31m");
  EXPECT_EQ(Printable("Zürich … 東京 \xc2\xa0"), "Zürich … 東京 \xc2\xa0");
}

TEST(FormatTest, ColumnsAreAsWideAsTheirWidestCell) {
  EXPECT_EQ(AlignColumns({{"a", "bb", "c"}, {"4bf0…", "b"}, {"x", "", "c"}}),
            "a      bb  c\n"
            "4bf0…  b\n"
            "x          c\n");
  EXPECT_EQ(AlignColumns({}), "");
}

}  // namespace
}  // namespace sessionbroker::brokerctl
