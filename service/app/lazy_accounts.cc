#include "service/app/lazy_accounts.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/app/call_and_wait.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/telemetry/names.h"

namespace sessionbroker::app {

absl::StatusOr<std::unique_ptr<LazyAccounts>> LazyAccounts::Create(
    std::shared_ptr<const AccountCatalog> catalog, base::Scheduler* scheduler,
    telemetry::Logger* log) {
  SB_ASSIGN_OR_RETURN(std::unique_ptr<base::EventLoop> loader,
                      base::EventLoop::Create("account-loader"));
  SB_RETURN_IF_ERROR(loader->Start());
  return std::unique_ptr<LazyAccounts>(
      new LazyAccounts(std::move(catalog), scheduler, log, std::move(loader)));
}

LazyAccounts::LazyAccounts(Catalog catalog, base::Scheduler* scheduler, telemetry::Logger* log,
                           std::unique_ptr<base::EventLoop> loader)
    : scheduler_(scheduler), log_(log), catalog_(std::move(catalog)), loader_(std::move(loader)) {}

LazyAccounts::~LazyAccounts() { loader_->Stop(); }

bool LazyAccounts::Has(base::AccountIdView id) const { return (*catalog_.Get())->Has(id); }

std::size_t LazyAccounts::size() const { return (*catalog_.Get())->size(); }

std::vector<base::AccountId> LazyAccounts::List(base::AccountIdView from, bool inclusive,
                                                std::size_t limit) const {
  return (*catalog_.Get())->List(from, inclusive, limit);
}

void LazyAccounts::Load(const base::AccountId& id, LoadCallback done) {
  loader_->Post([this, id, done = std::move(done)]() mutable {
    scheduler_->Post(
        [account = LoadNow(id), done = std::move(done)]() mutable { done(std::move(account)); });
  });
}

absl::StatusOr<std::shared_ptr<const login::Account>> LazyAccounts::LoadNow(
    const base::AccountId& id) {
  SB_ASSIGN_OR_RETURN(std::shared_ptr<const login::Account> account, Build(**catalog_.Get(), id));
  base::MutexLock lock(&mutex_);
  loaded_[id] = account;
  return account;
}

absl::StatusOr<std::shared_ptr<const login::Account>> LazyAccounts::Build(
    const AccountCatalog& catalog, base::AccountIdView id) const {
  absl::StatusOr<std::shared_ptr<const login::Account>> account = catalog.Build(id);
  if (account.ok() || base::DetailsOf(account.status()).reason == base::Reason::kAccountUnknown) {
    return account;
  }
  log_->Log(telemetry::LogLevel::kError, telemetry::kSecretUnavailableEvent,
            {{telemetry::kProviderField, std::string(id.provider)},
             {telemetry::kAccountField, std::string(id.account)},
             {telemetry::kDetailField, std::string(account.status().message())}});
  // Where the secret lies is the operator's affair.
  return base::MakeError(base::Reason::kSecretUnavailable,
                         absl::StrCat("the broker cannot read a secret of ", id.ToString()));
}

LazyAccounts::Change LazyAccounts::Update(std::shared_ptr<const AccountCatalog> next) {
  // On the loader's thread, so that no load is under way that would not see it.
  return CallAndWait<Change>(loader_.get(), [&](absl::AnyInvocable<void(Change)> done) {
    catalog_.Set(next);
    std::map<base::AccountId, std::shared_ptr<const login::Account>> loaded;
    {
      base::MutexLock lock(&mutex_);
      loaded = loaded_;
    }
    Change change;
    for (auto& [id, account] : loaded) {
      absl::StatusOr<std::shared_ptr<const login::Account>> now = Build(*next, id);
      if (now.ok()) {
        if (!(**now == *account)) change.configured.push_back(*std::move(now));
      } else if (base::DetailsOf(now.status()).reason == base::Reason::kAccountUnknown) {
        change.removed.push_back(id);
      }
    }
    {
      base::MutexLock lock(&mutex_);
      for (const auto& account : change.configured) loaded_[account->id] = account;
      for (const base::AccountId& id : change.removed) loaded_.erase(id);
    }
    done(std::move(change));
  });
}

}  // namespace sessionbroker::app
