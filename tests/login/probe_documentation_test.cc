// The probe and logout that docs/providers.md shows.

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "service/config/diagnostics.h"
#include "service/login/definitions.h"

namespace sessionbroker::login {
namespace {

TEST(ProbeDocumentationTest, WhatIsShownLoads) {
  std::ifstream file("docs/providers.md");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const std::string fence = "```yaml\nprobe:\n";
  const std::size_t begin = text.find(fence);
  ASSERT_NE(begin, std::string::npos);
  const std::size_t yaml = begin + 8;
  config::Diagnostics diagnostics;
  const auto program =
      LoadDefinition("shown",
                     absl::StrCat(R"yaml(
schema: 1
provider: shown
login:
  - step: login
    request: {method: POST, path: /login}
    answers: [{then: ok}]
    extract: {id: json:/id}
session: {id: "${id}", attach: [{header: X-Session}]}
)yaml",
                                  text.substr(yaml, text.find("```", yaml) - yaml)),
                     &diagnostics);
  ASSERT_NE(program, nullptr) << diagnostics.ToString();
  EXPECT_TRUE(program->has_probe());
  EXPECT_TRUE(program->has_logout());
}

}  // namespace
}  // namespace sessionbroker::login
