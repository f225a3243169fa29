#include "service/sessions/lifetime.h"

#include <algorithm>
#include <utility>

namespace sessionbroker::sessions {
namespace {

constexpr absl::Duration kMaxMargin = absl::Seconds(30);
constexpr absl::Duration kMaxMandatory = absl::Seconds(60);

}  // namespace

absl::Duration UsableLife(const Life& life) {
  const absl::Duration whole = std::min(life.idle.value_or(absl::InfiniteDuration()),
                                        life.absolute.value_or(absl::InfiniteDuration()));
  return whole - std::min(kMaxMargin, whole / 20);
}

Zone ZoneOf(const Session& session, base::BootTime now) {
  const absl::Duration usable = session.expires_at - session.obtained_at;
  const absl::Duration remaining = RemainingLife(session, now);
  if (remaining <= absl::ZeroDuration()) return Zone::kExpired;
  if (usable == absl::InfiniteDuration()) return Zone::kFresh;
  if (remaining <= std::min(kMaxMandatory, usable / 10)) return Zone::kMandatory;
  if (remaining <= usable * 3 / 10) return Zone::kAdvisory;
  return Zone::kFresh;
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
                    base::BootTime now, absl::Time wall_now) {
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
  const absl::Duration usable = UsableLife({.idle = grant.idle, .absolute = grant.absolute});
  session.expires_at = now + usable;
  if (usable != absl::InfiniteDuration()) session.expire_time = wall_now + usable;
  session.grant = std::move(grant);
  return session;
}

}  // namespace sessionbroker::sessions
