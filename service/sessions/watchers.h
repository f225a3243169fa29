#ifndef SESSIONBROKER_SERVICE_SESSIONS_WATCHERS_H_
#define SESSIONBROKER_SERVICE_SESSIONS_WATCHERS_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "service/base/clock.h"
#include "service/base/scheduler.h"
#include "service/sessions/subscription.h"
#include "service/sessions/watch_view.h"

namespace sessionbroker::sessions {

// Those who watch one account, and what they have been shown. Belongs to the scheduler's thread.
class Watchers : public std::enable_shared_from_this<Watchers> {
 public:
  // A session that goes on under its version, with a later end, is shown so often at most. One of a
  // short life is shown before the end that was told comes near.
  static constexpr absl::Duration kBetweenExtensions = absl::Minutes(1);

  struct Surroundings {
    base::Scheduler* scheduler = nullptr;
    const base::Clock* clock = nullptr;
    // An outage in the form that the API sends.
    std::function<std::string(const Outage&)> outage_encoder;
  };

  // `surroundings` outlive this object. `look_again` is called when time alone may have changed the
  // view; it calls Show.
  Watchers(const Surroundings* surroundings, std::function<void()> look_again);
  Watchers(const Watchers&) = delete;
  Watchers& operator=(const Watchers&) = delete;

  std::size_t size() const { return all_.size(); }

  // `subscription` gets what the others see; while that is Unsettled, what it settles to.
  void Add(std::shared_ptr<Subscription> subscription);
  // It has closed. False: it is not there.
  bool Remove(Subscription* subscription);

  // This is what they see from now on. Tells them, some at a time, so that the thread's other work
  // goes on; who is not told yet when it changes again gets the newer only.
  void Show(View view);

  // All of them end with `status`.
  void End(const absl::Status& status);

 private:
  WatchStatePtr StateOf(View view) const;
  // Everyone whose last state is another one gets what is shown.
  void Tell();
  void TellSome();
  void LookAgainAt(base::BootTime due);

  const Surroundings* const surroundings_;
  const std::function<void()> look_again_;
  std::vector<std::shared_ptr<Subscription>> all_;
  // nullptr: nothing was shown yet.
  WatchStatePtr shown_;
  base::BootTime shown_at_;
  // What is shown is how things are, but for an extension that waits for its time.
  bool settled_ = false;
  // Some came while it was not.
  bool untold_ = false;
  // Whose turn it is, and how many are to be told still.
  std::size_t next_ = 0;
  std::size_t left_ = 0;
  base::Scheduler::TimerId timer_ = 0;
};

}  // namespace sessionbroker::sessions

#endif  // SESSIONBROKER_SERVICE_SESSIONS_WATCHERS_H_
