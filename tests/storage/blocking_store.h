#ifndef SESSIONBROKER_TESTS_STORAGE_BLOCKING_STORE_H_
#define SESSIONBROKER_TESTS_STORAGE_BLOCKING_STORE_H_

#include <future>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "service/storage/store.h"

namespace sessionbroker::testing {

// A store whose calls wait for their results. Not for the store's scheduler's thread.
class BlockingStore {
 public:
  explicit BlockingStore(storage::Store* store) : store_(store) {}

  absl::StatusOr<std::optional<storage::Entry>> Get(const std::string& key) {
    return Wait<std::optional<storage::Entry>>(
        [&](auto done) { store_->Get(key, std::move(done)); });
  }
  absl::StatusOr<std::vector<storage::Entry>> List(const storage::Range& range) {
    return Wait<std::vector<storage::Entry>>(
        [&](auto done) { store_->List(range, std::move(done)); });
  }
  absl::StatusOr<storage::CommitResult> Commit(storage::Transaction transaction) {
    return Wait<storage::CommitResult>(
        [&](auto done) { store_->Commit(std::move(transaction), std::move(done)); });
  }

 private:
  template <typename T, typename Call>
  absl::StatusOr<T> Wait(Call call) {
    std::promise<absl::StatusOr<T>> promise;
    std::future<absl::StatusOr<T>> result = promise.get_future();
    call([promise = std::move(promise)](absl::StatusOr<T> value) mutable {
      promise.set_value(std::move(value));
    });
    return result.get();
  }

  storage::Store* const store_;
};

}  // namespace sessionbroker::testing

#endif  // SESSIONBROKER_TESTS_STORAGE_BLOCKING_STORE_H_
