#ifndef SESSIONBROKER_CLIENT_BROKERCTL_FORMAT_H_
#define SESSIONBROKER_CLIENT_BROKERCTL_FORMAT_H_

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace sessionbroker::brokerctl {

absl::Time ToTime(const google::protobuf::Timestamp& time);
absl::Duration ToDuration(const google::protobuf::Duration& duration);

// Rounded down to its two largest units, the second one only where it is not 0: "45s", "4m 30s",
// "3h", "2d 5h". What is below 1 s is in milliseconds. Requires a finite `duration` of at least 0.
std::string SpanText(absl::Duration duration);

// "2026-11-21 00:04:30 UTC".
std::string TimeText(absl::Time time);

// The same and how far that is from `now`: "… (in 4m 30s)", "… (3h ago)".
std::string TimeTextFrom(absl::Time time, absl::Time now);

// `text` with control characters as "\x1b": what others wrote must not steer the terminal.
std::string Printable(absl::string_view text);

// Lines with the cells of each column padded to the widest one, two blanks between columns, none at
// a line's end. Cells are counted in code points. Rows may differ in length.
std::string AlignColumns(const std::vector<std::vector<std::string>>& rows);

}  // namespace sessionbroker::brokerctl

#endif  // SESSIONBROKER_CLIENT_BROKERCTL_FORMAT_H_
