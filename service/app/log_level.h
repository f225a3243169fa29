#ifndef SESSIONBROKER_SERVICE_APP_LOG_LEVEL_H_
#define SESSIONBROKER_SERVICE_APP_LOG_LEVEL_H_

#include "service/config/settings.h"
#include "service/telemetry/log.h"

namespace sessionbroker::app {

// What the configuration calls so.
inline telemetry::LogLevel LevelOf(config::LogLevel level) {
  switch (level) {
    case config::LogLevel::kDebug:
      return telemetry::LogLevel::kDebug;
    case config::LogLevel::kInfo:
      return telemetry::LogLevel::kInfo;
    case config::LogLevel::kWarning:
      return telemetry::LogLevel::kWarning;
    case config::LogLevel::kError:
      return telemetry::LogLevel::kError;
  }
  return telemetry::LogLevel::kInfo;
}

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_LOG_LEVEL_H_
