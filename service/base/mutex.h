#ifndef SESSIONBROKER_SERVICE_BASE_MUTEX_H_
#define SESSIONBROKER_SERVICE_BASE_MUTEX_H_

#include <mutex>

#include "absl/base/thread_annotations.h"

namespace sessionbroker::base {

// std::mutex with the annotations that clang's -Wthread-safety reads. absl::Mutex is not used:
// Debian's Abseil is not instrumented, ThreadSanitizer then reports races that are none.
class ABSL_LOCKABLE Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

// Holds `mutex` for the scope's life.
class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex* mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : mutex_(mutex) {
    mutex_->Lock();
  }
  ~MutexLock() ABSL_UNLOCK_FUNCTION() { mutex_->Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex* const mutex_;
};

}  // namespace sessionbroker::base

#endif  // SESSIONBROKER_SERVICE_BASE_MUTEX_H_
