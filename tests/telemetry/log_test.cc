#include "service/telemetry/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "service/telemetry/names.h"

namespace sessionbroker::telemetry {
namespace {

using ::testing::ElementsAre;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

// The lines that a logger wrote until it was destroyed.
template <typename Write>
std::vector<std::string> LinesOf(LogLevel level, const Write& write) {
  std::vector<std::string> lines;
  {
    Logger logger(level, [&](absl::string_view line) { lines.emplace_back(line); });
    write(logger);
  }
  return lines;
}

TEST(LoggerTest, WritesOneJsonObjectALine) {
  const std::vector<std::string> lines = LinesOf(LogLevel::kInfo, [](Logger& logger) {
    logger.Log(LogLevel::kWarning, kLoginEvent,
               {{kProviderField, std::string("vtiger")}, {kRequestsField, int64_t{2}}});
  });
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_THAT(lines[0], MatchesRegex("\\{\"time\":\"20[-0-9T:.]+Z\",\"level\":\"warning\","
                                     "\"event\":\"login\",\"provider\":\"vtiger\","
                                     "\"requests\":2\\}\n"));
}

TEST(LoggerTest, EscapesWhatCouldForgeALine) {
  const std::vector<std::string> lines = LinesOf(LogLevel::kInfo, [](Logger& logger) {
    logger.Log(LogLevel::kInfo, kLoginEvent,
               {{kDetailField, std::string("a\"}\n{\"event\":\"forged %v {}\xff")}});
  });
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_EQ(lines[0].find('\n'), lines[0].size() - 1);
  EXPECT_EQ(nlohmann::json::parse(lines[0])[kDetailField],
            "a\"}\n{\"event\":\"forged %v {}\xef\xbf\xbd");
}

TEST(LoggerTest, LeavesOutWhatIsBelowItsLevel) {
  const std::vector<std::string> lines = LinesOf(LogLevel::kWarning, [](Logger& logger) {
    logger.Log(LogLevel::kInfo, kStartedEvent, {});
    logger.Log(LogLevel::kError, kStoppedEvent, {});
  });
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_EQ(nlohmann::json::parse(lines[0])[kEventField], kStoppedEvent);
}

TEST(LoggerTest, KeepsLinesWholeAcrossThreads) {
  const std::vector<std::string> lines = LinesOf(LogLevel::kInfo, [](Logger& logger) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&logger] {
        for (int64_t n = 0; n < 500; ++n) {
          logger.Log(LogLevel::kInfo, kLoginEvent, {{kRequestsField, n}});
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  });
  ASSERT_THAT(lines, SizeIs(2000));
  for (const std::string& line : lines) EXPECT_TRUE(nlohmann::json::accept(line)) << line;
}

}  // namespace
}  // namespace sessionbroker::telemetry
