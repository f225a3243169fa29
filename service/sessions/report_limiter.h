#ifndef SESSIONBROKER_SERVICE_SESSIONS_REPORT_LIMITER_H_
#define SESSIONBROKER_SERVICE_SESSIONS_REPORT_LIMITER_H_

#include <cstddef>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/base/account_id.h"
#include "service/base/clock.h"

namespace sessionbroker::sessions {

struct ReportPolicy {
  // At once, by one caller about one account, after a long silence; at least 1.
  int burst = 5;
  // One more for each.
  absl::Duration every = absl::Seconds(10);
  // Pairs of caller and account that are remembered. Beyond them, those not yet known are refused
  // until others are forgotten, which takes burst × every.
  std::size_t max_pairs = 100000;
};

// How often a caller may report an account's session as dead. Not thread-safe.
class ReportLimiter {
 public:
  explicit ReportLimiter(const ReportPolicy& policy) : policy_(policy) {}

  // Zero: the report is let through and counted. Else: how long to wait before the next try; a
  // refused one is not counted.
  absl::Duration Take(absl::string_view caller, base::AccountIdView account, base::BootTime now);

  // How many pairs are remembered.
  std::size_t size() const { return full_again_.size(); }

 private:
  absl::Duration WindowOfAll() const { return policy_.every * policy_.burst; }
  // Forgets those who may send a whole burst again; at most once in WindowOfAll.
  void Forget(base::BootTime now);

  const ReportPolicy policy_;
  // When a pair may send a whole burst again.
  absl::flat_hash_map<std::pair<std::string, base::AccountId>, base::BootTime> full_again_;
  base::BootTime next_forget_;
};

}  // namespace sessionbroker::sessions

#endif  // SESSIONBROKER_SERVICE_SESSIONS_REPORT_LIMITER_H_
