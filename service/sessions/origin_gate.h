#ifndef SESSIONBROKER_SERVICE_SESSIONS_ORIGIN_GATE_H_
#define SESSIONBROKER_SERVICE_SESSIONS_ORIGIN_GATE_H_

#include <cstdint>
#include <optional>
#include <variant>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "service/base/clock.h"

namespace sessionbroker::sessions {

struct OriginPolicy {
  int max_in_flight = 32;
  // Transport failures in a row, no login reaching the provider between them, that open the
  // breaker.
  int failures_to_open = 5;
  // Between a trial that failed and the next one.
  absl::Duration trial_pause = absl::Seconds(1);
};

// Lets the logins of all accounts of one origin begin, or not. Closed: up to the cap. Open: one at
// a time tries, the others fail fast. Recovering: two at a time at first, one more for each that
// reaches the provider, until the cap. Not thread-safe.
class OriginGate {
 public:
  // A login that has begun; ends by exactly one of the End… below.
  struct Ticket {
    uint64_t id = 0;
    uint64_t epoch = 0;
  };
  // As many are in flight as may be: ask again once one has ended.
  struct Wait {};
  struct FailFast {
    // Why the last login failed, and when to try again.
    absl::Status error;
  };
  using Admission = std::variant<Ticket, Wait, FailFast>;

  explicit OriginGate(const OriginPolicy& policy) : policy_(policy) {}

  // May a login begin? It has, if the answer is a ticket.
  Admission Admit(base::BootTime now);

  // The provider answered, whatever it said.
  void EndReached(const Ticket& ticket);
  // It did not. What began before the breaker last opened or closed says nothing new.
  void EndUnreached(const Ticket& ticket, absl::Status cause, base::BootTime now);
  // The login ended before anything was known.
  void EndDropped(const Ticket& ticket);

 private:
  struct Closed {};
  struct Open {
    base::BootTime next_trial;
    absl::Status cause;
    // The ticket of the login that tries.
    std::optional<uint64_t> trial;
  };
  struct Recovering {
    // Of those that began since.
    int limit;
  };

  Ticket Begin();
  void Release(const Ticket& ticket);
  void BeginEpoch();
  // To `limit` logins at a time; closed once that is the cap.
  void Recover(int limit);

  const OriginPolicy policy_;
  std::variant<Closed, Open, Recovering> state_;
  // The time since the breaker last opened or began to recover.
  uint64_t epoch_ = 0;
  uint64_t last_ticket_ = 0;
  int in_flight_ = 0;
  int in_flight_of_epoch_ = 0;
  int failures_in_a_row_ = 0;
};

}  // namespace sessionbroker::sessions

#endif  // SESSIONBROKER_SERVICE_SESSIONS_ORIGIN_GATE_H_
