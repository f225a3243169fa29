#include "service/access/caller_quotas.h"

#include <algorithm>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "service/base/error.h"

namespace sessionbroker::access {
namespace {

// Of a number of things under way nobody knows when one ends.
constexpr absl::Duration kSoon = absl::Seconds(1);
constexpr absl::Duration kSweepEvery = absl::Seconds(1);

absl::Status QuotaError(absl::string_view limit, int most, absl::Duration wait) {
  return base::MakeError({.reason = base::Reason::kCallerQuota,
                          .retry_after = wait,
                          .metadata = {{"limit", std::string(limit)}}},
                         absl::StrCat("the caller's limit ", limit, " is ", most, "; try again in ",
                                      absl::FormatDuration(wait)));
}

}  // namespace

absl::Status CallerQuotas::TakeCall(const Caller& caller) {
  return Spend(caller, CallRate(), /*take=*/true);
}

absl::Status CallerQuotas::TakeLogin(const Caller& caller) {
  return Spend(caller, LoginRate(), /*take=*/true);
}

absl::Status CallerQuotas::CheckLogin(const Caller& caller) {
  return Spend(caller, LoginRate(), /*take=*/false);
}

absl::Status CallerQuotas::Spend(const Caller& caller, const Rate& rate, bool take) {
  const base::BootTime now = clock_->BootNow();
  Shard& shard = ShardOf(caller);
  absl::Duration wait;
  {
    base::MutexLock lock(&shard.mutex);
    base::BootTime& full_again = UsageOf(caller, now, shard).*rate.full_again;
    const base::BootTime then = std::max(full_again, now) + rate.period / rate.limit;
    wait = then - now - rate.period;
    if (take && wait <= absl::ZeroDuration()) full_again = then;
  }
  return wait <= absl::ZeroDuration() ? absl::OkStatus() : QuotaError(rate.name, rate.limit, wait);
}

absl::StatusOr<CallerQuotas::Place> CallerQuotas::BeginCall(const Caller& caller) {
  Shard& shard = ShardOf(caller);
  base::MutexLock lock(&shard.mutex);
  return Begin(UsageOf(caller, clock_->BootNow(), shard).calls, limits_.calls_in_flight,
               "calls_in_flight");
}

absl::StatusOr<CallerQuotas::Place> CallerQuotas::BeginStream(const Caller& caller) {
  Shard& shard = ShardOf(caller);
  base::MutexLock lock(&shard.mutex);
  return Begin(UsageOf(caller, clock_->BootNow(), shard).streams, limits_.streams, "streams");
}

absl::StatusOr<CallerQuotas::Place> CallerQuotas::Begin(
    const std::shared_ptr<std::atomic<int>>& counter, int limit, absl::string_view name) {
  Place place(counter);
  if (counter->fetch_add(1, std::memory_order_relaxed) >= limit) {
    return QuotaError(name, limit, kSoon);
  }
  return place;
}

CallerQuotas::Shard& CallerQuotas::ShardOf(const Caller& caller) {
  // The table takes the low bits of the same hash.
  return shards_[(absl::Hash<absl::string_view>()(caller.ToString()) >> 32U) % kShards];
}

CallerQuotas::Usage& CallerQuotas::UsageOf(const Caller& caller, base::BootTime now, Shard& shard) {
  const auto it = shard.callers.find(caller.ToString());
  if (it != shard.callers.end()) return it->second;
  if (shard.callers.size() >= kMaxCallers / kShards && now >= shard.next_sweep) {
    shard.next_sweep = now + kSweepEvery;
    absl::erase_if(shard.callers, [now](const auto& entry) {
      const Usage& usage = entry.second;
      return usage.calls_full_again <= now && usage.logins_full_again <= now && *usage.calls == 0 &&
             *usage.streams == 0;
    });
  }
  if (shard.callers.size() >= kMaxCallers / kShards) return shard.others;
  return shard.callers[std::string(caller.ToString())];
}

}  // namespace sessionbroker::access
