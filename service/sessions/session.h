#ifndef SESSIONBROKER_SERVICE_SESSIONS_SESSION_H_
#define SESSIONBROKER_SERVICE_SESSIONS_SESSION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "service/base/account_id.h"
#include "service/base/clock.h"
#include "service/login/grant.h"
#include "service/login/zone_policy.h"

namespace sessionbroker::sessions {

// One session as callers get it. Immutable; shared between the account's state and calls under way.
struct Session {
  base::AccountId id;
  login::Grant grant;
  std::string base_url;
  // The name of the address that it works from alone; empty: any will do.
  std::string egress;
  // max(last + 1, Unix time in microseconds). Names the provider's session: a login that returns
  // the same id keeps it.
  int64_t version = 0;
  // When the login that made this version finished. Wall time, for the API.
  absl::Time issue_time;
  // Unset: it has no end. The margin for skew is off already (lifetime.h).
  std::optional<absl::Time> expire_time;
  // The same end on the clock that life is measured by; InfiniteFuture: no end.
  base::BootTime expires_at = base::BootTime::InfiniteFuture();
  // When the last login that returned it sent its last request, on the same clock: its life counts
  // from here.
  base::BootTime obtained_at;
  // Where the zones of its life begin.
  login::ZonePolicy zones;
  // The session in the form that the API sends, made once by the encoder that the composition root
  // injects: a hit only hands it on. A bearer secret.
  std::string encoded;
  // Its id under a keyed hash, 32 hex digits: names it where the id must not be seen. Empty: nobody
  // asked for it.
  std::string id_hash;
};

using SessionPtr = std::shared_ptr<const Session>;

}  // namespace sessionbroker::sessions

#endif  // SESSIONBROKER_SERVICE_SESSIONS_SESSION_H_
