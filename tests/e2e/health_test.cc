// session-broker --health and --alive, as probes of containers call it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/e2e/end_to_end_test.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::e2e {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Said {
  int code = -1;
  std::string out;
  std::string err;
};

Said Ask(const std::vector<std::string>& arguments) {
  const auto process = BrokerProcess::Run(arguments);
  const absl::StatusOr<ExitStatus> exit = process->Wait();
  return {.code = exit.ok() ? exit->code : -1, .out = process->Stdout(), .err = process->Stderr()};
}

class HealthTest : public EndToEndTest {};

TEST_F(HealthTest, ServingBrokerIsZeroAndOneThatWasKilledIsOne) {
  BrokerConfig config = DemoConfig();
  config.listeners = {"unix:broker.sock", "127.0.0.1:0"};
  const auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  for (const std::string& listener : broker->listeners()) {
    const Said serving = Ask({"--health", listener});
    EXPECT_EQ(serving.code, 0) << serving.err;
    EXPECT_EQ(serving.out, "serving\n");
  }
  const Said answering = Ask({"--alive", broker->listeners()[0]});
  EXPECT_EQ(answering.code, 0) << answering.err;
  EXPECT_EQ(answering.out, "answering\n");
  // What a file says that is not in force yet does not make the broker ill.
  directory().Write("broker.yaml", "no configuration");
  EXPECT_EQ(Ask({"--health", broker->listeners()[0]}).code, 0);
  broker->process().Signal(SIGKILL);
  ASSERT_THAT(broker->process().Wait(), testing::IsOk());
  const Said gone = Ask({"--health", broker->listeners()[0]});
  EXPECT_EQ(gone.code, 1);
  EXPECT_EQ(gone.out, "");
  EXPECT_EQ(Ask({"--alive", broker->listeners()[0]}).code, 1);
  EXPECT_THAT(gone.err, StartsWith(absl::StrCat("session-broker: no answer on ",
                                                broker->listeners()[0], ": ")));
}

TEST_F(HealthTest, SocketThatAKilledBrokerLeftIsTakenByTheNext) {
  BrokerConfig config = DemoConfig();
  config.listeners = {"unix:broker.sock"};
  const auto killed = StartBroker(config);
  ASSERT_NE(killed, nullptr);
  killed->process().Signal(SIGKILL);
  ASSERT_THAT(killed->process().Wait(), testing::IsOk());
  const auto next = StartBroker(config);
  ASSERT_NE(next, nullptr);
  EXPECT_EQ(Ask({"--health", next->listeners()[0]}).code, 0);
}

TEST_F(HealthTest, WithoutAnAddressTheImagesSocketIsAsked) {
  const Said said = Ask({"--health"});
  EXPECT_EQ(said.code, 1);
  EXPECT_THAT(said.err, HasSubstr("unix:/run/session-broker/broker.sock"));
}

TEST_F(HealthTest, AddressThatIsNoneIsRefused) {
  const Said said = Ask({"--health", "127.0.0.1"});
  EXPECT_EQ(said.code, 1);
  EXPECT_THAT(said.err, HasSubstr("--health: expected"));
  EXPECT_EQ(Ask({"--health", "--alive"}).code, 1);
}

}  // namespace
}  // namespace sessionbroker::e2e
