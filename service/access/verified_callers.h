#ifndef SESSIONBROKER_SERVICE_ACCESS_VERIFIED_CALLERS_H_
#define SESSIONBROKER_SERVICE_ACCESS_VERIFIED_CALLERS_H_

#include <array>
#include <cstddef>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/access/caller.h"
#include "service/base/mutex.h"

namespace sessionbroker::access {

// A proof that has been verified: whose, and until when it is one.
struct VerifiedCaller {
  Caller caller;
  // It is none from then on.
  absl::Time valid_until;
};

// Proofs that have been verified, so that each is verified once and not with every call. Bounded:
// of a key that is not asked for, it forgets. Thread-safe.
class VerifiedCallers {
 public:
  // Keeps the last `capacity` keys or more, but never more than twice as many (each rounded up to a
  // multiple of 16).
  explicit VerifiedCallers(std::size_t capacity)
      : shard_capacity_((capacity + kShards - 1) / kShards) {}

  // Allocates nothing, but where it takes what it knows from the older half.
  std::optional<VerifiedCaller> Find(absl::string_view key);

  void Insert(absl::string_view key, VerifiedCaller caller);

  // For tests.
  std::size_t size() const;

 private:
  static constexpr std::size_t kShards = 16;
  using Half = absl::flat_hash_map<std::string, VerifiedCaller>;

  // What is used goes into the younger half; when that is full it becomes the older one, and what
  // was in there is forgotten.
  struct alignas(64) Shard {
    mutable base::Mutex mutex;
    Half younger ABSL_GUARDED_BY(mutex);
    Half older ABSL_GUARDED_BY(mutex);
  };

  Shard& ShardOf(absl::string_view key) { return shards_[absl::HashOf(key) % kShards]; }
  void Add(absl::string_view key, VerifiedCaller caller, Shard* shard)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard->mutex);

  const std::size_t shard_capacity_;
  std::array<Shard, kShards> shards_;
};

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_VERIFIED_CALLERS_H_
