#ifndef SESSIONBROKER_SERVICE_SESSIONS_WATCH_VIEW_H_
#define SESSIONBROKER_SERVICE_SESSIONS_WATCH_VIEW_H_

#include <optional>
#include <variant>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "service/base/clock.h"
#include "service/sessions/account_state.h"
#include "service/sessions/session.h"

// What those who watch an account are to see of it: values and pure functions.
namespace sessionbroker::sessions {

// There is no session to hand out, and none is being got.
struct Outage {
  // What a Get is refused with. Its own delay does not count: `retry_at` does.
  absl::Status cause;
  // When the broker tries again by itself; InfiniteFuture: not before something else happens.
  base::BootTime retry_at = base::BootTime::InfiniteFuture();
  // The same on the wall clock; unset where there is no such time.
  std::optional<absl::Time> retry_time = std::nullopt;
};

// Nothing new to tell: a probe or login is under way or may begin, and will tell.
struct Unsettled {};

using View = std::variant<Unsettled, SessionPtr, Outage>;

// How `state` looks to watchers at `question.now`. A session in hand is shown for as long as it
// lives, also while a Get would wait for its renewal. An outage has no `retry_at` yet.
View ViewOf(const AccountState& state, const Question& question, const AccountPolicy& policy);

// A watcher learns nothing from `b` after `a`: all that is sent of a session is the same, or an
// outage has the same reason and lasts until the same time.
bool TellTheSame(const View& a, const View& b);

// `b` is the session that `a` is, which has been found alive since and ends later.
bool IsExtension(const View& a, const View& b);

}  // namespace sessionbroker::sessions

#endif  // SESSIONBROKER_SERVICE_SESSIONS_WATCH_VIEW_H_
