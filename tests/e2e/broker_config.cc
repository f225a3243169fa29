#include "tests/e2e/broker_config.h"

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace sessionbroker::e2e {
namespace {

void WriteFile(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
  if (chmod(path.c_str(), 0600) != 0) std::abort();
}

}  // namespace

std::string BrokerConfig::Write(const std::string& directory) const {
  std::string yaml = "listeners:\n";
  for (const std::string& listener : listeners) {
    absl::StrAppend(&yaml, "  - address: ", listener, "\n");
  }
  absl::StrAppend(&yaml, "admin: {address: \"127.0.0.1:0\"}\n", "state_directory: state\n",
                  "log: {level: ", log_level, "}\n", more);
  if (!allowed.empty()) absl::StrAppend(&yaml, "rules:\n");
  for (const std::string& pattern : allowed) {
    absl::StrAppend(&yaml, "  - {callers: [loopback], accounts: [\"", pattern,
                    "\"], allow: [get, list]}\n");
  }
  if (!accounts.empty()) absl::StrAppend(&yaml, "accounts:\n");
  for (const AccountConfig& account : accounts) {
    const std::string key_file = absl::StrCat(account.provider, "-", account.account, ".key");
    WriteFile(absl::StrCat(directory, "/", key_file), absl::StrCat(account.access_key, "\n"));
    absl::StrAppend(&yaml, "  - provider: ", account.provider, "\n    account: ", account.account,
                    "\n    base_url: \"", account.base_url, "\"\n    parameters: {username: \"",
                    account.username, "\"}\n    secrets: {access_key: {file: ", key_file, "}}\n",
                    account.more);
  }
  const std::string path = absl::StrCat(directory, "/broker.yaml");
  WriteFile(path, yaml);
  return path;
}

}  // namespace sessionbroker::e2e
