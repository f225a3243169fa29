#include "service/login/expression/function_rows.h"
#include "service/login/expression/time_functions.h"

namespace sessionbroker::login {

std::vector<Function> TimeFunctions() {
  using enum Type;
  return {
      {"seconds",
       {"count"},
       FlowRule::kKeeps,
       "So long a duration.",
       {{{kInt}, kDuration, SecondsToDuration}},
       {{R"(seconds(90) > seconds(60))", "true"}}},
      {"milliseconds",
       {"count"},
       FlowRule::kWeakens,
       "So long a duration.",
       {{{kInt}, kDuration, MillisecondsToDuration}},
       {{R"(milliseconds(1500) - seconds(1) == milliseconds(500))", "true"}}},
      {"timestamp",
       {"value"},
       FlowRule::kWeakens,
       "The time so many seconds after 1970-01-01T00:00:00Z, or that a text writes as RFC 3339 "
       "does.",
       {{{kInt}, kTime, UnixSecondsToTime}, {{kText}, kTime, Rfc3339ToTime}},
       {{R"(timestamp(60) - timestamp(0) == seconds(60))", "true"},
        {R"(unix(timestamp("2003-12-15T15:43:07.5+01:00")))", "1071499387"}}},
      {"unix",
       {"time"},
       FlowRule::kKeeps,
       "Whole seconds from 1970-01-01T00:00:00Z to the time, rounded down.",
       {{{kTime}, kInt, TimeToUnixSeconds}},
       {{R"(unix(timestamp(1552989761) + seconds(60)))", "1552989821"}}},
      {"unix_ms",
       {"time"},
       FlowRule::kKeeps,
       "Whole milliseconds from 1970-01-01T00:00:00Z to the time, rounded down.",
       {{{kTime}, kInt, TimeToUnixMilliseconds}},
       {{R"(unix_ms(timestamp(1499827319) + milliseconds(559)))", "1499827319559"}}},
      {"rfc3339",
       {"time"},
       FlowRule::kKeeps,
       "The time in UTC, to the second, rounded down.",
       {{{kTime}, kText, TimeToRfc3339}},
       {{R"(rfc3339(timestamp(1071499387)))", R"("2003-12-15T14:43:07Z")"}}},
      {"format_time",
       {"time", "format"},
       FlowRule::kKeepsTimeOfFormat,
       "The time in UTC, in a [format](#formats-of-time).",
       {{{kTime, kText}, kText, FormatTime}},
       {{R"x(format_time(timestamp(1071499387), "%Y%m%dT%H%M%SZ"))x", R"("20031215T144307Z")"},
        {R"x(format_time(timestamp(0) + milliseconds(1607418537715), "%Y-%m-%dT%H:%M:%E3SZ"))x",
         R"("2020-12-08T09:08:57.715Z")"}}},
      {"parse_time",
       {"text", "format"},
       FlowRule::kWeakens,
       "The time that a text writes in a [format](#formats-of-time), in UTC unless it has a zone.",
       {{{kText, kText}, kTime, ParseTime}},
       {{R"x(unix(parse_time("15 Dec 2003 14:43:07", "%d %b %Y %H:%M:%S")))x", "1071499387"},
        {R"x(unix(parse_time("20031215154307+0100", "%E4Y%m%d%H%M%S%z")))x", "1071499387"}}},
  };
}

}  // namespace sessionbroker::login
