#ifndef SESSIONBROKER_SERVICE_SESSIONS_ACCOUNT_SUMMARY_H_
#define SESSIONBROKER_SERVICE_SESSIONS_ACCOUNT_SUMMARY_H_

#include <cstdint>
#include <optional>

#include "absl/time/time.h"
#include "service/base/account_id.h"
#include "service/base/error.h"
#include "service/sessions/account_state.h"

namespace sessionbroker::sessions {

// One account as ListAccounts shows it.
struct AccountSummary {
  base::AccountId id;
  Standing standing = Standing::kAbsent;
  // The live session's; 0 if none is alive.
  int64_t version = 0;
  // The live session's; unset if none is alive or it has no end.
  std::optional<absl::Time> expire_time;
  // Why no login is tried, where the account is backing off, latched or out of logins, whether or
  // not a session is still alive.
  std::optional<base::Reason> cause;
  // When the next login may be tried, where time helps.
  std::optional<absl::Time> retry_time;
};

// How many accounts stand how.
struct StandingCounts {
  int64_t absent = 0;
  int64_t logging_in = 0;
  int64_t live = 0;
  int64_t backing_off = 0;
  int64_t latched = 0;

  void Count(Standing standing);
};

}  // namespace sessionbroker::sessions

#endif  // SESSIONBROKER_SERVICE_SESSIONS_ACCOUNT_SUMMARY_H_
