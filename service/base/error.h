#ifndef SESSIONBROKER_SERVICE_BASE_ERROR_H_
#define SESSIONBROKER_SERVICE_BASE_ERROR_H_

#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace sessionbroker::base {

// Why a call fails, as callers see it: docs/api.md is the table. The canonical code follows from
// the reason alone (CodeOf).
enum class Reason {
  kInvalidArgument,
  kAccountUnknown,
  kNotAllowed,
  kUnauthenticated,
  kCertificateRefused,
  kTokenRefused,
  kCredentialsRejected,
  kInjectOnly,
  kSigningRequired,
  kProviderUnreachable,
  kProviderLockedOut,
  kProviderProtocolError,
  kCallUnanswered,
  kBackingOff,
  kLoginBudgetExhausted,
  kCallerQuota,
  kQueueFull,
  kDraining,
  kStoreUnavailable,
  kSecretUnavailable,
  kAuditUnavailable,
  kSequenceAhead,
  kSequenceExhausted,
  kSequencePassed,
  kSequenceUnknown,
  kInternal,
};

// What rides on an absl::Status made by MakeError.
struct ErrorDetails {
  Reason reason = Reason::kInternal;
  // How long to wait before trying again; nothing where no retry helps.
  std::optional<absl::Duration> retry_after;
  // Facts for programs: names, limits and actual values, never a secret.
  std::map<std::string, std::string> metadata;
  // retry_after is the provider's own word.
  bool told_to_wait = false;
};

// A status that carries `details`; its code is CodeOf(details.reason). `message` is for people,
// names what, limit and actual, and holds neither a secret nor a provider's own text.
absl::Status MakeError(const ErrorDetails& details, absl::string_view message);

// A status with a reason, the delay that goes with it (docs/api.md: a second where the cause
// passes) and nothing else.
absl::Status MakeError(Reason reason, absl::string_view message);

// What `status` carries; an error made elsewhere reads as kInternal. Requires !status.ok().
ErrorDetails DetailsOf(const absl::Status& status);

// The canonical code of a reason.
absl::StatusCode CodeOf(Reason reason);

// Every reason, each once.
absl::Span<const Reason> AllReasons();

// The reason's name in google.rpc.ErrorInfo, e.g. "CREDENTIALS_REJECTED".
absl::string_view NameOf(Reason reason);

}  // namespace sessionbroker::base

#endif  // SESSIONBROKER_SERVICE_BASE_ERROR_H_
