#ifndef SESSIONBROKER_SERVICE_APP_LAZY_ACCOUNTS_H_
#define SESSIONBROKER_SERVICE_APP_LAZY_ACCOUNTS_H_

#include <cstddef>
#include <map>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "service/app/account_catalog.h"
#include "service/base/account_id.h"
#include "service/base/event_loop.h"
#include "service/base/mutex.h"
#include "service/base/scheduler.h"
#include "service/base/snapshot.h"
#include "service/login/account.h"
#include "service/sessions/account_directory.h"
#include "service/telemetry/log.h"

namespace sessionbroker::app {

// The accounts of account files as the session manager sees them: built, and their secrets read,
// when somebody asks for the first time, on a thread of its own. Thread-safe.
class LazyAccounts final : public sessions::AccountDirectory {
 public:
  // Callbacks run on `scheduler`; it and `log` outlive this. Fails where the system gives no
  // thread.
  static absl::StatusOr<std::unique_ptr<LazyAccounts>> Create(
      std::shared_ptr<const AccountCatalog> catalog, base::Scheduler* scheduler,
      telemetry::Logger* log);

  // Waits for a load under way.
  ~LazyAccounts() override;

  bool Has(base::AccountIdView id) const override;
  std::size_t size() const override;
  std::vector<base::AccountId> List(base::AccountIdView from, bool inclusive,
                                    std::size_t limit) const override;
  void Load(const base::AccountId& id, LoadCallback done) override;

  // Of those that have been loaded, what is different by `next`, its secrets included.
  struct Change {
    std::vector<std::shared_ptr<const login::Account>> configured;
    std::vector<base::AccountId> removed;
  };
  // Serves by `next` from now on. Reads the secrets of those that have been loaded: blocks. An
  // account whose secret cannot be read now goes on with what it has.
  Change Update(std::shared_ptr<const AccountCatalog> next);

 private:
  using Catalog = std::shared_ptr<const AccountCatalog>;

  LazyAccounts(Catalog catalog, base::Scheduler* scheduler, telemetry::Logger* log,
               std::unique_ptr<base::EventLoop> loader);

  // On the loader's thread.
  absl::StatusOr<std::shared_ptr<const login::Account>> LoadNow(const base::AccountId& id);
  // Where the account is built: it and the log are told apart.
  absl::StatusOr<std::shared_ptr<const login::Account>> Build(const AccountCatalog& catalog,
                                                              base::AccountIdView id) const;

  base::Scheduler* const scheduler_;
  telemetry::Logger* const log_;
  base::Snapshot<Catalog> catalog_;
  base::Mutex mutex_;
  // Those that the session manager has been given.
  std::map<base::AccountId, std::shared_ptr<const login::Account>> loaded_ ABSL_GUARDED_BY(mutex_);
  // The last: nothing runs on it once it goes.
  const std::unique_ptr<base::EventLoop> loader_;
};

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_LAZY_ACCOUNTS_H_
