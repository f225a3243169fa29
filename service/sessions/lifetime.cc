#include "service/sessions/lifetime.h"

#include <algorithm>
#include <utility>

namespace sessionbroker::sessions {
namespace {

constexpr int64_t kWholeEarlyShare = 65535;

absl::Duration Share(absl::Duration whole, int percent) { return whole * percent / 100; }

}  // namespace

absl::Duration UsableLife(const Life& life) {
  const absl::Duration whole = std::min(life.idle.value_or(absl::InfiniteDuration()),
                                        life.absolute.value_or(absl::InfiniteDuration()));
  if (whole == absl::InfiniteDuration()) return whole;
  return whole - std::min(life.zones.margin_at_most, Share(whole, life.zones.margin_percent));
}

Zone ZoneOf(const Session& session, base::BootTime now) {
  const absl::Duration usable = session.expires_at - session.obtained_at;
  const absl::Duration remaining = RemainingLife(session, now);
  if (remaining <= absl::ZeroDuration()) return Zone::kExpired;
  if (usable == absl::InfiniteDuration()) return Zone::kFresh;
  const ZonePolicy& zones = session.zones;
  if (remaining <= std::min(zones.mandatory_at_most, Share(usable, zones.mandatory_percent))) {
    return Zone::kMandatory;
  }
  const absl::Duration advisory = Share(usable, zones.advisory_percent);
  if (remaining <= advisory) return Zone::kAdvisory;
  const absl::Duration early = Share(usable, zones.early_percent);
  if (remaining > advisory + early) return Zone::kFresh;
  const int64_t share = EarlyShareOf(session.id);
  return remaining <= advisory + early * share / kWholeEarlyShare ? Zone::kAdvisory : Zone::kFresh;
}

absl::Duration RemainingLife(const Session& session, base::BootTime now) {
  return session.expires_at - now;
}

bool IsUsableFor(const Session& session, absl::Duration min_validity, base::BootTime now) {
  const absl::Duration remaining = RemainingLife(session, now);
  return remaining > absl::ZeroDuration() && remaining >= min_validity;
}

int64_t NextVersion(int64_t last, absl::Time wall_now) {
  return std::max(last + 1, absl::ToUnixMicros(wall_now));
}

Session MakeSession(const login::Account& account, login::Grant grant, const Session* previous,
                    base::BootTime now, absl::Time wall_now, const ZonePolicy& zones) {
  Session session;
  session.id = account.id;
  session.base_url = account.base_url;
  if (previous != nullptr && previous->grant.id == grant.id) {
    session.version = previous->version;
    session.issue_time = previous->issue_time;
  } else {
    session.version = NextVersion(previous == nullptr ? 0 : previous->version, wall_now);
    session.issue_time = wall_now;
  }
  session.obtained_at = now;
  const absl::Duration usable =
      UsableLife({.idle = grant.idle, .absolute = grant.absolute, .zones = zones});
  session.zones = zones;
  session.expires_at = now + usable;
  if (usable != absl::InfiniteDuration()) session.expire_time = wall_now + usable;
  session.grant = std::move(grant);
  return session;
}

}  // namespace sessionbroker::sessions
