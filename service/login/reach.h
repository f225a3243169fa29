#ifndef SESSIONBROKER_SERVICE_LOGIN_REACH_H_
#define SESSIONBROKER_SERVICE_LOGIN_REACH_H_

#include "absl/status/status.h"

namespace sessionbroker::login {

// How far the last request of a login, probe or logout came that failed. What a breaker over a
// whole origin goes by.
enum class Reach {
  // None was sent: no turn, no number of a sequence, a request that cannot be made. Says nothing
  // about
  // the provider.
  kNothingSent,
  // No whole answer came: no address, no connection, no TLS, too late, broken off, not HTTP.
  kNoAnswer,
  // One came, whatever it said.
  kAnswered,
};

// The same error, which says so. Requires !status.ok().
absl::Status WithReach(absl::Status status, Reach reach);

// What an error of Authenticator says; kNothingSent where it says nothing. Requires !status.ok().
Reach ReachOf(const absl::Status& status);

// Whether the provider answered. False too where it was asked nothing: a breaker must not count
// that as a failure, see Reach.
inline bool ReachedProvider(const absl::Status& status) {
  return ReachOf(status) == Reach::kAnswered;
}

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_REACH_H_
