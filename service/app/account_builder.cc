#include "service/app/account_builder.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "service/app/secret_source.h"
#include "service/http/url.h"
#include "service/login/account_check.h"
#include "service/login/program.h"
#include "service/login/zone_policy.h"

namespace sessionbroker::app {
namespace {

template <typename T>
std::vector<std::string> NamesOf(const std::map<std::string, T>& map) {
  std::vector<std::string> names;
  for (const auto& [name, value] : map) names.push_back(name);
  return names;
}

// `path` is `outer` or a part of it.
bool IsWithin(absl::string_view path, absl::string_view outer) {
  return absl::ConsumePrefix(&path, outer) &&
         (path.empty() || path.front() == '.' || path.front() == '[');
}

// Builds one account.
class Builder {
 public:
  // What an account is built with. All outlive the builder.
  struct Surroundings {
    const config::SourceMap* places = nullptr;
    absl::string_view secret_file_template;
    // Mistakes that have been reported.
    const config::Diagnostics* known = nullptr;
    SecretReading secrets = SecretReading::kNow;
    // Where nothing is taken from the environment: nullptr.
    secrets::EnvironmentSecrets* environment = nullptr;
  };

  Builder(config::Account account, const Surroundings& with, config::Diagnostics* diagnostics)
      : account_(std::move(account)), with_(with), diagnostics_(diagnostics) {}

  std::shared_ptr<const login::Account> Build(std::shared_ptr<const login::Program> program) {
    const std::size_t mistakes_before = diagnostics_->list().size();
    if (program != nullptr) AddSecretsByTemplate(*program);
    login::Account built = {.id = account_.id,
                            .program = std::move(program),
                            .base_url = {},
                            .allow_private_address = false,
                            .origins = ReadOrigins(),
                            .parameters = account_.parameters,
                            .secrets = ReadSecrets(),
                            .idle = account_.idle,
                            .absolute = account_.absolute,
                            .renewal = account_.renewal};
    const absl::StatusOr<http::BaseUrl> url = http::BaseUrl::Create(account_.base_url);
    if (url.ok()) {
      built.base_url = url->text();
      built.allow_private_address = url->NamesPrivateHost();
    } else {
      Add("base_url", std::string(url.status().message()));
    }
    if (built.program != nullptr) {
      CheckAgainst(*built.program, url.ok() ? *url : NoBaseUrl(), built.origins);
    }
    if (built.program != nullptr) {
      const absl::Status zones = login::CheckZones(login::ZonesOf(login::RenewalOf(built)));
      if (!zones.ok()) Add("renewal", std::string(zones.message()));
    }
    if (built.program == nullptr || diagnostics_->list().size() != mistakes_before) return nullptr;
    return std::make_shared<const login::Account>(std::move(built));
  }

  // nullptr: reported.
  std::shared_ptr<const login::Program> FindProgram(const login::DefinitionSet& definitions) {
    absl::StatusOr<std::shared_ptr<const login::Program>> program =
        definitions.Find(account_.id.provider);
    if (program.ok()) return *std::move(program);
    // The definition's own mistakes are told already.
    if (definitions.IsBroken(account_.id.provider)) return nullptr;
    Add("provider", std::string(program.status().message()));
    return nullptr;
  }

 private:
  void Add(absl::string_view field, std::string message) {
    const std::string path = absl::StrCat(account_.path, ".", field);
    const bool is_known =
        std::any_of(with_.known->list().begin(), with_.known->list().end(),
                    [&path](const config::Diagnostic& mistake) {
                      return IsWithin(path, mistake.path) || IsWithin(mistake.path, path);
                    });
    if (!is_known) diagnostics_->Add(with_.places->At(path, std::move(message)));
  }

  // Those that the program asks for and the account does not name.
  void AddSecretsByTemplate(const login::Program& program) {
    if (with_.secret_file_template.empty()) return;
    if (account_.id.account == "." || account_.id.account == "..") {
      Add("account", "an account of this name cannot be part of the path of its secrets");
      return;
    }
    for (const std::string& name : program.secrets()) {
      if (account_.secrets.contains(name)) continue;
      account_.secrets.emplace(
          name, config::SecretFile{SecretFileOf(with_.secret_file_template, account_.id, name),
                                   /*allow_world_readable=*/false});
    }
  }

  std::map<std::string, secrets::Secret> ReadSecrets() {
    std::map<std::string, secrets::Secret> read;
    if (with_.secrets == SecretReading::kLater) return read;
    for (const auto& [name, source] : account_.secrets) {
      absl::StatusOr<secrets::Secret> secret = ReadSecret(source, with_.environment);
      if (secret.ok()) {
        read.emplace(name, *std::move(secret));
      } else {
        Add(absl::StrCat("secrets.", name), std::string(secret.status().message()));
      }
    }
    return read;
  }

  std::vector<http::BaseUrl> ReadOrigins() {
    std::vector<http::BaseUrl> origins;
    for (std::size_t i = 0; i < account_.origins.size(); ++i) {
      const std::string field = absl::StrCat("origins[", i, "]");
      absl::StatusOr<http::BaseUrl> origin = http::BaseUrl::Create(account_.origins[i]);
      if (!origin.ok()) {
        Add(field, std::string(origin.status().message()));
      } else if (!origin->path().empty()) {
        Add(field, "expected an origin, \"https://host[:port]\", found a path too");
      } else {
        origins.push_back(*std::move(origin));
      }
    }
    return origins;
  }

  // Stands in for one that is wrong, so that the rest of the account is checked all the same.
  static http::BaseUrl NoBaseUrl() { return *http::BaseUrl::Create("https://host.invalid"); }

  void CheckAgainst(const login::Program& program, const http::BaseUrl& url,
                    const std::vector<http::BaseUrl>& origins) {
    const std::vector<login::AccountMistake> mistakes =
        login::CheckAccount(program, {.base_url = url,
                                      .allow_secret_in_url = account_.allow_secret_in_url,
                                      .parameters = NamesOf(account_.parameters),
                                      .secrets = NamesOf(account_.secrets),
                                      .origins = origins});
    for (const login::AccountMistake& mistake : mistakes) Add(mistake.path, mistake.message);
  }

  config::Account account_;
  const Surroundings with_;
  config::Diagnostics* const diagnostics_;
};

}  // namespace

std::string SecretFileOf(absl::string_view path_template, base::AccountIdView account,
                         absl::string_view name) {
  return absl::StrReplaceAll(
      path_template,
      {{"{provider}", account.provider}, {"{account}", account.account}, {"{name}", name}});
}

std::shared_ptr<const login::Account> BuildAccount(const config::Settings& settings,
                                                   const config::Account& account,
                                                   std::shared_ptr<const login::Program> program,
                                                   secrets::EnvironmentSecrets* environment,
                                                   config::Diagnostics* diagnostics) {
  const config::Diagnostics known = *diagnostics;
  return Builder(account,
                 {.places = &settings.places,
                  .secret_file_template = settings.secret_file_template,
                  .known = &known,
                  .environment = environment},
                 diagnostics)
      .Build(std::move(program));
}

std::shared_ptr<const login::Account> BuildAccountOfLine(const config::Account& account,
                                                         const LineSurroundings& with,
                                                         const login::DefinitionSet& definitions,
                                                         config::Diagnostics* diagnostics) {
  const config::Diagnostics none;
  Builder builder(account,
                  {.places = &with.places,
                   .secret_file_template = with.secret_file_template,
                   .known = &none,
                   .secrets = with.secrets},
                  diagnostics);
  return builder.Build(builder.FindProgram(definitions));
}

std::vector<std::shared_ptr<const login::Account>> BuildAccounts(
    const config::Settings& settings, const login::DefinitionSet& definitions,
    const config::Diagnostics& known, secrets::EnvironmentSecrets* environment,
    config::Diagnostics* diagnostics) {
  std::vector<std::shared_ptr<const login::Account>> accounts;
  for (const config::Account& account : settings.accounts) {
    Builder builder(account,
                    {.places = &settings.places,
                     .secret_file_template = settings.secret_file_template,
                     .known = &known,
                     .environment = environment},
                    diagnostics);
    if (auto built = builder.Build(builder.FindProgram(definitions))) {
      accounts.push_back(std::move(built));
    }
  }
  return accounts;
}

}  // namespace sessionbroker::app
