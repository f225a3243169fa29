#ifndef SESSIONBROKER_SERVICE_SESSIONS_ACCOUNT_STATE_H_
#define SESSIONBROKER_SERVICE_SESSIONS_ACCOUNT_STATE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <variant>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/base/account_id.h"
#include "service/base/clock.h"
#include "service/sessions/session.h"

// How an account stands, and what follows from that for those who ask: values and pure functions.
// The session manager holds the states, the locks and the clock.
namespace sessionbroker::sessions {

// Gets the answer of one Get: a session, or why there is none.
using GetCallback = absl::AnyInvocable<void(absl::StatusOr<SessionPtr>)>;

// One who waits for a login under way.
struct Waiter {
  absl::Duration min_validity;
  GetCallback done;
};
// Never reused within an account.
using WaiterId = uint64_t;
// In the order of their coming.
using Waiters = std::map<WaiterId, Waiter>;

// No login has succeeded yet and none is under way.
struct Absent {};
// The first login is under way.
struct LoggingIn {
  Waiters waiters;
};
// A session is in hand, alive or expired; no login is under way. An expired one is kept for its id
// and version, which the next login is compared with.
struct Live {
  SessionPtr session;
};
// A session is in hand, alive or expired, and a login that will replace it is under way.
struct Renewing {
  SessionPtr session;
  Waiters waiters;
};
using AccountState = std::variant<Absent, LoggingIn, Live, Renewing>;

// The session in hand, alive or expired; nullptr if there is none.
SessionPtr SessionIn(const AccountState& state);

// Those who wait for the login under way; nullptr if none is under way.
Waiters* WaitersIn(AccountState& state);
const Waiters* WaitersIn(const AccountState& state);

// What a Get asks, and what it depends on besides the account's state.
struct Question {
  base::AccountIdView account;
  absl::Duration min_validity;
  base::BootTime now;
  // What a new session of this account offers, see UsableLife.
  absl::Duration usable_life;
  std::size_t max_waiters;
  // No login may begin any more.
  bool draining;
};

// What to do about a Question.
struct HandOut {
  SessionPtr session;
};
struct JoinLogin {};
struct BeginLogin {};
struct Refuse {
  absl::Status error;
};
using Decision = std::variant<HandOut, JoinLogin, BeginLogin, Refuse>;

// The one place that decides. Errors: kInvalidArgument (min_validity is more than a new session can
// offer), kQueueFull, kDraining.
Decision Decide(const AccountState& state, const Question& question);

// The first rung of Decide, for those who hold no state: it is fresh or advisory and stays usable
// for at least `min_validity`.
bool CanHandOutNow(const Session& session, absl::Duration min_validity, base::BootTime now);

// The state once a login has begun, with nobody waiting yet. Requires that none was under way.
AccountState Begin(const AccountState& state);

// What the end of a login leaves.
struct Ended {
  AccountState state;
  // Those to answer, see AnswerTo.
  Waiters waiters;
  // The session that was in hand until then, or nullptr.
  SessionPtr held;
};

// The login under way has ended with `result`. Requires that one was.
Ended End(AccountState state, const absl::StatusOr<SessionPtr>& result);

// What one who asked for `min_validity` gets when a login ends with `result` and `held` (or
// nullptr) was in hand: the new session; the held one if the login failed for a reason that may
// pass and it still serves; else the error.
absl::StatusOr<SessionPtr> AnswerTo(absl::Duration min_validity,
                                    const absl::StatusOr<SessionPtr>& result,
                                    const SessionPtr& held, base::BootTime now);

// How an account stands, as ListAccounts tells it.
enum class Standing {
  // No session that lives; the next Get logs in.
  kAbsent,
  // No session that lives; a login is under way.
  kLoggingIn,
  // A session is alive.
  kLive,
};

Standing StandingOf(const AccountState& state, base::BootTime now);

}  // namespace sessionbroker::sessions

#endif  // SESSIONBROKER_SERVICE_SESSIONS_ACCOUNT_STATE_H_
