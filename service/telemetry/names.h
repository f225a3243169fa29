#ifndef SESSIONBROKER_SERVICE_TELEMETRY_NAMES_H_
#define SESSIONBROKER_SERVICE_TELEMETRY_NAMES_H_

// Every metric, label, log event and log field has its name here and nowhere else: dashboards and
// alerts are written against this file.
namespace sessionbroker::telemetry {

// Metrics: counters.
inline constexpr char kHitsTotal[] = "sessionbroker_hits_total";
inline constexpr char kJoinedTotal[] = "sessionbroker_joined_total";
inline constexpr char kLoginsTotal[] = "sessionbroker_logins_total";
inline constexpr char kProbesTotal[] = "sessionbroker_probes_total";
inline constexpr char kLogoutsTotal[] = "sessionbroker_logouts_total";
inline constexpr char kCallsTotal[] = "sessionbroker_calls_total";
inline constexpr char kCallReplaysTotal[] = "sessionbroker_call_replays_total";
inline constexpr char kAuditLinesTotal[] = "sessionbroker_audit_lines_total";
inline constexpr char kAuditLostTotal[] = "sessionbroker_audit_lost_total";
inline constexpr char kErrorsTotal[] = "sessionbroker_errors_total";
inline constexpr char kReloadsTotal[] = "sessionbroker_config_reloads_total";

// Metrics: gauges.
inline constexpr char kConfigGeneration[] = "sessionbroker_config_generation";
inline constexpr char kConfigLoadTime[] = "sessionbroker_config_last_load_timestamp_seconds";
inline constexpr char kConfigReloadOk[] = "sessionbroker_config_last_reload_successful";
inline constexpr char kConfigNeedsRestart[] = "sessionbroker_config_fields_needing_restart";

// Metrics: gauges.
inline constexpr char kWatches[] = "sessionbroker_watches";

// Labels.
inline constexpr char kProviderLabel[] = "provider";
inline constexpr char kOutcomeLabel[] = "outcome";
inline constexpr char kReasonLabel[] = "reason";

// Log events.
inline constexpr char kStartedEvent[] = "started";
inline constexpr char kListeningEvent[] = "listening";
inline constexpr char kDrainingEvent[] = "draining";
inline constexpr char kDrainedEvent[] = "drained";
inline constexpr char kStoppedEvent[] = "stopped";
inline constexpr char kLoginEvent[] = "login";
inline constexpr char kProbeEvent[] = "probe";
inline constexpr char kLogoutEvent[] = "logout";
// A request of a caller that the broker sent, or did not.
inline constexpr char kCallEvent[] = "call";
// A caller took a session for dead; an operator let an account log in again.
inline constexpr char kInvalidateEvent[] = "invalidate";
inline constexpr char kUnlatchEvent[] = "unlatch";
inline constexpr char kInternalErrorEvent[] = "internal_error";
// What must last could not be read or written.
inline constexpr char kStoreFailedEvent[] = "store_failed";
// What would outlast the process, were there a key to seal it with.
inline constexpr char kKeptInMemoryEvent[] = "kept_in_memory";
// What was known of accounts before the start, and how much of it cannot be read.
inline constexpr char kRestoredEvent[] = "restored";
// Nonces that a restart may repeat, because the operator says so.
inline constexpr char kNoncesInMemoryEvent[] = "nonces_in_memory";
// Files were read again; one line for each mistake in them; changes of files may go unnoticed.
inline constexpr char kReloadEvent[] = "reload";
inline constexpr char kReloadMistakeEvent[] = "reload_mistake";
inline constexpr char kFileWatchEvent[] = "file_watch";
// The audit log cannot be written, or can be again.
inline constexpr char kAuditEvent[] = "audit";
// A secret that is read at the first login cannot be.
inline constexpr char kSecretUnavailableEvent[] = "secret_unavailable";
// What gRPC itself complains of.
inline constexpr char kGrpcEvent[] = "grpc";
// One request to a provider.
inline constexpr char kExchangeEvent[] = "exchange";

// Log fields.
inline constexpr char kTimeField[] = "time";
inline constexpr char kLevelField[] = "level";
inline constexpr char kEventField[] = "event";
inline constexpr char kProviderField[] = "provider";
inline constexpr char kCallerField[] = "caller";
inline constexpr char kReasonField[] = "reason";
inline constexpr char kAccountField[] = "account";
inline constexpr char kOutcomeField[] = "outcome";
inline constexpr char kMessageField[] = "message";
inline constexpr char kStepField[] = "step";
inline constexpr char kDetailField[] = "detail";
inline constexpr char kDurationField[] = "duration_ms";
inline constexpr char kRequestsField[] = "requests";
inline constexpr char kAddressField[] = "address";
inline constexpr char kVersionField[] = "version";
inline constexpr char kSignalField[] = "signal";
inline constexpr char kMethodField[] = "method";
inline constexpr char kOriginField[] = "origin";
inline constexpr char kStatusField[] = "status";
inline constexpr char kBytesField[] = "bytes";
inline constexpr char kWaitedField[] = "waited_ms";
inline constexpr char kIdleField[] = "idle";
inline constexpr char kSessionsField[] = "sessions";
inline constexpr char kUnreadableField[] = "unreadable";
inline constexpr char kLeftAloneField[] = "left_alone";
inline constexpr char kGenerationField[] = "generation";
inline constexpr char kConfiguredField[] = "configured";
inline constexpr char kRemovedField[] = "removed";
inline constexpr char kRulesField[] = "rules_changed";
inline constexpr char kMistakesField[] = "mistakes";
inline constexpr char kNeedsRestartField[] = "needs_restart";

}  // namespace sessionbroker::telemetry

#endif  // SESSIONBROKER_SERVICE_TELEMETRY_NAMES_H_
