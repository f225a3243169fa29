#include "service/login/account_check.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/nearest_name.h"

namespace sessionbroker::login {
namespace {

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// `required` must be given, `known` may be.
void CheckNames(const char* field, const std::vector<std::string>& given,
                const std::vector<std::string>& known, const std::vector<std::string>& required,
                const std::string& provider, std::vector<AccountMistake>* mistakes) {
  for (const std::string& name : required) {
    if (Contains(given, name)) continue;
    mistakes->push_back(
        {absl::StrCat(field, ".", name),
         absl::StrCat("missing: the definition of \"", provider, "\" asks for it")});
  }
  for (const std::string& name : given) {
    if (Contains(known, name)) continue;
    mistakes->push_back({absl::StrCat(field, ".", name),
                         absl::StrCat("the definition of \"", provider, "\" knows no \"", name,
                                      "\"", base::Suggestion(name, known, "it knows"))});
  }
}

// No secret crosses a network unencrypted.
void CheckScheme(std::string path, const http::BaseUrl& url, const Program& program,
                 std::vector<AccountMistake>* mistakes) {
  if (!program.sends_raw() || url.scheme() != "http" || url.is_loopback_host()) return;
  mistakes->push_back(
      {std::move(path), absl::StrCat("\"", program.provider(),
                                     "\" sends a secret as it is: expected https, found http to ",
                                     url.host(), ", which is not this machine")});
}

}  // namespace

std::vector<AccountMistake> CheckAccount(const Program& program, const AccountFacts& account) {
  std::vector<AccountMistake> mistakes;
  CheckScheme("base_url", account.base_url, program, &mistakes);
  for (std::size_t i = 0; i < account.origins.size(); ++i) {
    CheckScheme(absl::StrCat("origins[", i, "]"), account.origins[i], program, &mistakes);
  }
  if (program.sends_raw_in_url() && !account.allow_secret_in_url) {
    mistakes.push_back(
        {"allow_secret_in_url",
         absl::StrCat("\"", program.provider(),
                      "\" puts a secret into the URL, where proxies and access logs see it: "
                      "expected `allow_secret_in_url: true` if that is meant")});
  }
  std::vector<std::string> known;
  std::vector<std::string> required;
  for (const ParameterSpec& parameter : program.parameters()) {
    known.push_back(parameter.name);
    if (!parameter.default_value.has_value()) required.push_back(parameter.name);
  }
  CheckNames("parameters", account.parameters, known, required, program.provider(), &mistakes);
  CheckNames("secrets", account.secrets, program.secrets(), program.secrets(), program.provider(),
             &mistakes);
  return mistakes;
}

}  // namespace sessionbroker::login
