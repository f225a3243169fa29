#ifndef SESSIONBROKER_SERVICE_APP_STORED_KEPT_VALUES_H_
#define SESSIONBROKER_SERVICE_APP_STORED_KEPT_VALUES_H_

#include <map>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/base/mutex.h"
#include "service/base/scheduler.h"
#include "service/crypto/sealing.h"
#include "service/login/kept_values.h"
#include "service/storage/store.h"

namespace sessionbroker::app {

// What accounts keep between logins, in a store: one entry for an account and binding, under
// "kept/PROVIDER/ACCOUNT/BINDING". With keys all of it is sealed, and an entry that an earlier
// configuration has left unsealed is sealed when it is written next. Without keys secrets stay in
// memory and the rest is stored as it is. Thread-safe.
//
// An entry that cannot be read is left as it is and fails the Load with kStoreUnavailable.
class StoredKeptValues final : public login::KeptValues {
 public:
  // `scheduler` is the one that `store` calls back on; both outlive this, and nothing runs on it
  // any more when this goes.
  StoredKeptValues(storage::Store* store, base::Scheduler* scheduler,
                   std::optional<crypto::SealingKeys> keys)
      : store_(store), scheduler_(scheduler), keys_(std::move(keys)) {}

  void Load(const login::KeptKey& key, LoadCallback done) override;
  void Store(const login::KeptKey& key, Values values, StoreCallback done) override;

 private:
  // What an entry's value holds.
  absl::StatusOr<Values> Read(const login::KeptKey& key, absl::string_view record) const;
  absl::StatusOr<std::string> Write(const login::KeptKey& key, const Values& values) const;
  // Takes out what must not be stored.
  void HoldBack(const login::KeptKey& key, Values* values);

  storage::Store* const store_;
  base::Scheduler* const scheduler_;
  const std::optional<crypto::SealingKeys> keys_;
  base::Mutex mutex_;
  std::map<login::KeptKey, Values> in_memory_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_STORED_KEPT_VALUES_H_
