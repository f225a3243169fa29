#ifndef SESSIONBROKER_SERVICE_ACCESS_CALLER_QUOTAS_H_
#define SESSIONBROKER_SERVICE_ACCESS_CALLER_QUOTAS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/access/caller.h"
#include "service/base/clock.h"
#include "service/base/mutex.h"

namespace sessionbroker::access {

// What one caller may do at most; each at least 1.
struct CallerLimits {
  // As many at once after a second of silence.
  int calls_per_second = 100000;
  // Calls that wait for a provider.
  int calls_in_flight = 20000;
  int streams = 20000;
  // Logins that begin because of its calls; as many at once after an hour without.
  int logins_per_hour = 10000;
};

// How much each caller has used of its limits. What is refused does not count. Every error is
// kCallerQuota, names the limit, and tells when to try again. Thread-safe.
class CallerQuotas {
 private:
  struct Usage;

 public:
  // Callers that are remembered. Once all of them are busy, the rest share one quota.
  static constexpr std::size_t kMaxCallers = 65536;

  // A place among what is under way; free again when it goes. Move-only.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept : counter_(std::move(other.counter_)) {}
    Place& operator=(Place&& other) noexcept {
      std::swap(counter_, other.counter_);
      return *this;
    }
    ~Place() {
      if (counter_ != nullptr) counter_->fetch_sub(1, std::memory_order_relaxed);
    }

   private:
    friend class CallerQuotas;
    explicit Place(std::shared_ptr<std::atomic<int>> counter) : counter_(std::move(counter)) {}

    std::shared_ptr<std::atomic<int>> counter_;
  };

  // `clock` outlives this object.
  CallerQuotas(const CallerLimits& limits, const base::Clock* clock)
      : limits_(limits), clock_(clock) {}

  // A call begins. Allocates nothing for a caller that is known.
  absl::Status TakeCall(const Caller& caller);
  // A login begins because of the caller.
  absl::Status TakeLogin(const Caller& caller);
  // A login would begin because of the caller.
  absl::Status CheckLogin(const Caller& caller);

  absl::StatusOr<Place> BeginCall(const Caller& caller);
  absl::StatusOr<Place> BeginStream(const Caller& caller);

 private:
  // So many at once, evenly refilled in `period`.
  struct Rate {
    const char* name;
    int limit;
    absl::Duration period;
    // When all of them may be taken at once again.
    base::BootTime Usage::*full_again;
  };
  struct Usage {
    base::BootTime calls_full_again;
    base::BootTime logins_full_again;
    // Shared with places, which may outlive the entry.
    std::shared_ptr<std::atomic<int>> calls = std::make_shared<std::atomic<int>>(0);
    std::shared_ptr<std::atomic<int>> streams = std::make_shared<std::atomic<int>>(0);
  };
  // On a cache line of its own.
  struct alignas(64) Shard {
    base::Mutex mutex;
    absl::flat_hash_map<std::string, Usage> callers ABSL_GUARDED_BY(mutex);
    // Of all for whom there is no room.
    Usage others ABSL_GUARDED_BY(mutex);
    // Those who have used nothing lately are forgotten again then.
    base::BootTime next_sweep ABSL_GUARDED_BY(mutex);
  };
  static constexpr std::size_t kShards = 16;

  absl::Status Spend(const Caller& caller, const Rate& rate, bool take);
  static absl::StatusOr<Place> Begin(const std::shared_ptr<std::atomic<int>>& counter, int limit,
                                     absl::string_view name);

  Rate CallRate() const {
    return {"calls_per_second", limits_.calls_per_second, absl::Seconds(1),
            &Usage::calls_full_again};
  }
  Rate LoginRate() const {
    return {"logins_per_hour", limits_.logins_per_hour, absl::Hours(1), &Usage::logins_full_again};
  }
  Shard& ShardOf(const Caller& caller);
  static Usage& UsageOf(const Caller& caller, base::BootTime now, Shard& shard)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);

  const CallerLimits limits_;
  const base::Clock* const clock_;
  std::array<Shard, kShards> shards_;
};

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_CALLER_QUOTAS_H_
