#include "service/storage/memory_store.h"

#include <utility>

#include "absl/strings/match.h"
#include "service/base/status_macros.h"

namespace sessionbroker::storage {

// Results are posted under the lock, which keeps their order that of the calls; posting never runs
// a callback.

void MemoryStore::Get(const std::string& key, GetCallback done) {
  base::MutexLock lock(&mutex_);
  std::optional<Entry> found;
  if (const auto it = entries_.find(key); it != entries_.end()) found = it->second;
  scheduler_->Post(
      [done = std::move(done), found = std::move(found)]() mutable { done(std::move(found)); });
}

void MemoryStore::List(Range range, ListCallback done) {
  base::MutexLock lock(&mutex_);
  std::vector<Entry> found;
  const std::size_t limit = range.limit.value_or(entries_.size());
  auto it = range.after < range.prefix ? entries_.lower_bound(range.prefix)
                                       : entries_.upper_bound(range.after);
  for (; it != entries_.end() && absl::StartsWith(it->first, range.prefix); ++it) {
    if (found.size() == limit) break;
    found.push_back(it->second);
  }
  scheduler_->Post(
      [done = std::move(done), found = std::move(found)]() mutable { done(std::move(found)); });
}

void MemoryStore::Commit(Transaction transaction, CommitCallback done) {
  base::MutexLock lock(&mutex_);
  absl::StatusOr<CommitResult> result = Apply(std::move(transaction));
  scheduler_->Post(
      [done = std::move(done), result = std::move(result)]() mutable { done(std::move(result)); });
}

absl::StatusOr<CommitResult> MemoryStore::Apply(Transaction transaction) {
  SB_RETURN_IF_ERROR(CheckTransaction(transaction));
  for (const Condition& condition : transaction.conditions) {
    const auto it = entries_.find(condition.key);
    const int64_t revision = it == entries_.end() ? 0 : it->second.revision;
    if (revision != condition.revision) return CommitResult{.committed = false, .revision = 0};
  }
  ++revision_;
  for (Write& write : transaction.writes) {
    if (write.value.has_value()) {
      entries_[write.key] = {write.key, *std::move(write.value), revision_};
    } else {
      entries_.erase(write.key);
    }
  }
  return CommitResult{.committed = true, .revision = revision_};
}

}  // namespace sessionbroker::storage
