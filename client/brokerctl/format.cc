#include "client/brokerctl/format.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace sessionbroker::brokerctl {
namespace {

// In code points; `text` is UTF-8.
std::size_t Width(absl::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }));
}

}  // namespace

absl::Time ToTime(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

absl::Duration ToDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

std::string SpanText(absl::Duration duration) {
  if (duration < absl::Seconds(1)) {
    return absl::StrCat(absl::ToInt64Milliseconds(duration), "ms");
  }
  const struct {
    absl::Duration unit;
    absl::Duration next;
    const char* name;
    const char* next_name;
  } scales[] = {
      {absl::Hours(24), absl::Hours(1), "d", "h"},
      {absl::Hours(1), absl::Minutes(1), "h", "m"},
      {absl::Minutes(1), absl::Seconds(1), "m", "s"},
  };
  for (const auto& scale : scales) {
    if (duration < scale.unit) continue;
    absl::Duration rest;
    const int64_t units = absl::IDivDuration(duration, scale.unit, &rest);
    const int64_t nexts = rest / scale.next;
    return nexts == 0 ? absl::StrCat(units, scale.name)
                      : absl::StrCat(units, scale.name, " ", nexts, scale.next_name);
  }
  return absl::StrCat(absl::ToInt64Seconds(duration), "s");
}

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", time, absl::UTCTimeZone());
}

std::string TimeTextFrom(absl::Time time, absl::Time now) {
  return time < now ? absl::StrCat(TimeText(time), " (", SpanText(now - time), " ago)")
                    : absl::StrCat(TimeText(time), " (in ", SpanText(time - now), ")");
}

std::string Printable(absl::string_view text) {
  std::string printable;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    const auto next = static_cast<uint8_t>(i + 1 < text.size() ? text[i + 1] : 0);
    if (byte < 0x20 || byte == 0x7F) {
      absl::StrAppendFormat(&printable, "\\x%02x", byte);
    } else if (byte == 0xC2 && next >= 0x80 && next < 0xA0) {
      // U+0080 to U+009F, among them the one-character form of "ESC [".
      absl::StrAppendFormat(&printable, "\\x%02x", next);
      ++i;
    } else {
      printable.push_back(text[i]);
    }
  }
  return printable;
}

std::string AlignColumns(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      absl::StrAppend(&line, row[i], std::string(widths[i] - Width(row[i]) + 2, ' '));
    }
    line.erase(line.find_last_not_of(' ') + 1);
    absl::StrAppend(&text, line, "\n");
  }
  return text;
}

}  // namespace sessionbroker::brokerctl
