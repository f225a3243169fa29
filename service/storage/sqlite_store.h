#ifndef SESSIONBROKER_SERVICE_STORAGE_SQLITE_STORE_H_
#define SESSIONBROKER_SERVICE_STORAGE_SQLITE_STORE_H_

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/base/event_loop.h"
#include "service/base/mutex.h"
#include "service/base/scheduler.h"
#include "service/storage/sqlite_database.h"
#include "service/storage/store.h"

namespace sessionbroker::storage {

// A store in a SQLite file, worked on by a thread of its own. What waits when that thread gets to
// it becomes one transaction: many commits, one fsync. Thread-safe.
class SqliteStore final : public Store {
 public:
  // Is told, on the store's thread, of each failure with all that an operator wants to know;
  // callers get kStoreUnavailable without the name of the file.
  using FailureHandler = std::function<void(const absl::Status&)>;

  // Blocks while it opens the file; errors as SqliteDatabase::Open. Callbacks run on `scheduler`,
  // which outlives the store and what was posted to it.
  static absl::StatusOr<std::unique_ptr<SqliteStore>> Open(const std::string& file,
                                                           const DatabaseKind& kind,
                                                           base::Scheduler* scheduler,
                                                           FailureHandler on_failure);

  // Ends what the thread is at; calls that wait are dropped.
  ~SqliteStore() override;

  void Get(const std::string& key, GetCallback done) override;
  void List(Range range, ListCallback done) override;
  void Commit(Transaction transaction, CommitCallback done) override;

 private:
  struct GetCall {
    std::string key;
    GetCallback done;
    absl::StatusOr<std::optional<Entry>> result;
  };
  struct ListCall {
    Range range;
    ListCallback done;
    absl::StatusOr<std::vector<Entry>> result;
  };
  struct CommitCall {
    Transaction transaction;
    CommitCallback done;
    absl::StatusOr<CommitResult> result;
  };
  using Call = std::variant<GetCall, ListCall, CommitCall>;

  SqliteStore(std::unique_ptr<SqliteDatabase> database, std::unique_ptr<base::EventLoop> thread,
              base::Scheduler* scheduler, FailureHandler on_failure);

  void Enqueue(Call call);
  void WorkOff();
  absl::Status RunAll(std::vector<Call>* calls);
  absl::Status Run(Call* call);
  // What callers get for `status`.
  absl::Status Tell(const absl::Status& status) const;

  base::Scheduler* const scheduler_;
  const FailureHandler on_failure_;
  // Belongs to the thread.
  const std::unique_ptr<SqliteDatabase> database_;

  base::Mutex mutex_;
  std::vector<Call> waiting_ ABSL_GUARDED_BY(mutex_);

  // Goes first: nothing runs afterwards.
  const std::unique_ptr<base::EventLoop> thread_;
};

}  // namespace sessionbroker::storage

#endif  // SESSIONBROKER_SERVICE_STORAGE_SQLITE_STORE_H_
