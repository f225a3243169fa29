#ifndef SESSIONBROKER_SERVICE_TELEMETRY_LOG_H_
#define SESSIONBROKER_SERVICE_TELEMETRY_LOG_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <variant>

#include "absl/strings/string_view.h"

namespace spdlog {
class logger;
namespace details {
class thread_pool;
}  // namespace details
}  // namespace spdlog

namespace sessionbroker::telemetry {

// In rising order.
enum class LogLevel { kDebug, kInfo, kWarning, kError };

// A named value of a log line. There is no constructor for a secret.
struct LogField {
  // From names.h.
  const char* name;
  std::variant<std::string, int64_t, double, bool> value;
};

// Writes one JSON object a line: time (RFC 3339, UTC), level, event, then the fields. A queue of
// 8,192 lines and a thread of its own: Log never waits, the oldest lines go when the queue is full.
// Thread-safe.
class Logger {
 public:
  // Gets each finished line, with its line end; runs on the logger's thread.
  using Sink = std::function<void(absl::string_view line)>;

  // To stderr.
  explicit Logger(LogLevel level);
  Logger(LogLevel level, Sink sink);
  // Writes what is queued.
  ~Logger();
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  void Log(LogLevel level, const char* event, std::initializer_list<LogField> fields);

  // The least that is written from now on.
  void SetLevel(LogLevel level) { level_.store(level, std::memory_order_relaxed); }
  bool Enabled(LogLevel level) const { return level >= level_.load(std::memory_order_relaxed); }

 private:
  std::atomic<LogLevel> level_;
  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace sessionbroker::telemetry

#endif  // SESSIONBROKER_SERVICE_TELEMETRY_LOG_H_
