#include "service/app/configuration_sources.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <variant>

namespace sessionbroker::app {
namespace {

void Add(const std::string& path, std::set<std::string>* paths) {
  std::error_code error;
  // One that is missing has been reported.
  if (!path.empty()) paths->insert(std::filesystem::absolute(path, error).string());
}

void Add(const config::SecretSource& source, std::set<std::string>* paths) {
  if (const auto* file = std::get_if<config::SecretFile>(&source)) Add(file->file, paths);
}

absl::Time ChangeOf(const std::string& path) {
  struct stat info = {};
  if (stat(path.c_str(), &info) != 0) return absl::InfinitePast();
  return std::max(absl::TimeFromTimespec(info.st_mtim), absl::TimeFromTimespec(info.st_ctim));
}

}  // namespace

base::WatchedPaths SourcesOf(const std::string& file, const config::Settings& settings) {
  base::WatchedPaths sources;
  Add(file, &sources.files);
  for (const std::string& directory : settings.definition_directories) {
    Add(directory, &sources.directories);
  }
  for (const config::Listener& listener : settings.listeners) {
    if (!listener.tls.has_value()) continue;
    Add(listener.tls->certificate_file, &sources.files);
    Add(listener.tls->key_file, &sources.files);
    Add(listener.callers.ca_file.value_or(""), &sources.files);
    if (listener.callers.tokens.has_value()) {
      Add(listener.callers.tokens->keys_file, &sources.files);
    }
  }
  for (const std::string& accounts : settings.account_files) Add(accounts, &sources.files);
  // What lies below is another directory for each account: too many, or not there yet.
  const std::string& secrets = settings.secret_file_template;
  if (!secrets.empty())
    Add(secrets.substr(0, secrets.rfind('/', secrets.find('{'))), &sources.directories);
  for (const config::SecretSource& key : settings.sealing_keys) Add(key, &sources.files);
  for (const config::Account& account : settings.accounts) {
    for (const auto& [name, source] : account.secrets) Add(source, &sources.files);
  }
  return sources;
}

absl::Time LastChangeOf(const base::WatchedPaths& sources) {
  absl::Time last = absl::InfinitePast();
  for (const std::string& file : sources.files) {
    last = std::max(last, ChangeOf(file));
    // A link that was swapped in it leads to an older file.
    last = std::max(last, ChangeOf(std::filesystem::path(file).parent_path().string()));
  }
  for (const std::string& directory : sources.directories) {
    last = std::max(last, ChangeOf(directory));
  }
  return last;
}

}  // namespace sessionbroker::app
