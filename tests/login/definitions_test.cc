#include "service/login/definitions.h"

#include <gtest/gtest.h>

namespace sessionbroker::login {
namespace {

TEST(DefinitionSetTest, BuiltInDefinitionsAreRight) {
  config::Diagnostics diagnostics;
  const auto set = DefinitionSet::Load({"docs/examples"}, &diagnostics);
  ASSERT_NE(set, nullptr) << diagnostics.ToString();
}

}  // namespace
}  // namespace sessionbroker::login
