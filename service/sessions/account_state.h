#ifndef SESSIONBROKER_SERVICE_SESSIONS_ACCOUNT_STATE_H_
#define SESSIONBROKER_SERVICE_SESSIONS_ACCOUNT_STATE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/base/account_id.h"
#include "service/base/clock.h"
#include "service/base/error.h"
#include "service/sessions/backoff.h"
#include "service/sessions/latch.h"
#include "service/sessions/lifetime.h"
#include "service/sessions/login_budget.h"
#include "service/sessions/session.h"
#include "service/sessions/waiter.h"

// How an account stands, and what follows from that: values and pure functions. The keeper of the
// account holds the state and carries out what is decided here. ARCHITECTURE.md has the diagram.
namespace sessionbroker::sessions {

// How far the session in hand can be trusted.
enum class Trust {
  kGood,
  // To be probed before it is handed out again: someone says that it is dead, or it comes from
  // before a restart and is bound to where it was used from. Serves where the probe finds out
  // nothing.
  kSuspect,
  // Never handed out: a probe found it dead, or someone did and there is no probe. Kept for its id
  // and version.
  kDead,
};

// The session in hand, alive or expired. An expired one is kept for its id and version, which the
// next login is compared with.
struct Held {
  SessionPtr session;
  Trust trust = Trust::kGood;
};

// Nothing is under way; anything may begin.
struct Resting {};
// A probe of the session in hand is under way. `before`: the failures in a row until then.
struct Probing {
  Waiters waiters;
  std::optional<BackingOff> before;
  // Holds on meanwhile: what a probe finds out says nothing about the credentials.
  std::optional<Latch> latch = std::nullopt;
};
// A login is under way.
struct LoggingIn {
  Waiters waiters;
  std::optional<BackingOff> before;
};
// What is kept of the account cannot be read: no login, it might be one too many.
struct Unreadable {
  // Why, and what to do; kStoreUnavailable.
  absl::Status cause;
};
// And BackingOff: no login and no probe for a while. And Latch: no login until what goes into it
// changes, but probes of the session in hand.
using Activity = std::variant<Resting, Probing, LoggingIn, BackingOff, Latch, Unreadable>;

struct AccountState {
  // What callers can get…
  std::optional<Held> held;
  // …and what is being done, or must not be done, about the next one.
  Activity activity;
  LoginBudget budget;
};

// What an account's provider and configuration say about its life.
struct AccountPolicy {
  Life life;
  // The definition has a probe.
  bool has_probe = false;
  // And a logout.
  bool has_logout = false;
  // Why there are none: kInjectOnly or kSigningRequired. Unset: the provider has sessions.
  std::optional<base::Reason> no_sessions;
  BackoffPolicy backoff;
  LoginBudgetPolicy budget;
  // For how long an account that was asked for is renewed before anyone asks again.
  absl::Duration demand = absl::Minutes(10);
  // At most so many callers wait for one login.
  std::size_t max_waiters = 20000;
};

// What a Get asks, and what it depends on besides the account's state.
struct Question {
  base::AccountIdView account;
  absl::Duration min_validity;
  base::BootTime now;
  // No login may begin any more.
  bool draining = false;
};

// How to get a session that lives longer.
enum class Renewal { kProbe, kLogin };

// What to do about a Question.
struct HandOut {
  SessionPtr session;
  // To begin meanwhile, with nobody waiting for it.
  std::optional<Renewal> meanwhile;
};
struct Join {};
struct Begin {
  Renewal renewal;
};
struct Refuse {
  absl::Status error;
};
using Decision = std::variant<HandOut, Join, Begin, Refuse>;

// The one place that decides. Errors: kInvalidArgument (min_validity is more than a new session can
// offer), kQueueFull, kDraining, kBackingOff, kProviderLockedOut, kLoginBudgetExhausted,
// kStoreUnavailable, and what a latch holds.
Decision Decide(const AccountState& state, const Question& question, const AccountPolicy& policy);

// From when on something may begin for a session in demand that nobody waits for: not while it is
// fresh, while something is under way, or while nothing may begin. May lie in the past;
// InfiniteFuture: not before something else happens.
base::BootTime RenewalDueAt(const AccountState& state, base::BootTime now,
                            const AccountPolicy& policy);

// As what a login that begins now counts in the budget: a renewal is of a session that is not fresh
// any more. Whoever wants a longer life than a fresh one has left cannot use up what is kept for
// renewals.
LoginKind KindOfLogin(const AccountState& state, base::BootTime now);

// What to begin now, if that is due.
std::optional<Renewal> DueRenewal(const AccountState& state, base::BootTime now,
                                  const AccountPolicy& policy);

// What keeps logins from beginning until their inputs change; nullptr: nothing does.
const Latch* LatchIn(const Activity& activity);

// The failures in a row until now, if any.
std::optional<BackingOff> FailuresIn(const Activity& activity);

// Those who wait for what is under way; nullptr if nothing is.
Waiters* WaitersIn(Activity& activity);
const Waiters* WaitersIn(const Activity& activity);

// The activity once `renewal` has begun, with nobody waiting yet. Requires that none is under way.
Activity Started(const Activity& activity, Renewal renewal);

// What a probe or login that ends leaves to be done for those who waited for it.
struct Ended {
  Waiters waiters;
  // To be answered by AnswerTo if set, else to be asked for anew.
  std::optional<absl::StatusOr<SessionPtr>> result;
  // When a session that is the result was found alive: storing it takes time, which must not make
  // it too short for those who asked for all of its life.
  base::BootTime as_of;
  // The session that was in hand until then, while it may still serve; or nullptr.
  SessionPtr fallback;
};

// The probe under way found the session alive, `session` is what it is from now on; found it dead;
// found out nothing. Each requires that a probe is under way.
Ended EndProbeAlive(AccountState& state, SessionPtr session, base::BootTime as_of);
Ended EndProbeDead(AccountState& state);
Ended EndProbeUnknown(AccountState& state, const absl::Status& cause, Activity next,
                      base::BootTime now);

// The login under way gave `session`; failed. Each requires that a login is under way.
Ended EndLoginWith(AccountState& state, SessionPtr session);
Ended EndLoginFailed(AccountState& state, const absl::Status& cause, Activity next,
                     base::BootTime now);

// What follows from a failure of the probe or login under way: a latch on `inputs` if the provider
// refused the credentials, a rest for anything else; a failure before anything was sent (see
// WasTried) changes nothing. `random`: evenly from [0, 1).
Activity AfterFailure(const Activity& activity, const absl::Status& cause,
                      const std::optional<Fingerprint>& inputs, double random, base::BootTime now,
                      absl::Time wall_now, const BackoffPolicy& policy);

// Whether a login or probe that failed so has got as far as the provider, or tried to.
bool WasTried(const absl::Status& cause);

// What one who asked for `min_validity` gets when a probe or login ends: its session, if that was
// usable so long when it was found alive and has not expired since; the held one if a login failed
// for a reason that may pass and it still serves; else the error. Requires ended.result.
absl::StatusOr<SessionPtr> AnswerTo(absl::Duration min_validity, const Ended& ended,
                                    base::BootTime now);

// What became of a report that a session is dead.
enum class ReportResult {
  // It is not handed out any more.
  kInvalidated,
  // It is not the session in hand.
  kStaleVersion,
  // It is being looked at.
  kProbing,
};

// Someone found the session with this version dead.
ReportResult Report(AccountState& state, int64_t version, const AccountPolicy& policy);

// How an account stands, as ListAccounts tells it.
enum class Standing {
  // No session that lives; the next Get logs in.
  kAbsent,
  // No session that lives; a login is under way.
  kLoggingIn,
  // A session is alive.
  kLive,
  // No session that lives, and none before a while has passed.
  kBackingOff,
  // No session that lives: the provider refused the credentials.
  kLatched,
};

Standing StandingOf(const AccountState& state, base::BootTime now);

// The session in hand if it can be handed out: not dead, not expired; else nullptr.
SessionPtr LiveIn(const AccountState& state, base::BootTime now);

}  // namespace sessionbroker::sessions

#endif  // SESSIONBROKER_SERVICE_SESSIONS_ACCOUNT_STATE_H_
