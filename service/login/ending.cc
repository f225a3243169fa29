#include "service/login/ending.h"

namespace sessionbroker::login {

using base::Reason;

Reason ReasonOf(const absl::Status& transport_error) {
  switch (transport_error.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    // It broke off, or is not HTTP: whoever said it, it was not the application.
    case absl::StatusCode::kDataLoss:
    // The name may lead elsewhere later.
    case absl::StatusCode::kPermissionDenied:
      return Reason::kProviderUnreachable;
    default:
      return Reason::kProviderProtocolError;
  }
}

Reach ReachOfRequest(const absl::StatusOr<http::Response>& answer) {
  // An answer that is too long is one.
  if (answer.ok() || absl::IsResourceExhausted(answer.status())) return Reach::kAnswered;
  return ReasonOf(answer.status()) == Reason::kProviderUnreachable ? Reach::kNoAnswer
                                                                   : Reach::kNothingSent;
}

Ending EndingOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kCredentialsRejected:
      return {Reason::kCredentialsRejected, "the provider refuses the credentials"};
    case Outcome::kLocked:
      return {Reason::kProviderLockedOut, "the provider wants no requests for a while"};
    case Outcome::kTransient:
      return {Reason::kProviderUnreachable, "the provider cannot serve now"};
    case Outcome::kPermanent:
      return {Reason::kProviderProtocolError, "the provider refuses, and waiting will not help"};
    case Outcome::kOk:
    case Outcome::kChallengeStale:
    case Outcome::kSessionExpired:
    case Outcome::kNonceRejected:
      break;
  }
  return {Reason::kInternal, "no end of a login"};
}

const char* AgainText(Outcome outcome) {
  switch (outcome) {
    case Outcome::kSessionExpired:
      return "what earlier logins left was refused, and so was a login without it: ";
    case Outcome::kNonceRejected:
      return "the number was too low, twice: ";
    default:
      return "the challenge was used up, twice: ";
  }
}

}  // namespace sessionbroker::login
