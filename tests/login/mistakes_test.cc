// Each file of tests/fixtures/definitions/ has a mistake, and says in its first lines what the
// author of a definition must be told: "# expect: LINE:COLUMN: PATH: MESSAGE".

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "service/config/diagnostics.h"
#include "service/login/definitions.h"

namespace sessionbroker::login {
namespace {

constexpr char kDirectory[] = "tests/fixtures/definitions";

struct Fixture {
  std::string name;
  std::string text;

  friend void PrintTo(const Fixture& fixture, std::ostream* out) { *out << fixture.name; }
};

std::vector<Fixture> Fixtures() {
  config::Diagnostics diagnostics;
  std::vector<Fixture> fixtures;
  for (const DefinitionFile& file : ReadDefinitionDirectories({kDirectory}, &diagnostics)) {
    const std::vector<std::string> path = absl::StrSplit(file.file, '/');
    fixtures.push_back({std::string(absl::StripSuffix(path.back(), ".yaml")), file.text});
  }
  return fixtures;
}

class MistakesTest : public ::testing::TestWithParam<Fixture> {};

TEST_P(MistakesTest, AreToldAtTheirPlace) {
  std::string expected;
  for (absl::string_view line : absl::StrSplit(GetParam().text, '\n')) {
    if (absl::ConsumePrefix(&line, "# expect: ")) absl::StrAppend(&expected, "f:", line, "\n");
  }
  ASSERT_FALSE(expected.empty());
  config::Diagnostics diagnostics;
  EXPECT_EQ(LoadDefinition("f", GetParam().text, &diagnostics), nullptr);
  EXPECT_EQ(diagnostics.ToString(), expected);
}

INSTANTIATE_TEST_SUITE_P(Definitions, MistakesTest, ::testing::ValuesIn(Fixtures()),
                         [](const auto& param_info) { return param_info.param.name; });

TEST(MistakesTest, EveryFixtureIsRead) { EXPECT_GT(Fixtures().size(), 70u); }

}  // namespace
}  // namespace sessionbroker::login
