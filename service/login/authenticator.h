#ifndef SESSIONBROKER_SERVICE_LOGIN_AUTHENTICATOR_H_
#define SESSIONBROKER_SERVICE_LOGIN_AUTHENTICATOR_H_

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "service/login/account.h"
#include "service/login/grant.h"

namespace sessionbroker::login {

// Logs in. Thread-safe; never blocks.
class Authenticator {
 public:
  // Called exactly once, on the scheduler's thread, never inside Login. An error carries a
  // base::Reason: kCredentialsRejected, kProviderUnreachable, kProviderProtocolError, kQueueFull or
  // kDraining.
  using Callback = absl::AnyInvocable<void(absl::StatusOr<Grant>)>;

  virtual ~Authenticator() = default;

  // One login, within the authenticator's own time limit. The caller sees to it that an account has
  // at most one under way.
  virtual void Login(std::shared_ptr<const Account> account, Callback done) = 0;
};

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_AUTHENTICATOR_H_
