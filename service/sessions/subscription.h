#ifndef SESSIONBROKER_SERVICE_SESSIONS_SUBSCRIPTION_H_
#define SESSIONBROKER_SERVICE_SESSIONS_SUBSCRIPTION_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/base/mutex.h"
#include "service/sessions/watch_view.h"

namespace sessionbroker::sessions {

// One message to all who watch an account. Immutable.
struct WatchState {
  // Not Unsettled.
  View view;
  // In the form that the API sends: a session's own bytes, or those of the outage. Owned together
  // with what they are of. A bearer secret.
  std::shared_ptr<const std::string> encoded;
};

using WatchStatePtr = std::shared_ptr<const WatchState>;

// One reader of an account's states: a slot with the newest that it has not taken, so that who
// reads slowly gets the newest and never a backlog. Thread-safe; Take belongs to one reader, which
// does not call it again before it is through with what it got.
class Subscription {
 public:
  // `wake` is called when there is something to take again after Take has given nothing: once for
  // each such Take, on the thread of who brings it, with no lock held. Never again after Take has
  // given an error.
  explicit Subscription(std::function<void()> wake) : wake_(std::move(wake)) {}
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  // The newest state that was not taken yet; or, from End on, why there will be none any more.
  // Nothing: `wake` will be called.
  std::optional<absl::StatusOr<WatchStatePtr>> Take();

  // Puts `state` into the slot in place of what nobody has taken, unless it is what was put there
  // last or this has ended.
  void Offer(WatchStatePtr state);

  // Ends it, and empties the slot. The first `status`, which is an error, stays.
  void End(absl::Status status);

  // The reader is gone: ends without waking it. A call of `wake` may be under way on another
  // thread.
  void Close();

 private:
  friend class Watchers;

  const std::function<void()> wake_;
  base::Mutex mutex_;
  // The slot, and whether it was taken; stays there to be compared with.
  WatchStatePtr newest_ ABSL_GUARDED_BY(mutex_);
  bool taken_ ABSL_GUARDED_BY(mutex_) = true;
  // The reader waits to be woken.
  bool parked_ ABSL_GUARDED_BY(mutex_) = false;
  // OK: it goes on.
  absl::Status end_ ABSL_GUARDED_BY(mutex_);

  // Where it stands among the watchers of its account. Belongs to the scheduler's thread.
  std::optional<std::size_t> place_;
};

}  // namespace sessionbroker::sessions

#endif  // SESSIONBROKER_SERVICE_SESSIONS_SUBSCRIPTION_H_
