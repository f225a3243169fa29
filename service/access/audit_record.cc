#include "service/access/audit_record.h"

#include <initializer_list>
#include <nlohmann/json.hpp>

#include "absl/strings/string_view.h"

namespace sessionbroker::access {
namespace {

// RFC 3339 in UTC, to the microsecond.
constexpr char kTimeFormat[] = "%Y-%m-%dT%H:%M:%E6SZ";

std::string Shown(absl::Time time) {
  return absl::FormatTime(kTimeFormat, time, absl::UTCTimeZone());
}

// Where it is the broker itself that does not let the caller have it.
bool IsRefusal(base::Reason reason) {
  switch (reason) {
    case base::Reason::kNotAllowed:
    case base::Reason::kUnauthenticated:
    case base::Reason::kCertificateRefused:
    case base::Reason::kTokenRefused:
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

AuditEvent Shortened(AuditEvent event) {
  for (absl::string_view* const text : {&event.caller, &event.certificate}) {
    *text = text->substr(0, kMaxAuditCallerBytes);
  }
  for (absl::string_view* const text : {&event.peer, &event.trace_id, &event.provider,
                                        &event.account, &event.session, &event.detail}) {
    *text = text->substr(0, kMaxAuditTextBytes);
  }
  return event;
}

AuditRecord RecordOf(const AuditEvent& event, absl::Time time) {
  const AuditEvent cut = Shortened(event);
  return {.time = time,
          .action = cut.action,
          .caller = std::string(cut.caller),
          .certificate = std::string(cut.certificate),
          .peer = std::string(cut.peer),
          .trace_id = std::string(cut.trace_id),
          .provider = std::string(cut.provider),
          .account = std::string(cut.account),
          .version = cut.version,
          .session = std::string(cut.session),
          .error = cut.error,
          .detail = std::string(cut.detail),
          .repeats = 0,
          .since = absl::InfinitePast()};
}

AuditEvent ViewOf(const AuditRecord& record) {
  return {.action = record.action,
          .caller = record.caller,
          .certificate = record.certificate,
          .peer = record.peer,
          .trace_id = record.trace_id,
          .provider = record.provider,
          .account = record.account,
          .version = record.version,
          .session = record.session,
          .error = record.error,
          .detail = record.detail};
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
    case AuditAction::kStatus:
      return "status";
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
