#include "service/base/error.h"

#include <utility>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace sessionbroker::base {
namespace {

struct Row {
  Reason reason;
  absl::StatusCode code;
  const char* name;
  // What MakeError(reason, …) tells callers to wait; nothing where no retry helps.
  std::optional<absl::Duration> retry_after;
};

// A cause that passes is often gone after a second, and gRPC's own retry backs off from there.
constexpr absl::Duration kSoon = absl::Seconds(1);
// Where a provider locks an account and does not say for how long: lock-outs are made of minutes.
// So are the gaps in a budget of logins an hour.
constexpr absl::Duration kAfterLockout = absl::Minutes(15);

// The one table of reasons.
constexpr Row kRows[] = {
    {Reason::kInvalidArgument, absl::StatusCode::kInvalidArgument, "INVALID_ARGUMENT", {}},
    {Reason::kAccountUnknown, absl::StatusCode::kNotFound, "ACCOUNT_UNKNOWN", {}},
    {Reason::kNotAllowed, absl::StatusCode::kPermissionDenied, "NOT_ALLOWED", {}},
    {Reason::kUnauthenticated, absl::StatusCode::kUnauthenticated, "CALLER_UNKNOWN", {}},
    {Reason::kCertificateRefused, absl::StatusCode::kUnauthenticated, "CERTIFICATE_REFUSED", {}},
    {Reason::kTokenRefused, absl::StatusCode::kUnauthenticated, "TOKEN_REFUSED", {}},
    {Reason::kCredentialsRejected,
     absl::StatusCode::kFailedPrecondition,
     "CREDENTIALS_REJECTED",
     {}},
    {Reason::kInjectOnly, absl::StatusCode::kFailedPrecondition, "INJECT_ONLY", {}},
    {Reason::kSigningRequired, absl::StatusCode::kFailedPrecondition, "SIGNING_REQUIRED", {}},
    {Reason::kProviderUnreachable, absl::StatusCode::kUnavailable, "PROVIDER_UNREACHABLE", kSoon},
    {Reason::kProviderLockedOut, absl::StatusCode::kUnavailable, "PROVIDER_LOCKED_OUT",
     kAfterLockout},
    {Reason::kProviderProtocolError, absl::StatusCode::kInternal, "PROVIDER_PROTOCOL_ERROR", {}},
    {Reason::kCallUnanswered, absl::StatusCode::kUnknown, "CALL_UNANSWERED", {}},
    {Reason::kBackingOff, absl::StatusCode::kUnavailable, "BACKING_OFF", kSoon},
    {Reason::kLoginBudgetExhausted, absl::StatusCode::kResourceExhausted, "LOGIN_BUDGET_EXHAUSTED",
     kAfterLockout},
    {Reason::kCallerQuota, absl::StatusCode::kResourceExhausted, "CALLER_QUOTA", kSoon},
    {Reason::kQueueFull, absl::StatusCode::kResourceExhausted, "QUEUE_FULL", kSoon},
    {Reason::kDraining, absl::StatusCode::kUnavailable, "DRAINING", kSoon},
    {Reason::kStoreUnavailable, absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE", kSoon},
    {Reason::kSecretUnavailable, absl::StatusCode::kUnavailable, "SECRET_UNAVAILABLE", kSoon},
    {Reason::kAuditUnavailable, absl::StatusCode::kUnavailable, "AUDIT_UNAVAILABLE", kSoon},
    {Reason::kSequenceAhead, absl::StatusCode::kUnavailable, "SEQUENCE_AHEAD", kSoon},
    {Reason::kSequenceExhausted, absl::StatusCode::kFailedPrecondition, "SEQUENCE_EXHAUSTED", {}},
    {Reason::kSequencePassed, absl::StatusCode::kFailedPrecondition, "SEQUENCE_PASSED", {}},
    {Reason::kSequenceUnknown, absl::StatusCode::kNotFound, "SEQUENCE_UNKNOWN", {}},
    {Reason::kInternal, absl::StatusCode::kInternal, "INTERNAL", {}},
};

// Payloads of an absl::Status are bytes by type URL: one for each part.
constexpr char kReasonUrl[] = "sessionbroker/reason";
constexpr char kRetryUrl[] = "sessionbroker/retry-after-ns";
constexpr char kToldUrl[] = "sessionbroker/told-to-wait";
constexpr char kMetadataUrl[] = "sessionbroker/metadata/";

const Row& RowOf(Reason reason) {
  for (const Row& row : kRows) {
    if (row.reason == reason) return row;
  }
  return kRows[std::size(kRows) - 1];
}

}  // namespace

absl::Status MakeError(const ErrorDetails& details, absl::string_view message) {
  const Row& row = RowOf(details.reason);
  absl::Status status(row.code, message);
  status.SetPayload(kReasonUrl, absl::Cord(row.name));
  if (details.retry_after.has_value()) {
    status.SetPayload(kRetryUrl,
                      absl::Cord(absl::StrCat(absl::ToInt64Nanoseconds(*details.retry_after))));
  }
  if (details.told_to_wait) status.SetPayload(kToldUrl, absl::Cord());
  for (const auto& [key, value] : details.metadata) {
    status.SetPayload(absl::StrCat(kMetadataUrl, key), absl::Cord(value));
  }
  return status;
}

absl::Status MakeError(Reason reason, absl::string_view message) {
  return MakeError(
      ErrorDetails{.reason = reason, .retry_after = RowOf(reason).retry_after, .metadata = {}},
      message);
}

ErrorDetails DetailsOf(const absl::Status& status) {
  ErrorDetails details;
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
    const std::string value(payload);
    if (url == kReasonUrl) {
      for (const Row& row : kRows) {
        if (value == row.name) details.reason = row.reason;
      }
    } else if (url == kRetryUrl) {
      int64_t nanoseconds = 0;
      if (absl::SimpleAtoi(value, &nanoseconds)) {
        details.retry_after = absl::Nanoseconds(nanoseconds);
      }
    } else if (url == kToldUrl) {
      details.told_to_wait = true;
    } else if (const absl::string_view prefix = kMetadataUrl;
               url.substr(0, prefix.size()) == prefix) {
      details.metadata[std::string(url.substr(prefix.size()))] = value;
    }
  });
  return details;
}

absl::StatusCode CodeOf(Reason reason) { return RowOf(reason).code; }

absl::Span<const Reason> AllReasons() {
  static const std::vector<Reason>* const reasons = [] {
    auto* all = new std::vector<Reason>;
    for (const Row& row : kRows) all->push_back(row.reason);
    return all;
  }();
  return *reasons;
}

absl::string_view NameOf(Reason reason) { return RowOf(reason).name; }

}  // namespace sessionbroker::base
