#ifndef SESSIONBROKER_SERVICE_ACCESS_AUDIT_RECORD_H_
#define SESSIONBROKER_SERVICE_ACCESS_AUDIT_RECORD_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "service/access/audit_log.h"

namespace sessionbroker::access {

// What becomes one line of the audit log: an event with texts of its own, or what stands for
// several of them. A value.
struct AuditRecord {
  absl::Time time;
  AuditAction action = AuditAction::kGet;
  std::string caller;
  std::string certificate;
  std::string peer;
  std::string trace_id;
  std::string provider;
  std::string account;
  int64_t version = 0;
  std::string session;
  std::optional<base::Reason> error;
  std::string detail;
  // More than 0: it stands for so many events like one that has a line already, from `since` to
  // `time`.
  int64_t repeats = 0;
  absl::Time since;
};

// Longer texts of an event are cut, but for who it was: a SPIFFE id may have 2,048 bytes.
inline constexpr std::size_t kMaxAuditTextBytes = 256;
inline constexpr std::size_t kMaxAuditCallerBytes = 2048;

// `event` with its texts cut.
AuditEvent Shortened(AuditEvent event);

// A record of `event`, shortened, at that time.
AuditRecord RecordOf(const AuditEvent& event, absl::Time time);

// The event that `record` was made of; valid as long as it.
AuditEvent ViewOf(const AuditRecord& record);

// One line of JSON with its line end (docs/audit.md): printable ASCII whatever the texts hold.
std::string LineOf(const AuditRecord& record);

// For the line that stands for `lost` events which found no room.
std::string LineOfLost(int64_t lost, absl::Time time);

// The name in the log: "get", "sign", …
absl::string_view NameOf(AuditAction action);

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_AUDIT_RECORD_H_
