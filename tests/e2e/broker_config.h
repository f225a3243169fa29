#ifndef SESSIONBROKER_TESTS_E2E_BROKER_CONFIG_H_
#define SESSIONBROKER_TESTS_E2E_BROKER_CONFIG_H_

#include <string>
#include <vector>

namespace sessionbroker::e2e {

// One account of a family of the simulator.
struct AccountConfig {
  std::string provider;
  std::string account = "main";
  std::string base_url;
  std::string username = "admin";
  std::string access_key;
  // Further lines of the account, indented by four.
  std::string more;
};

// A broker's configuration as a test wants it; every port is 0.
struct BrokerConfig {
  std::vector<AccountConfig> accounts;
  // One listener each; further lines of it, indented by four, after a line end.
  std::vector<std::string> listeners = {"127.0.0.1:0"};
  // "caller may get and list" patterns; empty: no rules at all.
  std::vector<std::string> allowed = {"*/*"};
  std::string log_level = "debug";
  // Further top-level lines.
  std::string more;

  // Writes broker.yaml and a secret file for each account into `directory`; returns the former's
  // path.
  std::string Write(const std::string& directory) const;
};

}  // namespace sessionbroker::e2e

#endif  // SESSIONBROKER_TESTS_E2E_BROKER_CONFIG_H_
