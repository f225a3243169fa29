#include "service/app/grpc_log.h"

#include <grpc/support/log.h>

#include <atomic>
#include <string>

#include "service/telemetry/names.h"

namespace sessionbroker::app {
namespace {

// gRPC's hook is a plain function.
std::atomic<telemetry::Logger*> target{nullptr};

void Forward(gpr_log_func_args* args) {
  if (telemetry::Logger* log = target.load()) {
    log->Log(telemetry::LogLevel::kWarning, telemetry::kGrpcEvent,
             {{telemetry::kDetailField, std::string(args->message)}});
  }
}

}  // namespace

GrpcLog::GrpcLog(telemetry::Logger* log) {
  target = log;
  gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);
  gpr_set_log_function(Forward);
}

GrpcLog::~GrpcLog() { target = nullptr; }

}  // namespace sessionbroker::app
