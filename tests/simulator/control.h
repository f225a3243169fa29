#ifndef SESSIONBROKER_TESTS_SIMULATOR_CONTROL_H_
#define SESSIONBROKER_TESTS_SIMULATOR_CONTROL_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "tests/simulator/message.h"

namespace sessionbroker::simulator {

class Simulator;

// The control API, JSON in and out, so that shell scripts and other processes can do what a test in
// the same process does:
//
//   GET  /_control/          what there is
//   GET  /_control/counters  answers by family, operation and outcome, and those to requests with a
//                             session by family, operation and user; each family's last request
//   GET  /_control/requests  the last 256 requests
//   POST /_control/fault     {"kind", "family", "operation", "skip", "count", "latency_ms",
//                             "handle_first", "status", "content_type", "body", "location",
//                             "bytes"}
//   POST /_control/users     {"family", "name", "access_key" (null: none), "password", "active"}
//   POST /_control/settings  {"family", "maintenance", "lock_user_agent", "allowed_clients",
//                             "time_style", "dead_session_status", "omit_error_message",
//                             "echo_wrong_nonce", "challenge_life", "session_idle",
//                             "session_left_idle", "session_life"}, durations in seconds
//   POST /_control/advance   {"seconds"}, or {"freeze": Unix seconds}
//   POST /_control/kill      {"family", "end": "gone" | "expired" | "left_idle", "user" (all)}
//   POST /_control/expire    {"family"}: forgets the challenges
//   POST /_control/port      {"family", "mode": "open" | "close" | "refuse"}; answers its base URL
//   POST /_control/reset     {"only": ["counters", "faults"]}, or {} for everything
//
// A body with an unknown or mistyped field is answered 400 and changes nothing.
Reply AnswerControl(const Request& request, Simulator& simulator);

inline constexpr char kControlPrefix[] = "/_control/";

// What POST /_control/users and /_control/settings do with a body; for flags and files.
absl::Status AddUserFromJson(const std::string& json, Simulator& simulator);
absl::Status ConfigureFromJson(const std::string& json, Simulator& simulator);

}  // namespace sessionbroker::simulator

#endif  // SESSIONBROKER_TESTS_SIMULATOR_CONTROL_H_
