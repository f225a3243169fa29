#ifndef SESSIONBROKER_SERVICE_BASE_SNAPSHOT_H_
#define SESSIONBROKER_SERVICE_BASE_SNAPSHOT_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

#include "service/base/mutex.h"

namespace sessionbroker::base {

// A number for the calling thread, counted up from 0 in the order in which threads ask first.
inline std::size_t NumberOfThisThread() {
  static std::atomic<std::size_t> next{0};
  thread_local const std::size_t mine = next.fetch_add(1, std::memory_order_relaxed);
  return mine;
}

// A value that many threads look at and one replaces now and then: whoever looks gets it as it was
// at that moment, and keeps it as long as it wants. Thread-safe.
//
// There are 16 pointers to the value, each with a lock and a count of its own in a cache line of
// its own, and a thread always takes the same one: threads that look at once do not wait for each
// other. (std::atomic<std::shared_ptr> of libstdc++ 12 is one spinning lock.)
template <typename T>
class Snapshot {
 public:
  explicit Snapshot(T value) { Set(std::move(value)); }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  // Never nullptr. Allocates nothing.
  std::shared_ptr<const T> Get() const {
    const Stripe& stripe = stripes_[NumberOfThisThread() % stripes_.size()];
    MutexLock lock(&stripe.mutex);
    return stripe.value;
  }

  // Once it returns, every Get that begins gets `value`; while it runs, some still get the one
  // before. One at a time.
  void Set(T value) {
    const auto shared = std::make_shared<const T>(std::move(value));
    for (Stripe& stripe : stripes_) {
      // Aliased, so that copies are counted apart.
      std::shared_ptr<const T> next(shared.get(), [shared](const T*) {});
      MutexLock lock(&stripe.mutex);
      stripe.value.swap(next);
    }
  }

 private:
  struct alignas(64) Stripe {
    mutable Mutex mutex;
    std::shared_ptr<const T> value ABSL_GUARDED_BY(mutex);
  };

  std::array<Stripe, 16> stripes_;
};

}  // namespace sessionbroker::base

#endif  // SESSIONBROKER_SERVICE_BASE_SNAPSHOT_H_
