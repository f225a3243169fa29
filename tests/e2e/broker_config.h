#ifndef SESSIONBROKER_TESTS_E2E_BROKER_CONFIG_H_
#define SESSIONBROKER_TESTS_E2E_BROKER_CONFIG_H_

#include <map>
#include <string>
#include <vector>

namespace sessionbroker::e2e {

// One account.
struct AccountConfig {
  std::string provider;
  std::string account = "main";
  std::string base_url;
  std::map<std::string, std::string> parameters = {};
  // Each goes into a file of its own.
  std::map<std::string, std::string> secrets = {};
  // Further lines of the account, indented by four.
  std::string more = {};
};

// A broker's configuration as a test wants it; every port is 0.
struct BrokerConfig {
  std::vector<AccountConfig> accounts;
  // One listener each; further lines of it, indented by four, after a line end.
  std::vector<std::string> listeners = {"127.0.0.1:0"};
  // "caller may get, list, invalidate, sign and call" patterns; empty: no rules at all.
  std::vector<std::string> allowed = {"*/*"};
  // The patterns of accounts that they may operate.
  std::vector<std::string> operated = {};
  std::string log_level = "debug";
  // Further top-level lines.
  std::string more;

  // Files of definitions besides the built-in ones.
  std::vector<std::string> definitions = {};

  // Writes broker.yaml, the secret files and copies of the definitions into `directory`;
  // returns the first's path.
  std::string Write(const std::string& directory) const;
};

}  // namespace sessionbroker::e2e

#endif  // SESSIONBROKER_TESTS_E2E_BROKER_CONFIG_H_
