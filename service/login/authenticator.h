#ifndef SESSIONBROKER_SERVICE_LOGIN_AUTHENTICATOR_H_
#define SESSIONBROKER_SERVICE_LOGIN_AUTHENTICATOR_H_

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/base/clock.h"
#include "service/login/account.h"
#include "service/login/grant.h"

namespace sessionbroker::login {

// What a probe found out.
enum class ProbeResult { kAlive, kDead };

// And when it asked.
struct ProbeAnswer {
  ProbeResult result = ProbeResult::kDead;
  // The use of the session that the probe was. InfiniteFuture: not known.
  base::BootTime sent_at = base::BootTime::InfiniteFuture();
};

// Logs in, asks after sessions, and ends them. Thread-safe; never blocks. All callbacks are called
// exactly once, on the scheduler's thread, never inside the call that was given them.
class Authenticator {
 public:
  // An error carries a base::Reason: kCredentialsRejected, kProviderUnreachable,
  // kProviderLockedOut, kProviderProtocolError, kQueueFull, kDraining, or that of a sequence or
  // store which it needs; base::ErrorDetails::retry_after is as long as the provider, or else its
  // definition, says. ReachOf (reach.h) tells whether the provider answered.
  using Callback = absl::AnyInvocable<void(absl::StatusOr<Grant>)>;
  // An error, as Login's but never kCredentialsRejected: nothing was found out.
  using ProbeCallback = absl::AnyInvocable<void(absl::StatusOr<ProbeAnswer>)>;
  // Ok: the session is gone, whether it was there or not. An error as Login's: it may live on.
  using LogoutCallback = absl::AnyInvocable<void(absl::Status)>;

  virtual ~Authenticator() = default;

  // One login, within the authenticator's own time limit. The caller sees to it that an account has
  // at most one under way.
  virtual void Login(std::shared_ptr<const Account> account, Callback done) = 0;

  // Asks the provider whether a session is alive, which counts as a use of it. Requires
  // account->program->has_probe().
  virtual void Probe(std::shared_ptr<const Account> account, std::shared_ptr<const Grant> grant,
                     ProbeCallback done) = 0;

  // Ends a session. Requires account->program->has_logout().
  virtual void Logout(std::shared_ptr<const Account> account, std::shared_ptr<const Grant> grant,
                      LogoutCallback done) = 0;
};

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_AUTHENTICATOR_H_
