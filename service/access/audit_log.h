#ifndef SESSIONBROKER_SERVICE_ACCESS_AUDIT_LOG_H_
#define SESSIONBROKER_SERVICE_ACCESS_AUDIT_LOG_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "service/base/error.h"

namespace sessionbroker::access {

// What the audit log keeps lines of.
enum class AuditAction {
  // A session was handed out: by GetSession, or over a watch.
  kGet,
  kWatch,
  // A request was signed, or sent with the session in it.
  kSign,
  kCall,
  kInvalidate,
  // Names of accounts, or how the broker stands, were shown: kept where it is refused.
  kList,
  kStatus,
  // What operators do.
  kUnlatch,
  kListSequences,
  kRaiseSequence,
  // What the broker does by itself: it logged in, it will not log in again with these credentials.
  kLogin,
  kLatch,
  kReload,
  // A call that never came so far as to be one of the above: its caller is not known.
  kConnect,
};

// One thing done, failed or refused. The texts are borrowed for the call of Record. There is no
// place in it for a secret or a session id.
struct AuditEvent {
  AuditAction action = AuditAction::kGet;
  // Who asked, as rules write it; empty: the broker itself, or nobody who is known.
  absl::string_view caller = {};
  // Of a caller who showed a token too: whose certificate it was.
  absl::string_view certificate = {};
  // The other end of the connection.
  absl::string_view peer = {};
  absl::string_view trace_id = {};
  // Both empty: it concerns no account.
  absl::string_view provider = {};
  absl::string_view account = {};
  // Of the session; 0: of none.
  int64_t version = 0;
  // The session's id under a keyed hash (sessions::Session::id_hash).
  absl::string_view session = {};
  // Why it failed or was refused; unset: it succeeded.
  std::optional<base::Reason> error = std::nullopt;
  // What else tells one such event from another, such as the method and path of a call: names and
  // numbers, cut to 256 bytes.
  absl::string_view detail = {};
};

// Where everything that is done with sessions leaves a line (docs/audit.md). Implementations are
// thread-safe and never wait.
class AuditLog {
 public:
  virtual ~AuditLog() = default;

  // Ok, or kAuditUnavailable: what is done now might leave no line. To be asked before what cannot
  // be taken back, and before a login on a caller's behalf.
  virtual absl::Status Check() const = 0;

  // Takes the event down. kAuditUnavailable: it could not be, and must be; what the event is about
  // must not reach the caller. For an event that tells of a failure the result may be ignored.
  // Allocates nothing for an event that repeats a recent one (AuditRepeats).
  virtual absl::Status Record(const AuditEvent& event) = 0;
};

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_AUDIT_LOG_H_
