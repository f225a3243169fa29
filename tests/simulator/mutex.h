#ifndef SESSIONBROKER_TESTS_SIMULATOR_MUTEX_H_
#define SESSIONBROKER_TESTS_SIMULATOR_MUTEX_H_

#include <mutex>

#include "absl/base/thread_annotations.h"

namespace sessionbroker::simulator {

// A std::mutex that clang's -Wthread-safety understands. The simulator shares no code with the
// service that it tests, so it has its own.
class ABSL_LOCKABLE Mutex {
 public:
  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : mutex_(mutex) {
    mutex_.Lock();
  }
  ~MutexLock() ABSL_UNLOCK_FUNCTION() { mutex_.Unlock(); }

  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace sessionbroker::simulator

#endif  // SESSIONBROKER_TESTS_SIMULATOR_MUTEX_H_
