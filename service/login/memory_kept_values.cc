#include "service/login/memory_kept_values.h"

#include <utility>

namespace sessionbroker::login {

void MemoryKeptValues::Load(const KeptKey& key, LoadCallback done) {
  Values values;
  {
    const base::MutexLock lock(&mutex_);
    const auto found = kept_.find(key.account);
    if (found != kept_.end() && found->second.first == key.binding) values = found->second.second;
  }
  scheduler_->Post([done = std::move(done), values = std::move(values)]() mutable {
    std::move(done)(std::move(values));
  });
}

void MemoryKeptValues::Store(const KeptKey& key, Values values, StoreCallback done) {
  {
    const base::MutexLock lock(&mutex_);
    kept_.insert_or_assign(key.account, std::make_pair(key.binding, std::move(values)));
  }
  scheduler_->Post([done = std::move(done)]() mutable { std::move(done)(absl::OkStatus()); });
}

}  // namespace sessionbroker::login
