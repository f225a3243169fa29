#ifndef SESSIONBROKER_TESTS_E2E_END_TO_END_TEST_H_
#define SESSIONBROKER_TESTS_E2E_END_TO_END_TEST_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/e2e/broker_config.h"
#include "tests/e2e/broker_process.h"
#include "tests/e2e/call.h"
#include "tests/simulator/simulator.h"
#include "tests/testing/temp_directory.h"

namespace sessionbroker::e2e {

inline constexpr const char* kProviders[] = {"abms", "corebos", "icash", "tipmoto", "vtiger"};

// Those that are called at one place, besides the base URL.
inline constexpr const char* kFamilies[] = {"abms", "corebos", "vtiger"};
inline constexpr char kWebservice[] = "/webservice.php";

// The real broker before a simulator of all providers.
class EndToEndTest : public ::testing::Test {
 protected:
  EndToEndTest();

  // A user of the family at the simulator.
  AccountConfig AccountOf(const std::string& family, const simulator::User& user) const;
  // The family's demo user.
  AccountConfig DemoAccount(const std::string& family) const;
  // One demo account of each of kFamilies.
  BrokerConfig DemoConfig() const;

  // Starts the broker in directory(); nullptr and a failure where it does not serve.
  std::unique_ptr<BrokerProcess> StartBroker(const BrokerConfig& config) const;

  simulator::Simulator& simulator() { return *simulator_; }
  const testing::TempDirectory& directory() const { return directory_; }

 private:
  testing::TempDirectory directory_;
  std::unique_ptr<simulator::Simulator> simulator_;
};

}  // namespace sessionbroker::e2e

#endif  // SESSIONBROKER_TESTS_E2E_END_TO_END_TEST_H_
