#ifndef SESSIONBROKER_SERVICE_SESSIONS_LIFETIME_H_
#define SESSIONBROKER_SERVICE_SESSIONS_LIFETIME_H_

#include <cstdint>
#include <optional>

#include "absl/time/time.h"
#include "service/base/clock.h"
#include "service/login/account.h"
#include "service/login/grant.h"
#include "service/login/zone_policy.h"
#include "service/sessions/session.h"

// How long sessions live: pure functions of (session, now). Life is measured on BootTime; wall time
// only labels it.
namespace sessionbroker::sessions {

// How long a provider keeps a session, and how that is divided.
struct Life {
  // From the last request. Unset: it does not end by idleness.
  std::optional<absl::Duration> idle;
  // From the login. Unset: it does not end by age.
  std::optional<absl::Duration> absolute;
  login::ZonePolicy zones = {};
};

// How much of `life` a new session offers: to the end that comes first, less the policy's margin,
// by default min(30 s, 5 %), for clock skew and transit. InfiniteDuration where it has no end. This
// is also the most that a caller can ask for as min_validity.
absl::Duration UsableLife(const Life& life);

// The same of a session, by what its login said.
absl::Duration UsableLifeOf(const Session& session);

// Where a session stands in its life. The shares are of its usable life and, as all edges, the
// defaults of login::ZonePolicy; each zone begins exactly at its edge.
enum class Zone {
  // Handed out; nothing to do.
  kFresh,
  // The last 30 % and up to 10 % before, see EarlyShareOf: handed out, and worth renewing
  // meanwhile.
  kAdvisory,
  // The last 10 %, at most 60 s: a renewal is worth waiting for.
  kMandatory,
  // Not handed out. Begins exactly at expires_at.
  kExpired,
};

Zone ZoneOf(const Session& session, base::BootTime now);

// The account's share of ZonePolicy::early_percent in 65535ths: spread evenly over accounts, the
// same in every process and on every machine.
uint16_t EarlyShareOf(base::AccountIdView account);

// Where the zones begin; InfiniteFuture where the session has no end. Each is no later than the
// next one and than expires_at.
base::BootTime AdvisoryFrom(const Session& session);
base::BootTime MandatoryFrom(const Session& session);

// Until expires_at; zero or less once it has expired, InfiniteDuration where it has no end.
absl::Duration RemainingLife(const Session& session, base::BootTime now);

// It has not expired and stays usable for at least `min_validity` (which may be zero).
bool IsUsableFor(const Session& session, absl::Duration min_validity, base::BootTime now);

// Rises whatever the wall clock does: max(last + 1, Unix time in microseconds).
int64_t NextVersion(int64_t last, absl::Time wall_now);

// The session that a login made, `encoded` still empty. Its life counts from when the login's last
// request was sent, or from now where that is not known. `previous` is the account's last session,
// alive or not, or nullptr: a grant with the same id goes on under its version and issue_time.
Session MakeSession(const login::Account& account, login::Grant grant, const Session* previous,
                    base::BootTime now, absl::Time wall_now,
                    const login::ZonePolicy& zones = login::ZonePolicy());

// When a session ends that was alive when a request was sent at `used_at`: idle life begins anew,
// age goes on. Never earlier than before.
base::BootTime EndOnceUsed(const Session& session, base::BootTime used_at);

// The end moves by so much that it is worth telling: a twentieth of the usable life, or a minute.
bool IsWorthExtending(const Session& session, base::BootTime used_at);

// `session` with that end; `encoded` is empty. The other times are now.
Session Extended(const Session& session, base::BootTime used_at, base::BootTime now,
                 absl::Time wall_now);

// From when on nobody relies on it any more, whose clock may differ as much as the margin allows
// for. InfiniteFuture where it has no end.
base::BootTime ForsakenFrom(const Session& session);

}  // namespace sessionbroker::sessions

#endif  // SESSIONBROKER_SERVICE_SESSIONS_LIFETIME_H_
