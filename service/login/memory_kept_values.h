#ifndef SESSIONBROKER_SERVICE_LOGIN_MEMORY_KEPT_VALUES_H_
#define SESSIONBROKER_SERVICE_LOGIN_MEMORY_KEPT_VALUES_H_

#include <map>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "service/base/account_id.h"
#include "service/base/mutex.h"
#include "service/base/scheduler.h"
#include "service/login/kept_values.h"

namespace sessionbroker::login {

// Keeps values as long as the process lives.
class MemoryKeptValues final : public KeptValues {
 public:
  // Calls back on `scheduler`, which must outlive it.
  explicit MemoryKeptValues(base::Scheduler* scheduler) : scheduler_(scheduler) {}

  void Load(const KeptKey& key, LoadCallback done) override;
  void Store(const KeptKey& key, Values values, StoreCallback done) override;

 private:
  base::Scheduler* const scheduler_;
  base::Mutex mutex_;
  // An account has one binding at a time.
  std::map<base::AccountId, std::pair<std::string, Values>> kept_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_MEMORY_KEPT_VALUES_H_
