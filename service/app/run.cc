#include "service/app/run.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "service/app/broker.h"
#include "service/app/command_line.h"
#include "service/app/configuration.h"
#include "service/app/grpc_log.h"
#include "service/app/health_check.h"
#include "service/app/log_level.h"
#include "service/app/process_signals.h"
#include "service/app/ready_file.h"
#include "service/app/reloader.h"
#include "service/app/version.h"
#include "service/base/file_limit.h"
#include "service/base/status_macros.h"
#include "service/config/diagnostics.h"
#include "service/secrets/core_dumps.h"
#include "service/secrets/environment_secrets.h"
#include "service/telemetry/log.h"
#include "service/telemetry/names.h"

namespace sessionbroker::app {
namespace {

using telemetry::LogLevel;

constexpr absl::Duration kDrainBound = absl::Seconds(10);
// --help tells it.
constexpr absl::Duration kHealthTimeout = absl::Seconds(3);
// What the process makes is its owner's; a Unix socket has a mode of its own.
constexpr mode_t kUmask = 0077;

ExitCode ReportHealth(const CommandLine::HealthQuestion& asked) {
  const absl::Status status = CheckHealth(asked.address, asked.goal, kHealthTimeout);
  if (!status.ok()) {
    std::cerr << "session-broker: " << status.message() << "\n";
    return kExitUnhealthy;
  }
  std::cout << (asked.goal == HealthGoal::kServing ? "serving\n" : "answering\n");
  return kExitOk;
}

ExitCode CannotStart(const absl::Status& status) {
  std::cerr << "session-broker: cannot start: " << status.message() << "\n";
  return kExitCannotStart;
}

void LogStart(const Broker& broker, telemetry::Logger& log) {
  log.Log(LogLevel::kInfo, telemetry::kStartedEvent, {{telemetry::kVersionField, Version()}});
  for (const std::string& address : broker.listeners()) {
    log.Log(LogLevel::kInfo, telemetry::kListeningEvent, {{telemetry::kAddressField, address}});
  }
}

std::string Readiness(const Broker& broker) {
  const nlohmann::ordered_json ready = {
      {"pid", getpid()}, {"listeners", broker.listeners()}, {"admin", broker.admin_address()}};
  return ready.dump() + "\n";
}

// Serves until a signal ends it.
absl::Status Serve(const CommandLine& command_line, Reloader::Loaded loaded,
                   secrets::EnvironmentSecrets* environment, ProcessSignals& signals,
                   telemetry::Logger& log) {
  const GrpcLog grpc_log(&log);
  SB_ASSIGN_OR_RETURN(
      const std::unique_ptr<Broker> broker,
      Broker::Start(command_line.config_file, std::move(loaded), environment, &log));
  LogStart(*broker, log);
  std::unique_ptr<ReadyFile> ready_file;
  if (!command_line.ready_file.empty()) {
    SB_ASSIGN_OR_RETURN(ready_file, ReadyFile::Write(command_line.ready_file, Readiness(*broker)));
  }
  int signal = signals.Wait();
  for (; signal == SIGHUP; signal = signals.Wait()) broker->Reload();
  ready_file.reset();
  log.Log(LogLevel::kInfo, telemetry::kDrainingEvent, {{telemetry::kSignalField, int64_t{signal}}});
  broker->Drain(kDrainBound);
  return absl::OkStatus();
}

}  // namespace

int Run(int argc, char** argv) {
  const std::variant<CommandLine, ExitCode> parsed = ParseCommandLine(argc, argv);
  if (const ExitCode* code = std::get_if<ExitCode>(&parsed)) return *code;
  const CommandLine& command_line = std::get<CommandLine>(parsed);
  if (command_line.health.has_value()) return ReportHealth(*command_line.health);

  ProcessSignals signals;
  // A write beyond a limit on files then fails like one to a full disk, which the store survives.
  signal(SIGXFSZ, SIG_IGN);
  umask(kUmask);
  if (const absl::Status status = secrets::DisableCoreDumps(); !status.ok()) {
    return CannotStart(status);
  }
  config::Diagnostics mistakes;
  secrets::EnvironmentSecrets environment;
  Reloader::Loaded loaded = {.configuration = nullptr, .sources = {}, .began = absl::Now()};
  std::optional<Configuration> configuration =
      LoadConfiguration(command_line.config_file,
                        {.environment = &environment,
                         .read_all_secrets = command_line.check_config,
                         .sources = &loaded.sources},
                        &mistakes);
  if (!configuration.has_value()) {
    std::cerr << mistakes.ToString();
    return kExitRefused;
  }
  if (command_line.check_config) {
    std::cout << "The configuration is in order: " << configuration->Summary() << ".\n";
    return kExitOk;
  }
  if (const auto limit = base::RaiseOpenFileLimit(); !limit.ok()) {
    return CannotStart(limit.status());
  }

  telemetry::Logger log(LevelOf(configuration->settings.log_level));
  environment.Close();
  loaded.configuration = std::make_shared<const Configuration>(*std::move(configuration));
  if (const absl::Status status =
          Serve(command_line, std::move(loaded), &environment, signals, log);
      !status.ok()) {
    return CannotStart(status);
  }
  log.Log(LogLevel::kInfo, telemetry::kStoppedEvent, {});
  return kExitOk;
}

}  // namespace sessionbroker::app
