#include "tests/e2e/broker_config.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
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
  if (!definitions.empty()) {
    const std::string folder = absl::StrCat(directory, "/definitions");
    std::filesystem::create_directories(folder);
    for (const std::string& file : definitions) {
      const std::string copy =
          absl::StrCat(folder, "/", std::filesystem::path(file).filename().string());
      std::filesystem::copy_file(file, copy, std::filesystem::copy_options::overwrite_existing);
    }
    absl::StrAppend(&yaml, "definition_directories: [definitions]\n");
  }
  if (!allowed.empty() || !operated.empty()) absl::StrAppend(&yaml, "rules:\n");
  for (const std::string& pattern : operated) {
    absl::StrAppend(&yaml, "  - {callers: [loopback], accounts: [\"", pattern,
                    "\"], allow: [operate]}\n");
  }
  for (const std::string& pattern : allowed) {
    absl::StrAppend(&yaml, "  - {callers: [loopback], accounts: [\"", pattern,
                    "\"], allow: [get, list, invalidate, sign, call, watch]}\n");
  }
  if (!accounts.empty()) absl::StrAppend(&yaml, "accounts:\n");
  for (const AccountConfig& account : accounts) {
    absl::StrAppend(&yaml, "  - provider: ", account.provider, "\n    account: ", account.account,
                    "\n    base_url: \"", account.base_url, "\"\n");
    if (!account.parameters.empty()) absl::StrAppend(&yaml, "    parameters:\n");
    for (const auto& [name, value] : account.parameters) {
      absl::StrAppend(&yaml, "      ", name, ": \"", value, "\"\n");
    }
    if (!account.secrets.empty()) absl::StrAppend(&yaml, "    secrets:\n");
    for (const auto& [name, value] : account.secrets) {
      const std::string file = absl::StrCat(account.provider, "-", account.account, ".", name);
      WriteFile(absl::StrCat(directory, "/", file), absl::StrCat(value, "\n"));
      absl::StrAppend(&yaml, "      ", name, ": {file: ", file, "}\n");
    }
    absl::StrAppend(&yaml, account.more);
  }
  const std::string path = absl::StrCat(directory, "/broker.yaml");
  WriteFile(path, yaml);
  return path;
}

}  // namespace sessionbroker::e2e
