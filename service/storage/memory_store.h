#ifndef SESSIONBROKER_SERVICE_STORAGE_MEMORY_STORE_H_
#define SESSIONBROKER_SERVICE_STORAGE_MEMORY_STORE_H_

#include <map>
#include <string>

#include "service/base/mutex.h"
#include "service/base/scheduler.h"
#include "service/storage/store.h"

namespace sessionbroker::storage {

// A store that forgets when the process ends. Thread-safe.
class MemoryStore final : public Store {
 public:
  // Callbacks run on `scheduler`, which outlives the store and what was posted to it.
  explicit MemoryStore(base::Scheduler* scheduler) : scheduler_(scheduler) {}

  void Get(const std::string& key, GetCallback done) override;
  void List(Range range, ListCallback done) override;
  void Commit(Transaction transaction, CommitCallback done) override;

 private:
  absl::StatusOr<CommitResult> Apply(Transaction transaction) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  base::Scheduler* const scheduler_;
  base::Mutex mutex_;
  std::map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  int64_t revision_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace sessionbroker::storage

#endif  // SESSIONBROKER_SERVICE_STORAGE_MEMORY_STORE_H_
