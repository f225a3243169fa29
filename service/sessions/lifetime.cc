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

absl::Duration UsableLifeOf(const Session& session) {
  return UsableLife(
      {.idle = session.grant.idle, .absolute = session.grant.absolute, .zones = session.zones});
}

base::BootTime AdvisoryFrom(const Session& session) {
  const absl::Duration usable = UsableLifeOf(session);
  if (usable == absl::InfiniteDuration()) return base::BootTime::InfiniteFuture();
  const absl::Duration early = Share(usable, session.zones.early_percent) *
                               int64_t{EarlyShareOf(session.id)} / kWholeEarlyShare;
  const base::BootTime from =
      session.expires_at - Share(usable, session.zones.advisory_percent) - early;
  return std::min(from, MandatoryFrom(session));
}

base::BootTime MandatoryFrom(const Session& session) {
  const absl::Duration usable = UsableLifeOf(session);
  if (usable == absl::InfiniteDuration()) return base::BootTime::InfiniteFuture();
  const ZonePolicy& zones = session.zones;
  return session.expires_at -
         std::min(zones.mandatory_at_most, Share(usable, zones.mandatory_percent));
}

Zone ZoneOf(const Session& session, base::BootTime now) {
  if (now >= session.expires_at) return Zone::kExpired;
  if (now >= MandatoryFrom(session)) return Zone::kMandatory;
  return now >= AdvisoryFrom(session) ? Zone::kAdvisory : Zone::kFresh;
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
  session.grant = std::move(grant);
  session.zones = zones;
  const absl::Duration usable = UsableLifeOf(session);
  session.expires_at = now + usable;
  if (usable != absl::InfiniteDuration()) session.expire_time = wall_now + usable;
  return session;
}

base::BootTime EndOnceSeenAlive(const Session& session, base::BootTime now) {
  const absl::Duration from_use =
      UsableLife({.idle = session.grant.idle, .absolute = std::nullopt, .zones = session.zones});
  const absl::Duration from_login = UsableLife(
      {.idle = std::nullopt, .absolute = session.grant.absolute, .zones = session.zones});
  return std::max(session.expires_at, std::min(now + from_use, session.obtained_at + from_login));
}

bool IsWorthExtending(const Session& session, base::BootTime now) {
  if (!session.grant.idle.has_value()) return false;
  const absl::Duration least = std::min(absl::Minutes(1), UsableLifeOf(session) / 20);
  return EndOnceSeenAlive(session, now) - session.expires_at >= least;
}

Session Extended(const Session& session, base::BootTime now, absl::Time wall_now) {
  Session extended = session;
  extended.encoded.clear();
  extended.expires_at = EndOnceSeenAlive(session, now);
  const absl::Duration left = extended.expires_at - now;
  if (left != absl::InfiniteDuration()) extended.expire_time = wall_now + left;
  return extended;
}

}  // namespace sessionbroker::sessions
