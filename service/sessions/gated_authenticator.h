#ifndef SESSIONBROKER_SERVICE_SESSIONS_GATED_AUTHENTICATOR_H_
#define SESSIONBROKER_SERVICE_SESSIONS_GATED_AUTHENTICATOR_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "service/base/clock.h"
#include "service/base/scheduler.h"
#include "service/login/authenticator.h"
#include "service/sessions/origin_gate.h"

namespace sessionbroker::sessions {

// Puts the gate of an account's origin (OriginGate) before its logins and probes: so many at once,
// the rest wait in order; none but one at a time while the provider does not answer. What the gate
// turns away fails with kBackingOff, what waits too long with kQueueFull. Log-outs go past it.
//
// Belongs to the scheduler's thread.
class GatedAuthenticator final : public login::Authenticator {
 public:
  struct Options {
    OriginPolicy origin = {};
    // The longest that a login or probe waits for its turn.
    absl::Duration longest_wait = absl::Seconds(30);
    // More than so many waiting ones at an origin are turned away.
    std::size_t max_waiting = 100000;
  };

  // All outlive this object; nothing that was posted runs after it has gone.
  GatedAuthenticator(login::Authenticator* inner, base::Scheduler* scheduler,
                     const base::Clock* clock, const Options& options)
      : inner_(inner), scheduler_(scheduler), clock_(clock), options_(options) {}

  void Login(std::shared_ptr<const login::Account> account, Callback done) override;
  void Probe(std::shared_ptr<const login::Account> account,
             std::shared_ptr<const login::Grant> grant, ProbeCallback done) override;
  void Logout(std::shared_ptr<const login::Account> account,
              std::shared_ptr<const login::Grant> grant, LogoutCallback done) override;

 private:
  struct Call {
    // Goes on; the function given tells the gate how it ended.
    absl::AnyInvocable<void(std::function<void(const absl::Status&)> ended)> begin;
    absl::AnyInvocable<void(absl::Status)> refuse;
    base::BootTime since;
  };
  struct Origin {
    explicit Origin(const OriginPolicy& policy) : gate(policy) {}

    OriginGate gate;
    std::deque<Call> waiting;
    base::Scheduler::TimerId timer = 0;
  };

  void Enter(const login::Account& account, Call call);
  void Pump(Origin& origin);
  void End(Origin& origin, const OriginGate::Ticket& ticket, const absl::Status& status);
  void TurnAwayLateOnes(Origin& origin);
  void Refuse(Call call, absl::Status status);

  login::Authenticator* const inner_;
  base::Scheduler* const scheduler_;
  const base::Clock* const clock_;
  const Options options_;
  // By "https://host:port"; they stay where they are.
  std::map<std::string, Origin> origins_;
};

}  // namespace sessionbroker::sessions

#endif  // SESSIONBROKER_SERVICE_SESSIONS_GATED_AUTHENTICATOR_H_
