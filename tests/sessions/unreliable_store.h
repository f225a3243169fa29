#ifndef SESSIONBROKER_TESTS_SESSIONS_UNRELIABLE_STORE_H_
#define SESSIONBROKER_TESTS_SESSIONS_UNRELIABLE_STORE_H_

#include <algorithm>
#include <cstddef>
#include <deque>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "service/base/error.h"
#include "service/base/scheduler.h"
#include "service/storage/memory_store.h"
#include "service/storage/store.h"

namespace sessionbroker::sessions {

// The scheduler of whatever process there is.
class CurrentScheduler final : public base::Scheduler {
 public:
  void Set(base::Scheduler* scheduler) { scheduler_ = scheduler; }

  void Post(Task task) override { scheduler_->Post(std::move(task)); }
  TimerId RunAfter(absl::Duration delay, Task task) override {
    return scheduler_->RunAfter(delay, std::move(task));
  }
  void Cancel(TimerId id) override { scheduler_->Cancel(id); }

 private:
  base::Scheduler* scheduler_ = nullptr;
};

// A store that outlives the processes that use it: what one has not been told to be durable may be
// lost with it. One thread.
class UnreliableStore final : public storage::Store {
 public:
  explicit UnreliableStore(CurrentScheduler* scheduler) : scheduler_(scheduler), kept_(scheduler) {}

  // From now on commits and reads of one key fail, or do not.
  void Fail(bool failing) { failing_ = failing; }
  bool failing() const { return failing_; }

  // The process is gone; of its commits under way the first `kept` have taken effect. Returns how
  // many there were.
  std::size_t Crash(std::size_t kept) {
    const std::size_t under_way = commits_.size();
    for (std::size_t i = 0; i < std::min(kept, under_way); ++i) {
      kept_.Commit(std::move(commits_[i].transaction),
                   [](const absl::StatusOr<storage::CommitResult>&) {});
    }
    commits_.clear();
    return under_way;
  }

  void Get(const std::string& key, GetCallback done) override {
    if (!failing_) return kept_.Get(key, std::move(done));
    scheduler_->Post([done = std::move(done)]() mutable { done(OutOfOrder()); });
  }
  void List(storage::Range range, ListCallback done) override {
    kept_.List(std::move(range), std::move(done));
  }
  void Commit(storage::Transaction transaction, CommitCallback done) override {
    commits_.push_back({std::move(transaction), std::move(done)});
    scheduler_->Post([this] { CarryOutFirst(); });
  }

 private:
  struct UnderWay {
    storage::Transaction transaction;
    CommitCallback done;
  };

  static absl::Status OutOfOrder() {
    return base::MakeError(base::Reason::kStoreUnavailable, "the store is out of order");
  }

  void CarryOutFirst() {
    UnderWay first = std::move(commits_.front());
    commits_.pop_front();
    if (failing_) {
      first.done(OutOfOrder());
    } else {
      kept_.Commit(std::move(first.transaction), std::move(first.done));
    }
  }

  CurrentScheduler* const scheduler_;
  storage::MemoryStore kept_;
  std::deque<UnderWay> commits_;
  bool failing_ = false;
};

}  // namespace sessionbroker::sessions

#endif  // SESSIONBROKER_TESTS_SESSIONS_UNRELIABLE_STORE_H_
