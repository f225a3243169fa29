#include "tests/e2e/end_to_end_test.h"

#include <cstdlib>
#include <iostream>
#include <utility>

#include "tests/simulator/tls_certificate.h"

namespace sessionbroker::e2e {
namespace {

std::unique_ptr<simulator::Simulator> StartSimulator() {
  auto started = simulator::Simulator::Start();
  if (!started.ok()) {
    std::cerr << started.status() << std::endl;
    std::abort();
  }
  return *std::move(started);
}

}  // namespace

EndToEndTest::EndToEndTest() : simulator_(StartSimulator()) {}

AccountConfig EndToEndTest::AccountOf(const std::string& family,
                                      const simulator::User& user) const {
  AccountConfig account;
  account.provider = family;
  account.base_url = simulator_->url(family);
  const std::string secret = user.access_key.value_or("");
  if (family == "tipmoto") {
    account.parameters = {{"login", user.name}};
    account.secrets = {{"password", secret}};
  } else if (family == "icash") {
    account.parameters = {{"api_key", user.name}, {"warehouse_id", "785"}, {"user_id", "1"}};
    account.secrets = {{"secret_key", secret}};
  } else {
    account.parameters = {{"username", user.name}};
    account.secrets = {{"access_key", secret}};
  }
  return account;
}

AccountConfig EndToEndTest::DemoAccount(const std::string& family) const {
  for (const auto& [of, user] : simulator::Simulator::DemoUsers()) {
    if (of == family) return AccountOf(family, user);
  }
  ADD_FAILURE() << "no demo user of " << family;
  return {};
}

BrokerConfig EndToEndTest::DemoConfig() const {
  BrokerConfig config;
  for (const char* family : kFamilies) config.accounts.push_back(DemoAccount(family));
  return config;
}

std::unique_ptr<BrokerProcess> EndToEndTest::StartBroker(const BrokerConfig& config) const {
  auto broker = BrokerProcess::Start(config.Write(directory_.path()));
  EXPECT_TRUE(broker.ok()) << broker.status();
  return broker.ok() ? *std::move(broker) : nullptr;
}

}  // namespace sessionbroker::e2e
