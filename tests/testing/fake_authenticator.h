#ifndef SESSIONBROKER_TESTS_TESTING_FAKE_AUTHENTICATOR_H_
#define SESSIONBROKER_TESTS_TESTING_FAKE_AUTHENTICATOR_H_

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "service/base/account_id.h"
#include "service/base/mutex.h"
#include "service/base/scheduler.h"
#include "service/login/authenticator.h"
#include "service/secrets/secret.h"

namespace sessionbroker::testing {

// A grant with this id, to be sent as the query parameter "sessionid", that lives 1,000 s idle.
inline login::Grant GrantWithId(absl::string_view id) {
  login::Grant grant;
  grant.id = secrets::Secret(id);
  grant.attachments = {
      {.location = login::Location::kQuery, .name = "sessionid", .value = grant.id, .methods = {}}};
  grant.idle = absl::Seconds(1000);
  return grant;
}

// An authenticator that answers by script, through the scheduler. Thread-safe.
class FakeAuthenticator final : public login::Authenticator {
 public:
  // `scheduler` outlives this object.
  explicit FakeAuthenticator(base::Scheduler* scheduler) : scheduler_(scheduler) {}

  // A login that ends takes the first result that is left; with none left it gets GrantWithId of
  // "session-1", "session-2", … by its place among all logins.
  void Script(absl::StatusOr<login::Grant> result) {
    base::MutexLock lock(&mutex_);
    script_.push_back(std::move(result));
  }

  // The same for probes; with none left a session is alive. And for logouts, which succeed.
  void ScriptProbe(absl::StatusOr<login::ProbeAnswer> result) {
    base::MutexLock lock(&mutex_);
    probe_script_.push_back(std::move(result));
  }
  void ScriptProbe(login::ProbeResult result) { ScriptProbe(login::ProbeAnswer{.result = result}); }
  void ScriptLogout(absl::Status result) {
    base::MutexLock lock(&mutex_);
    logout_script_.push_back(std::move(result));
  }

  // From now on logins, probes and logouts stay under way.
  void Hold() {
    base::MutexLock lock(&mutex_);
    holding_ = true;
  }

  // Those held end, in the order in which they began; later ones are not held.
  void Release() {
    std::vector<Task> flights;
    {
      base::MutexLock lock(&mutex_);
      holding_ = false;
      flights.swap(held_);
    }
    for (Task& flight : flights) scheduler_->Post(std::move(flight));
  }

  // Those held never end: who began them is gone.
  void Lose() {
    std::vector<Task> flights;
    base::MutexLock lock(&mutex_);
    holding_ = false;
    flights.swap(held_);
    under_way_.clear();
  }

  void Login(std::shared_ptr<const login::Account> account, Callback done) override {
    std::size_t number = 0;
    {
      base::MutexLock lock(&mutex_);
      number = ++begun_;
      if (++under_way_[account->id] > 1) ++overlaps_;
    }
    Run([this, number, id = account->id, done = std::move(done)]() mutable {
      absl::StatusOr<login::Grant> result = Take(number, id);
      done(std::move(result));
    });
  }

  void Probe(std::shared_ptr<const login::Account> /*account*/,
             std::shared_ptr<const login::Grant> grant, ProbeCallback done) override {
    {
      base::MutexLock lock(&mutex_);
      probed_.push_back(grant->id);
    }
    Run([this, done = std::move(done)]() mutable { done(TakeProbe()); });
  }

  void Logout(std::shared_ptr<const login::Account> /*account*/,
              std::shared_ptr<const login::Grant> grant, LogoutCallback done) override {
    {
      base::MutexLock lock(&mutex_);
      logged_out_.push_back(grant->id);
    }
    Run([this, done = std::move(done)]() mutable { done(TakeLogout()); });
  }

  // Logins begun so far.
  std::size_t logins() const {
    base::MutexLock lock(&mutex_);
    return begun_;
  }
  // The ids of the sessions of all probes and logouts begun so far, in order.
  std::vector<secrets::Secret> probed() const {
    base::MutexLock lock(&mutex_);
    return probed_;
  }
  std::vector<secrets::Secret> logged_out() const {
    base::MutexLock lock(&mutex_);
    return logged_out_;
  }
  // Logins begun while another of the same account was under way.
  std::size_t overlaps() const {
    base::MutexLock lock(&mutex_);
    return overlaps_;
  }

 private:
  using Task = absl::AnyInvocable<void()>;

  // Now, or once it is released.
  void Run(Task flight) {
    {
      base::MutexLock lock(&mutex_);
      if (holding_) {
        held_.push_back(std::move(flight));
        return;
      }
    }
    scheduler_->Post(std::move(flight));
  }

  absl::StatusOr<login::Grant> Take(std::size_t number, const base::AccountId& id) {
    base::MutexLock lock(&mutex_);
    --under_way_[id];
    if (script_.empty()) return GrantWithId(absl::StrCat("session-", number));
    absl::StatusOr<login::Grant> result = std::move(script_.front());
    script_.pop_front();
    return result;
  }

  absl::StatusOr<login::ProbeAnswer> TakeProbe() {
    base::MutexLock lock(&mutex_);
    if (probe_script_.empty()) return login::ProbeAnswer{.result = login::ProbeResult::kAlive};
    absl::StatusOr<login::ProbeAnswer> result = std::move(probe_script_.front());
    probe_script_.pop_front();
    return result;
  }

  absl::Status TakeLogout() {
    base::MutexLock lock(&mutex_);
    if (logout_script_.empty()) return absl::OkStatus();
    absl::Status result = std::move(logout_script_.front());
    logout_script_.pop_front();
    return result;
  }

  base::Scheduler* const scheduler_;
  mutable base::Mutex mutex_;
  bool holding_ ABSL_GUARDED_BY(mutex_) = false;
  std::size_t begun_ ABSL_GUARDED_BY(mutex_) = 0;
  std::size_t overlaps_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<base::AccountId, int> under_way_ ABSL_GUARDED_BY(mutex_);
  std::deque<absl::StatusOr<login::Grant>> script_ ABSL_GUARDED_BY(mutex_);
  std::deque<absl::StatusOr<login::ProbeAnswer>> probe_script_ ABSL_GUARDED_BY(mutex_);
  std::deque<absl::Status> logout_script_ ABSL_GUARDED_BY(mutex_);
  std::vector<secrets::Secret> probed_ ABSL_GUARDED_BY(mutex_);
  std::vector<secrets::Secret> logged_out_ ABSL_GUARDED_BY(mutex_);
  std::vector<Task> held_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sessionbroker::testing

#endif  // SESSIONBROKER_TESTS_TESTING_FAKE_AUTHENTICATOR_H_
