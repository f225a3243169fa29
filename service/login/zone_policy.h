#ifndef SESSIONBROKER_SERVICE_LOGIN_ZONE_POLICY_H_
#define SESSIONBROKER_SERVICE_LOGIN_ZONE_POLICY_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "service/config/renewal.h"

namespace sessionbroker::login {

// Where the zones of a session's life begin, for one definition or account (sessions::ZoneOf). The
// per cents of zones are of the usable life, that of the margin is of the whole.
struct ZonePolicy {
  // The end of the life in which a session is worth renewing.
  int advisory_percent = 30;
  // That zone begins earlier by up to so much, each account's share of it fixed.
  int early_percent = 10;
  // The end of the life in which a renewal is worth waiting for, and the most that it may last.
  int mandatory_percent = 10;
  absl::Duration mandatory_at_most = absl::Seconds(60);
  // The end of the life that is never handed out, for clock skew and transit.
  int margin_percent = 5;
  absl::Duration margin_at_most = absl::Seconds(30);
};

// INVALID_ARGUMENT, naming field, limit and actual, unless each per cent is within 0 and 100,
// advisory and early together too, the margin leaves something, the mandatory zone is part of the
// advisory one and no duration is negative.
absl::Status CheckZones(const ZonePolicy& policy);

// What `renewal` says of them, the defaults where it does not.
ZonePolicy ZonesOf(const config::Renewal& renewal);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_ZONE_POLICY_H_
