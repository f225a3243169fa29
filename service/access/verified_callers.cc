#include "service/access/verified_callers.h"

#include <utility>

namespace sessionbroker::access {

std::optional<VerifiedCaller> VerifiedCallers::Find(absl::string_view key) {
  Shard& shard = ShardOf(key);
  base::MutexLock lock(&shard.mutex);
  if (const auto found = shard.younger.find(key); found != shard.younger.end()) {
    return found->second;
  }
  const auto found = shard.older.find(key);
  if (found == shard.older.end()) return std::nullopt;
  VerifiedCaller caller = found->second;
  Add(key, caller, &shard);
  return caller;
}

void VerifiedCallers::Insert(absl::string_view key, VerifiedCaller caller) {
  Shard& shard = ShardOf(key);
  base::MutexLock lock(&shard.mutex);
  Add(key, std::move(caller), &shard);
}

void VerifiedCallers::Add(absl::string_view key, VerifiedCaller caller, Shard* shard) {
  if (shard->younger.size() >= shard_capacity_) {
    shard->older = std::exchange(shard->younger, Half());
  }
  shard->younger.insert_or_assign(std::string(key), std::move(caller));
}

std::size_t VerifiedCallers::size() const {
  std::size_t size = 0;
  for (const Shard& shard : shards_) {
    base::MutexLock lock(&shard.mutex);
    size += shard.younger.size() + shard.older.size();
  }
  return size;
}

}  // namespace sessionbroker::access
