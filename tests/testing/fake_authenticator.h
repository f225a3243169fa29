#ifndef SESSIONBROKER_TESTS_TESTING_FAKE_AUTHENTICATOR_H_
#define SESSIONBROKER_TESTS_TESTING_FAKE_AUTHENTICATOR_H_

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <utility>
#include <vector>

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

  // From now on logins stay under way.
  void Hold() {
    base::MutexLock lock(&mutex_);
    holding_ = true;
  }

  // Those held end, in the order in which they began; later ones are not held.
  void Release() {
    std::vector<Flight> flights;
    {
      base::MutexLock lock(&mutex_);
      holding_ = false;
      flights.swap(held_);
    }
    for (Flight& flight : flights) Finish(std::move(flight));
  }

  void Login(std::shared_ptr<const login::Account> account, Callback done) override {
    Flight flight;
    {
      base::MutexLock lock(&mutex_);
      flight = {.number = ++begun_, .id = account->id, .done = std::move(done)};
      if (++under_way_[account->id] > 1) ++overlaps_;
      if (holding_) {
        held_.push_back(std::move(flight));
        return;
      }
    }
    Finish(std::move(flight));
  }

  // Logins begun so far.
  std::size_t logins() const {
    base::MutexLock lock(&mutex_);
    return begun_;
  }
  // Logins begun while another of the same account was under way.
  std::size_t overlaps() const {
    base::MutexLock lock(&mutex_);
    return overlaps_;
  }

 private:
  struct Flight {
    std::size_t number = 0;
    base::AccountId id;
    Callback done;
  };

  void Finish(Flight flight) {
    scheduler_->Post([this, flight = std::move(flight)]() mutable {
      absl::StatusOr<login::Grant> result = Take(flight);
      flight.done(std::move(result));
    });
  }

  absl::StatusOr<login::Grant> Take(const Flight& flight) {
    base::MutexLock lock(&mutex_);
    --under_way_[flight.id];
    if (script_.empty()) return GrantWithId(absl::StrCat("session-", flight.number));
    absl::StatusOr<login::Grant> result = std::move(script_.front());
    script_.pop_front();
    return result;
  }

  base::Scheduler* const scheduler_;
  mutable base::Mutex mutex_;
  bool holding_ ABSL_GUARDED_BY(mutex_) = false;
  std::size_t begun_ ABSL_GUARDED_BY(mutex_) = 0;
  std::size_t overlaps_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<base::AccountId, int> under_way_ ABSL_GUARDED_BY(mutex_);
  std::deque<absl::StatusOr<login::Grant>> script_ ABSL_GUARDED_BY(mutex_);
  std::vector<Flight> held_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sessionbroker::testing

#endif  // SESSIONBROKER_TESTS_TESTING_FAKE_AUTHENTICATOR_H_
