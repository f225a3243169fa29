#include "service/access/audit_record.h"

#include <nlohmann/json.hpp>

#include "absl/strings/string_view.h"

namespace sessionbroker::access {
namespace {

// SPIFFE ids have up to 2,048 bytes, and who it was must be told in full.
constexpr std::size_t kMaxIdentityBytes = 2048;
// RFC 3339 in UTC, to the microsecond.
constexpr char kTimeFormat[] = "%Y-%m-%dT%H:%M:%E6SZ";

std::string Cut(absl::string_view text, std::size_t most = kMaxAuditTextBytes) {
  return std::string(text.substr(0, most));
}

std::string Shown(absl::Time time) {
  return absl::FormatTime(kTimeFormat, time, absl::UTCTimeZone());
}

// Where it is the broker itself that does not let the caller have it.
bool IsRefusal(base::Reason reason) {
  switch (reason) {
    case base::Reason::kNotAllowed:
    case base::Reason::kUnauthenticated:
    case base::Reason::kCallerQuota:
    case base::Reason::kAuditUnavailable:
      return true;
    default:
      return false;
  }
}

const char* OutcomeOf(const AuditRecord& record) {
  if (!record.error.has_value()) return "ok";
  return IsRefusal(*record.error) ? "refused" : "failed";
}

std::string Line(const nlohmann::ordered_json& object) {
  return object.dump(-1, ' ', /*ensure_ascii=*/true, nlohmann::json::error_handler_t::replace) +
         "\n";
}

}  // namespace

AuditRecord RecordOf(const AuditEvent& event, absl::Time time) {
  return {.time = time,
          .action = event.action,
          .caller = Cut(event.caller, kMaxIdentityBytes),
          .certificate = Cut(event.certificate, kMaxIdentityBytes),
          .peer = Cut(event.peer),
          .trace_id = Cut(event.trace_id),
          .provider = Cut(event.provider),
          .account = Cut(event.account),
          .version = event.version,
          .session = Cut(event.session),
          .error = event.error,
          .detail = Cut(event.detail),
          .repeats = 0,
          .since = absl::InfinitePast()};
}

std::string LineOf(const AuditRecord& record) {
  nlohmann::ordered_json object;
  const auto add = [&object](const char* name, const std::string& text) {
    if (!text.empty()) object[name] = text;
  };
  object["time"] = Shown(record.time);
  object["action"] = std::string(NameOf(record.action));
  object["outcome"] = OutcomeOf(record);
  if (record.error.has_value()) object["reason"] = std::string(base::NameOf(*record.error));
  add("caller", record.caller);
  add("certificate", record.certificate);
  add("peer", record.peer);
  add("trace_id", record.trace_id);
  add("provider", record.provider);
  add("account", record.account);
  if (record.version > 0) object["version"] = record.version;
  add("session", record.session);
  add("detail", record.detail);
  if (record.repeats > 0) {
    object["repeats"] = record.repeats;
    object["since"] = Shown(record.since);
  }
  return Line(object);
}

std::string LineOfLost(int64_t lost, absl::Time time) {
  return Line({{"time", Shown(time)}, {"action", "lost"}, {"repeats", lost}});
}

absl::string_view NameOf(AuditAction action) {
  switch (action) {
    case AuditAction::kGet:
      return "get";
    case AuditAction::kWatch:
      return "watch";
    case AuditAction::kSign:
      return "sign";
    case AuditAction::kCall:
      return "call";
    case AuditAction::kInvalidate:
      return "invalidate";
    case AuditAction::kList:
      return "list";
    case AuditAction::kUnlatch:
      return "unlatch";
    case AuditAction::kListSequences:
      return "list_sequences";
    case AuditAction::kRaiseSequence:
      return "raise_sequence";
    case AuditAction::kLogin:
      return "login";
    case AuditAction::kLatch:
      return "latch";
    case AuditAction::kReload:
      return "reload";
    case AuditAction::kConnect:
      return "connect";
  }
  return "unknown";
}

}  // namespace sessionbroker::access
