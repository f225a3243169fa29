#ifndef SESSIONBROKER_TESTS_SIMULATOR_FAMILY_STATE_H_
#define SESSIONBROKER_TESTS_SIMULATOR_FAMILY_STATE_H_

#include <string>
#include <unordered_map>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "tests/simulator/clock.h"
#include "tests/simulator/family.h"
#include "tests/simulator/ids.h"
#include "tests/simulator/mutex.h"

namespace sessionbroker::simulator {

inline constexpr char kJsonType[] = "application/json";
inline constexpr char kHtmlType[] = "text/html; charset=UTF-8";

// What every family has, and the lock over all of it.
class FamilyState : public Family {
 public:
  Reply Handle(const Request& request) override ABSL_LOCKS_EXCLUDED(mutex_);
  std::string UserOf(const Request& request) const override ABSL_LOCKS_EXCLUDED(mutex_);
  void SetUser(User user) override ABSL_LOCKS_EXCLUDED(mutex_);
  Settings settings() const override ABSL_LOCKS_EXCLUDED(mutex_);
  void Configure(const Settings& settings) override ABSL_LOCKS_EXCLUDED(mutex_);
  void QueueToken(std::string token) override ABSL_LOCKS_EXCLUDED(mutex_);
  void QueueSession(std::string session) override ABSL_LOCKS_EXCLUDED(mutex_);
  void Reset() override ABSL_LOCKS_EXCLUDED(mutex_);

 protected:
  // `clock` outlives this object.
  FamilyState(const Clock& clock, const Settings& settings);

  // Handle() under the lock.
  virtual Reply Answer(const Request& request) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) = 0;
  // The session id that a request brings along; empty: none.
  virtual std::string SessionIn(const Request& request) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) = 0;
  // From now on the session counts as that user's, also once it is dead.
  void Own(const std::string& session, const std::string& user)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    owners_[session] = user;
  }
  // An empty name stands for every user.
  bool IsOf(const std::string& session, const std::string& user) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Drops the family's own sessions and challenges.
  virtual void Forget() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) = 0;

  absl::Time Now() const { return clock_.Now(); }

  mutable Mutex mutex_;
  Settings settings_ ABSL_GUARDED_BY(mutex_);
  Users users_ ABSL_GUARDED_BY(mutex_);
  Ids ids_ ABSL_GUARDED_BY(mutex_);

 private:
  // By session id: the user's name.
  std::unordered_map<std::string, std::string> owners_ ABSL_GUARDED_BY(mutex_);
  const Clock& clock_;
  const Settings first_settings_;
};

}  // namespace sessionbroker::simulator

#endif  // SESSIONBROKER_TESTS_SIMULATOR_FAMILY_STATE_H_
