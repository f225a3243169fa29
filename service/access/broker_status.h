#ifndef SESSIONBROKER_SERVICE_ACCESS_BROKER_STATUS_H_
#define SESSIONBROKER_SERVICE_ACCESS_BROKER_STATUS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "service/sessions/account_summary.h"

namespace sessionbroker::access {

// Which configuration serves, and what became of the last attempt to load another. No secrets.
struct ConfigurationStatus {
  // 1 since the start, one more for each reload that changed something.
  int64_t generation = 1;
  // When what serves was loaded.
  absl::Time load_time;
  // Of the last reload, whatever came of it; unset: there was none.
  std::optional<absl::Time> reload_time;
  // "file:line:column: path: message" of the last reload if it was refused, at most 100.
  std::vector<std::string> mistakes;
  // All of them.
  int64_t mistake_count = 0;
  // Fields that were changed and take a restart, e.g. "listeners".
  std::vector<std::string> needs_restart;
  // Why changes of files may go unnoticed; empty: they do not.
  std::string watch_problem;
};

// How a broker stands.
struct BrokerStatus {
  std::string version;
  absl::Time start_time;
  absl::Duration uptime;
  ConfigurationStatus configuration;
  sessions::StandingCounts accounts;
};

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_BROKER_STATUS_H_
