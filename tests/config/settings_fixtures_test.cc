// Loads every file of tests/fixtures/config. NAME.expected holds all that is said about NAME.yaml;
// a file without one is in order.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "service/config/settings.h"

namespace sessionbroker::config {
namespace {

const char kDirectory[] = "tests/fixtures/config";

std::vector<std::string> FixtureNames() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kDirectory)) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string ContentOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class SettingsFixture : public ::testing::TestWithParam<std::string> {};

TEST_P(SettingsFixture, SaysWhatIsExpected) {
  const std::string stem = std::string(kDirectory) + "/" + GetParam();
  Diagnostics diagnostics;
  const bool is_loaded = LoadSettings(stem + ".yaml", &diagnostics).has_value();
  EXPECT_EQ(diagnostics.ToString(), ContentOf(stem + ".expected"));
  EXPECT_EQ(is_loaded, diagnostics.empty());
  EXPECT_THAT(diagnostics.ToString(), ::testing::Not(::testing::HasSubstr("hunter2")));
}

INSTANTIATE_TEST_SUITE_P(All, SettingsFixture, ::testing::ValuesIn(FixtureNames()),
                         [](const ::testing::TestParamInfo<std::string>& tested) {
                           return tested.param;
                         });

TEST(SettingsFixtures, EachExpectationHasItsFile) {
  EXPECT_GE(FixtureNames().size(), 30u);
  for (const auto& entry : std::filesystem::directory_iterator(kDirectory)) {
    std::filesystem::path path = entry.path();
    if (path.extension() != ".expected") continue;
    EXPECT_TRUE(std::filesystem::exists(path.replace_extension(".yaml"))) << path;
    EXPECT_FALSE(ContentOf(entry.path()).empty()) << entry.path();
  }
}

}  // namespace
}  // namespace sessionbroker::config
