#include "service/sessions/subscription.h"

namespace sessionbroker::sessions {

std::optional<absl::StatusOr<WatchStatePtr>> Subscription::Take() {
  base::MutexLock lock(&mutex_);
  if (!end_.ok()) return end_;
  if (!taken_) {
    taken_ = true;
    return newest_;
  }
  parked_ = true;
  return std::nullopt;
}

void Subscription::Offer(WatchStatePtr state) {
  {
    base::MutexLock lock(&mutex_);
    if (!end_.ok() || state == newest_) return;
    // What was there is destroyed after the lock is released.
    newest_.swap(state);
    taken_ = false;
    if (!std::exchange(parked_, false)) return;
  }
  wake_();
}

void Subscription::End(absl::Status status) {
  WatchStatePtr dropped;
  {
    base::MutexLock lock(&mutex_);
    if (!end_.ok()) return;
    end_ = std::move(status);
    newest_.swap(dropped);
    if (!std::exchange(parked_, false)) return;
  }
  wake_();
}

void Subscription::Close() {
  WatchStatePtr dropped;
  base::MutexLock lock(&mutex_);
  if (end_.ok()) end_ = absl::CancelledError("closed");
  newest_.swap(dropped);
  parked_ = false;
}

}  // namespace sessionbroker::sessions
