#include "service/telemetry/log.h"

#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/telemetry/names.h"

namespace sessionbroker::telemetry {
namespace {

constexpr std::size_t kQueuedLines = 8192;
// The logger's own thread sees the line between the braces that the pattern adds.
constexpr char kPattern[] = "{\"time\":\"%Y-%m-%dT%H:%M:%S.%fZ\",%v}";

const char* NameOf(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

class CallbackSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit CallbackSink(Logger::Sink write) : write_(std::move(write)) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    write_(absl::string_view(line.data(), line.size()));
  }
  void flush_() override {}

 private:
  const Logger::Sink write_;
};

std::shared_ptr<spdlog::logger> MakeLogger(
    const std::shared_ptr<spdlog::sinks::sink>& sink,
    const std::shared_ptr<spdlog::details::thread_pool>& pool) {
  auto logger = std::make_shared<spdlog::async_logger>(
      "session-broker", sink, pool, spdlog::async_overflow_policy::overrun_oldest);
  logger->set_formatter(
      std::make_unique<spdlog::pattern_formatter>(kPattern, spdlog::pattern_time_type::utc, "\n"));
  logger->set_level(spdlog::level::trace);
  return logger;
}

}  // namespace

Logger::Logger(LogLevel level)
    : level_(level),
      pool_(std::make_shared<spdlog::details::thread_pool>(kQueuedLines, 1)),
      logger_(MakeLogger(std::make_shared<spdlog::sinks::stderr_sink_mt>(), pool_)) {}

Logger::Logger(LogLevel level, Sink sink)
    : level_(level),
      pool_(std::make_shared<spdlog::details::thread_pool>(kQueuedLines, 1)),
      logger_(MakeLogger(std::make_shared<CallbackSink>(std::move(sink)), pool_)) {}

Logger::~Logger() = default;

void Logger::Log(LogLevel level, const char* event, std::initializer_list<LogField> fields) {
  if (!Enabled(level)) return;
  nlohmann::ordered_json object;
  object[kLevelField] = NameOf(level);
  object[kEventField] = event;
  for (const LogField& field : fields) {
    std::visit([&](const auto& value) { object[field.name] = value; }, field.value);
  }
  const std::string text =
      object.dump(-1, ' ', /*ensure_ascii=*/true, nlohmann::json::error_handler_t::replace);
  // Without the outer braces: the pattern puts the time first.
  logger_->log(spdlog::level::info, spdlog::string_view_t(text.data() + 1, text.size() - 2));
}

}  // namespace sessionbroker::telemetry
