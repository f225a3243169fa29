#include "service/app/configuration.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/app/account_builder.h"
#include "service/app/configuration_sources.h"
#include "service/app/listener_builder.h"
#include "service/app/policy_builder.h"
#include "service/app/secret_source.h"
#include "service/crypto/sealing.h"
#include "service/login/program.h"

namespace sessionbroker::app {
namespace {

constexpr char kStateDirectory[] = "state_directory";

// Mistakes are the fields' own; `known` are those that have been reported.
std::optional<crypto::SealingKeys> ReadSealingKeys(const config::Settings& settings,
                                                   const config::Diagnostics& known,
                                                   secrets::EnvironmentSecrets* environment,
                                                   config::Diagnostics* diagnostics) {
  std::vector<crypto::SealingKey> keys;
  std::set<std::string> ids;
  for (std::size_t i = 0; i < settings.sealing_keys.size(); ++i) {
    const std::string path = absl::StrCat("sealing_keys[", i, "]");
    const bool is_known = std::any_of(
        known.list().begin(), known.list().end(),
        [&path](const config::Diagnostic& mistake) { return mistake.path.rfind(path, 0) == 0; });
    if (is_known) continue;
    const absl::StatusOr<secrets::Secret> text = ReadSecret(settings.sealing_keys[i], environment);
    absl::StatusOr<crypto::SealingKey> key =
        text.ok() ? crypto::SealingKey::FromText(*text) : text.status();
    if (!key.ok()) {
      diagnostics->Add(settings.places.At(path, std::string(key.status().message())));
    } else if (!ids.insert(key->id()).second) {
      diagnostics->Add(settings.places.At(path, "the key stands here twice"));
    } else {
      keys.push_back(*std::move(key));
    }
  }
  absl::StatusOr<crypto::SealingKeys> all = crypto::SealingKeys::Create(std::move(keys));
  return all.ok() ? std::make_optional(*std::move(all)) : std::nullopt;
}

// The definition directories, less those that cannot be read: these are mistakes of the field.
std::vector<std::string> ReadableDirectories(const config::Settings& settings,
                                             config::Diagnostics* diagnostics) {
  std::vector<std::string> readable;
  for (const std::string& directory : settings.definition_directories) {
    std::error_code error;
    const std::filesystem::directory_iterator probe(directory, error);
    if (!error) {
      readable.push_back(directory);
      continue;
    }
    diagnostics->Add(settings.places.At(
        "definition_directories",
        absl::StrCat("the directory ", directory, " cannot be read: ", error.message())));
  }
  return readable;
}

// The providers of accounts that draw from sequences.
std::set<std::string> ProvidersWithNonces(
    const std::vector<std::shared_ptr<const login::Account>>& accounts,
    const AccountCatalog& catalog) {
  std::set<std::string> providers = catalog.providers_with_nonces();
  for (const auto& account : accounts) {
    if (!account->program->sequences().empty()) providers.insert(account->id.provider);
  }
  return providers;
}

// What begins anew with each start gives nonces again. `running` says where they lie; `known` are
// mistakes that have been reported.
void CheckThatNoncesLast(const config::Settings& settings, const config::Settings& running,
                         const std::set<std::string>& providers, const config::Diagnostics& known,
                         config::Diagnostics* diagnostics) {
  const bool is_known = std::any_of(
      known.list().begin(), known.list().end(),
      [](const config::Diagnostic& mistake) { return mistake.path == kStateDirectory; });
  const bool lasts = !running.state_directory.empty();
  if (lasts || is_known || running.allow_nonces_in_memory || providers.empty()) return;
  diagnostics->Add(settings.places.At(
      kStateDirectory,
      absl::StrCat("in memory nonces begin anew with each start and can come again, and ",
                   absl::StrJoin(providers, ", "),
                   " refuses one that does: name a directory, or, if that is meant, set "
                   "`allow_nonces_in_memory: true`")));
}

// "1 rule", "2 rules".
std::string Counted(std::size_t count, absl::string_view what) {
  return absl::StrCat(count, " ", what, count == 1 ? "" : "s");
}

}  // namespace

std::string Configuration::Summary() const {
  std::set<std::string> providers;
  for (const auto& account : accounts) providers.insert(account->id.provider);
  for (const std::string& provider : catalog->providers()) providers.insert(provider);
  return absl::StrCat(Counted(listeners.size(), "listener"), ", ",
                      Counted(accounts.size() + catalog->size(), "account"), " of ",
                      Counted(providers.size(), "provider"), ", ",
                      Counted(definitions->programs().size(), "definition"), ", ",
                      Counted(settings.rules.size(), "rule"),
                      settings.rules.empty() ? ": nobody may do anything" : "");
}

std::optional<Configuration> LoadConfiguration(const std::string& file, const LoadOptions& options,
                                               config::Diagnostics* diagnostics) {
  config::Settings settings = config::LoadWhatIsRight(file, diagnostics);
  if (options.sources != nullptr) *options.sources = SourcesOf(file, settings);
  const config::Diagnostics known = *diagnostics;
  std::optional<access::Policy> policy = BuildPolicy(settings, known, diagnostics);
  config::Diagnostics in_definitions;
  const std::shared_ptr<const login::DefinitionSet> definitions = login::DefinitionSet::Load(
      ReadableDirectories(settings, diagnostics), &in_definitions,
      options.before == nullptr ? nullptr : options.before->definitions.get());
  std::vector<GrpcListener> listeners = BuildListeners(settings, diagnostics);
  std::optional<crypto::SealingKeys> sealing_keys =
      ReadSealingKeys(settings, known, options.environment, diagnostics);
  std::vector<std::shared_ptr<const login::Account>> accounts =
      BuildAccounts(settings, *definitions, known, options.environment, diagnostics);
  std::shared_ptr<const AccountCatalog> catalog = AccountCatalog::Load(
      settings, definitions, options.read_all_secrets,
      options.before == nullptr ? nullptr : options.before->catalog.get(), &in_definitions);
  CheckThatNoncesLast(settings, options.before == nullptr ? settings : options.before->settings,
                      ProvidersWithNonces(accounts, *catalog), known, diagnostics);
  diagnostics->Sort();
  for (const config::Diagnostic& mistake : in_definitions.list()) diagnostics->Add(mistake);
  if (!diagnostics->empty()) return std::nullopt;
  return Configuration{.settings = std::move(settings),
                       .listeners = std::move(listeners),
                       .definitions = definitions,
                       .accounts = std::move(accounts),
                       .catalog = std::move(catalog),
                       .policy = *std::move(policy),
                       .sealing_keys = std::move(sealing_keys)};
}

}  // namespace sessionbroker::app
