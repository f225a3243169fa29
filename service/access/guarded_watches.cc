#include "service/access/guarded_watches.h"

#include <utility>
#include <variant>
#include <vector>

#include "service/access/not_allowed.h"
#include "service/base/error.h"

namespace sessionbroker::access {
namespace {

absl::Status ExpiredError() {
  return base::MakeError(base::Reason::kUnauthenticated,
                         "what the caller has shown has expired: watch again, with what is valid");
}

}  // namespace

std::optional<absl::StatusOr<std::shared_ptr<const std::string>>> GuardedWatch::Take() {
  // Nothing is handed out by rules that have been replaced, however soon it is after that.
  Check();
  auto taken = watch_->Take();
  if (!taken.has_value()) return std::nullopt;
  if (taken->ok()) {
    const auto* const session = std::get_if<sessions::SessionPtr>(&(**taken)->view);
    if (session == nullptr) return (**taken)->encoded;
    absl::Status recorded = Record(**session);
    if (recorded.ok()) return (**taken)->encoded;
    End(recorded);
    return recorded;
  }
  // A caller that goes away is nothing to be told of.
  if (absl::IsCancelled(taken->status())) return taken->status();
  return Failed(*all_->oversight_.audit, EventOf(call_, AuditAction::kWatch, id_), taken->status());
}

void GuardedWatch::End(absl::Status status) { watch_->End(std::move(status)); }

void GuardedWatch::Check() {
  if (all_->clock_->WallNow() >= call_.valid_until) return End(ExpiredError());
  if (all_->policy_->Get()->Allows(call_, Action::kWatch, id_) != nullptr) return;
  End(NotAllowedError(call_.caller, "watch", id_));
}

absl::Status GuardedWatch::Record(const sessions::Session& session) {
  AuditEvent event = EventOf(call_, AuditAction::kWatch, id_);
  event.version = session.version;
  event.session = session.id_hash;
  return all_->oversight_.audit->Record(event);
}

GuardedWatch::~GuardedWatch() {
  if (expiry_ != 0) all_->scheduler_->Cancel(expiry_);
  base::MutexLock lock(&all_->mutex_);
  all_->open_.erase(this);
}

absl::StatusOr<std::shared_ptr<GuardedWatch>> GuardedWatches::Open(const Call& call,
                                                                   base::AccountIdView id,
                                                                   std::function<void()> wake) {
  const auto failed = [&](absl::Status status) {
    return Failed(*oversight_.audit, EventOf(call, AuditAction::kWatch, id), std::move(status));
  };
  absl::Status taken = oversight_.quotas->TakeCall(call.caller);
  if (taken.ok()) taken = oversight_.quotas->CheckLogin(call.caller);
  if (!taken.ok()) return failed(std::move(taken));
  if (policy_->Get()->Allows(call, Action::kWatch, id) == nullptr) {
    return failed(NotAllowedError(call.caller, "watch", id));
  }
  if (absl::Status kept = oversight_.audit->Check(); !kept.ok()) return failed(std::move(kept));
  absl::StatusOr<CallerQuotas::Place> place = oversight_.quotas->BeginStream(call.caller);
  if (!place.ok()) return failed(place.status());
  const auto watch = std::shared_ptr<GuardedWatch>(new GuardedWatch(
      this, call, {.provider = std::string(id.provider), .account = std::string(id.account)},
      *std::move(place)));
  watch->watch_ = manager_->Watch(id, std::move(wake));
  if (call.valid_until < absl::InfiniteFuture()) {
    watch->expiry_ = scheduler_->RunAfter(
        call.valid_until - clock_->WallNow(), [held = std::weak_ptr<GuardedWatch>(watch)] {
          if (const std::shared_ptr<GuardedWatch> open = held.lock()) open->End(ExpiredError());
        });
  }
  base::MutexLock lock(&mutex_);
  // Rules that have changed since: the first Take looks again.
  open_.emplace(watch.get(), watch);
  return watch;
}

void GuardedWatches::Recheck() {
  std::vector<std::shared_ptr<GuardedWatch>> open;
  {
    base::MutexLock lock(&mutex_);
    open.reserve(open_.size());
    for (const auto& [key, watch] : open_) {
      if (std::shared_ptr<GuardedWatch> alive = watch.lock()) open.push_back(std::move(alive));
    }
  }
  for (const std::shared_ptr<GuardedWatch>& watch : open) watch->Check();
}

}  // namespace sessionbroker::access
