#include "client/brokerctl/provider/trial_account.h"

#include <cstddef>
#include <map>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/brokerctl/provider/assignment.h"
#include "service/app/account_builder.h"
#include "service/base/nearest_name.h"
#include "service/base/status_macros.h"
#include "service/config/diagnostics.h"
#include "service/secrets/environment_secrets.h"

namespace sessionbroker::brokerctl {
namespace {

// The fields of an account that is made of options stand below this path.
constexpr char kPath[] = "options";

constexpr struct {
  const char* field;
  const char* option;
} kOptions[] = {{"options.base_url", "--base-url"},
                {"options.origins", "--origin"},
                {"options.parameters.", "--parameter "},
                {"options.secrets.", "--secret "}};

// With options in place of fields.
std::string OnCommandLine(const config::Diagnostics& diagnostics) {
  std::string text;
  for (const config::Diagnostic& diagnostic : diagnostics.list()) {
    absl::string_view path = diagnostic.path;
    absl::string_view option;
    for (const auto& row : kOptions) {
      if (absl::ConsumePrefix(&path, row.field)) option = row.option;
    }
    absl::StrAppend(&text, "brokerctl: ", option, path, ": ", diagnostic.message, "\n");
  }
  return text;
}

absl::StatusOr<std::map<std::string, std::string>> ParseAll(absl::string_view option,
                                                            const std::vector<std::string>& texts) {
  std::map<std::string, std::string> all;
  for (const std::string& text : texts) {
    SB_ASSIGN_OR_RETURN(Assignment one, ParseAssignment(option, text));
    if (!all.emplace(one.name, std::move(one.value)).second) {
      return absl::InvalidArgumentError(absl::StrCat(option, " ", one.name, " is given twice"));
    }
  }
  return all;
}

absl::StatusOr<config::Account> AccountOf(const AccountArguments& arguments,
                                          const std::string& provider) {
  config::Account account;
  account.path = kPath;
  account.id = {provider, "try"};
  account.base_url = arguments.base_url;
  account.origins = arguments.origins;
  account.allow_secret_in_url = arguments.allow_secret_in_url;
  SB_ASSIGN_OR_RETURN(account.parameters, ParseAll("--parameter", arguments.parameters));
  SB_ASSIGN_OR_RETURN(const auto files, ParseAll("--secret", arguments.secrets));
  for (const auto& [name, file] : files) {
    account.secrets.emplace(name, config::SecretFile{file, /*allow_world_readable=*/false});
  }
  return account;
}

// The entry that `name` means: "PROVIDER/ACCOUNT", or an account of `provider`.
absl::StatusOr<const config::Account*> FindEntry(const config::Settings& settings,
                                                 const std::string& name,
                                                 const std::string& provider) {
  const std::string wanted =
      absl::StrContains(name, '/') ? name : absl::StrCat(provider, "/", name);
  std::vector<std::string> known;
  for (const config::Account& account : settings.accounts) {
    if (account.id.ToString() == wanted) return &account;
    known.push_back(account.id.ToString());
  }
  return absl::NotFoundError(absl::StrCat("there is no account \"", wanted, "\"",
                                          base::Suggestion(wanted, known, "known are")));
}

std::optional<TrialAccount> ReadEntry(const std::string& entry,
                                      std::shared_ptr<const login::Program> program,
                                      std::string* mistakes) {
  const std::size_t colon = entry.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == entry.size()) {
    *mistakes = "brokerctl: --account: expected CONFIG_FILE:ACCOUNT\n";
    return std::nullopt;
  }
  const std::string file = entry.substr(0, colon);
  config::Diagnostics diagnostics;
  const std::optional<config::Settings> settings = config::LoadSettings(file, &diagnostics);
  if (!settings.has_value()) {
    *mistakes = diagnostics.ToString();
    return std::nullopt;
  }
  const auto found = FindEntry(*settings, entry.substr(colon + 1), program->provider());
  if (!found.ok()) {
    *mistakes = absl::StrCat(file, ": ", found.status().message(), "\n");
    return std::nullopt;
  }
  secrets::EnvironmentSecrets environment;
  auto account =
      app::BuildAccount(*settings, **found, std::move(program), &environment, &diagnostics);
  *mistakes = diagnostics.ToString();
  if (account == nullptr) return std::nullopt;
  return TrialAccount{std::move(account), settings->outbound};
}

}  // namespace

std::optional<TrialAccount> ReadTrialAccount(const AccountArguments& arguments,
                                             std::shared_ptr<const login::Program> program,
                                             std::string* mistakes) {
  if (!arguments.entry.empty()) return ReadEntry(arguments.entry, std::move(program), mistakes);
  const absl::StatusOr<config::Account> options = AccountOf(arguments, program->provider());
  if (!options.ok()) {
    *mistakes = absl::StrCat("brokerctl: ", options.status().message(), "\n");
    return std::nullopt;
  }
  const config::Settings settings;
  config::Diagnostics diagnostics;
  secrets::EnvironmentSecrets environment;
  auto account =
      app::BuildAccount(settings, *options, std::move(program), &environment, &diagnostics);
  *mistakes = OnCommandLine(diagnostics);
  if (account == nullptr) return std::nullopt;
  return TrialAccount{std::move(account), settings.outbound};
}

}  // namespace sessionbroker::brokerctl
