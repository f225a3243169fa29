// docs/examples/demo.yaml is what people copy: it must be right.
#include <gtest/gtest.h>

#include "tests/e2e/broker_process.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_directory.h"

namespace sessionbroker::app {
namespace {

TEST(ExampleConfig, IsInOrderWithItsSecrets) {
  testing::TempDirectory temp;
  temp.Write("demo.yaml", testing::ReadFile("docs/examples/demo.yaml"));
  for (const char* secret : {"vtiger-access-key", "corebos-access-key", "abms-access-key",
                             "tipmoto-password", "icash-secret-key"}) {
    temp.Write(absl::StrCat("secrets/", secret), "a key\n");
  }
  const auto check =
      e2e::BrokerProcess::Run({"--check-config", "--config", temp.File("demo.yaml")});
  SB_ASSERT_OK_AND_ASSIGN(const testing::ExitStatus exit, check->Wait());
  EXPECT_EQ(check->Stderr(), "");
  EXPECT_EQ(exit.code, 0);
  EXPECT_EQ(check->Stdout(),
            "The configuration is in order: 1 listener, 5 accounts of 5 providers, 5 definitions, "
            "1 rule.\n");
}

}  // namespace
}  // namespace sessionbroker::app
