#include "service/sessions/lifetime.h"

#include <algorithm>
#include <utility>

namespace sessionbroker::sessions {
namespace {

constexpr int64_t kWholeEarlyShare = 65535;

absl::Duration Share(absl::Duration whole, int percent) { return whole * percent / 100; }

// FNV-1a, 64 bits.
uint64_t Fold(uint64_t hash, absl::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

absl::Duration WholeLife(const Life& life) {
  return std::min(life.idle.value_or(absl::InfiniteDuration()),
                  life.absolute.value_or(absl::InfiniteDuration()));
}

absl::Duration Margin(absl::Duration whole, const login::ZonePolicy& zones) {
  return std::min(zones.margin_at_most, Share(whole, zones.margin_percent));
}

}  // namespace

absl::Duration UsableLife(const Life& life) {
  const absl::Duration whole = WholeLife(life);
  if (whole == absl::InfiniteDuration()) return whole;
  return whole - Margin(whole, life.zones);
}

absl::Duration UsableLifeOf(const Session& session) {
  return UsableLife(
      {.idle = session.grant.idle, .absolute = session.grant.absolute, .zones = session.zones});
}

uint16_t EarlyShareOf(base::AccountIdView account) {
  uint64_t hash = Fold(0xcbf29ce484222325, account.provider);
  hash = Fold(hash, absl::string_view("\0", 1));
  hash = Fold(hash, account.account);
  // MurmurHash3's finalizer: names that differ in their last letter alone are spread too.
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
  hash ^= hash >> 33;
  return static_cast<uint16_t>(hash >> 48);
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
  const login::ZonePolicy& zones = session.zones;
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
                    base::BootTime now, absl::Time wall_now, const login::ZonePolicy& zones) {
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
  session.obtained_at = std::min(now, grant.sent_at);
  session.grant = std::move(grant);
  session.zones = zones;
  const absl::Duration usable = UsableLifeOf(session);
  session.expires_at = session.obtained_at + usable;
  if (usable != absl::InfiniteDuration()) {
    session.expire_time = wall_now + RemainingLife(session, now);
  }
  return session;
}

base::BootTime EndOnceUsed(const Session& session, base::BootTime used_at) {
  const absl::Duration from_use =
      UsableLife({.idle = session.grant.idle, .absolute = std::nullopt, .zones = session.zones});
  const absl::Duration from_login = UsableLife(
      {.idle = std::nullopt, .absolute = session.grant.absolute, .zones = session.zones});
  return std::max(session.expires_at,
                  std::min(used_at + from_use, session.obtained_at + from_login));
}

bool IsWorthExtending(const Session& session, base::BootTime used_at) {
  if (!session.grant.idle.has_value()) return false;
  const absl::Duration least = std::min(absl::Minutes(1), UsableLifeOf(session) / 20);
  return EndOnceUsed(session, used_at) - session.expires_at >= least;
}

Session Extended(const Session& session, base::BootTime used_at, base::BootTime now,
                 absl::Time wall_now) {
  Session extended = session;
  extended.encoded.clear();
  extended.expires_at = EndOnceUsed(session, used_at);
  const absl::Duration left = extended.expires_at - now;
  if (left != absl::InfiniteDuration()) extended.expire_time = wall_now + left;
  return extended;
}

base::BootTime ForsakenFrom(const Session& session) {
  const absl::Duration whole =
      WholeLife({.idle = session.grant.idle, .absolute = session.grant.absolute, .zones = {}});
  if (whole == absl::InfiniteDuration()) return base::BootTime::InfiniteFuture();
  return session.expires_at + Margin(whole, session.zones);
}

}  // namespace sessionbroker::sessions
