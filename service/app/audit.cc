#include "service/app/audit.h"

#include <unistd.h>

#include <cstddef>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/access/audit_sink.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/telemetry/names.h"

namespace sessionbroker::app {
namespace {

constexpr char kThreadName[] = "audit";

absl::StatusOr<std::unique_ptr<access::AuditSink>> OpenSink(const config::Audit& settings) {
  switch (settings.sink) {
    case config::Audit::Sink::kFile:
      return access::AuditFile::Open(settings.file);
    case config::Audit::Sink::kStdout:
      return std::make_unique<access::AuditStream>(STDOUT_FILENO);
    case config::Audit::Sink::kStderr:
      return std::make_unique<access::AuditStream>(STDERR_FILENO);
  }
  return absl::InternalError("a sink of no kind");
}

void LogSink(telemetry::Logger* log, const absl::Status& status) {
  if (status.ok()) {
    log->Log(telemetry::LogLevel::kInfo, telemetry::kAuditEvent,
             {{telemetry::kMessageField, "the audit log is written again"}});
  } else {
    log->Log(telemetry::LogLevel::kError, telemetry::kAuditEvent,
             {{telemetry::kMessageField, "the audit log cannot be written"},
              {telemetry::kDetailField, std::string(status.message())}});
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<Audit>> Audit::Start(const config::Audit& settings,
                                                    const base::Clock* clock,
                                                    telemetry::Metrics* metrics,
                                                    telemetry::Logger* log) {
  absl::StatusOr<std::unique_ptr<access::AuditSink>> sink = OpenSink(settings);
  if (!sink.ok()) {
    return absl::Status(sink.status().code(),
                        absl::StrCat("the audit log: ", sink.status().message()));
  }
  auto audit = std::unique_ptr<Audit>(new Audit);
  SB_ASSIGN_OR_RETURN(audit->thread_, base::EventLoop::Create(kThreadName));
  access::BufferedAuditLog::Options options;
  options.required = settings.required;
  options.max_queued = static_cast<std::size_t>(settings.max_queued);
  audit->log_ = std::make_unique<access::BufferedAuditLog>(
      options, *std::move(sink), audit->thread_.get(), clock,
      access::BufferedAuditLog::Observer{
          .on_sink = [log](const absl::Status& status) { LogSink(log, status); },
          .on_lines = [metrics](int64_t lines,
                                int64_t lost) { metrics->CountAudit(lines, lost); }});
  audit->log_->Start();
  SB_RETURN_IF_ERROR(audit->thread_->Start());
  return audit;
}

Audit::~Audit() {
  if (thread_ != nullptr) thread_->Stop();
}

void Audit::Record(const sessions::AccountEvent& event) {
  access::AuditEvent line = {.action = event.kind == sessions::AccountEvent::Kind::kLatch
                                           ? access::AuditAction::kLatch
                                           : access::AuditAction::kLogin,
                             .provider = event.id.provider,
                             .account = event.id.account};
  if (event.session != nullptr) {
    line.version = event.session->version;
    line.session = event.session->id_hash;
  }
  if (!event.status.ok()) line.error = base::DetailsOf(event.status).reason;
  // It has happened: there is nothing to hold back.
  log_->Record(line).IgnoreError();
}

}  // namespace sessionbroker::app
