#include "service/login/login_inputs.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "service/login/program.h"
#include "service/secrets/secret.h"

namespace sessionbroker::login {

void ForEachLoginInput(
    const Account& account,
    absl::FunctionRef<void(absl::string_view label, absl::string_view value)> show) {
  show("provider", account.id.provider);
  show("definition", account.program->behaviour());
  show("base_url", account.base_url);
  for (std::size_t i = 0; i < account.origins.size(); ++i) {
    show(absl::StrCat("origins[", i, "]"), account.origins[i].text());
  }
  for (const auto& [name, value] : account.parameters) {
    show(absl::StrCat("parameters.", name), value);
  }
  for (const auto& [name, secret] : account.secrets) {
    show(absl::StrCat("secrets.", name), secret.Reveal(secrets::RevealToken::Issue()));
  }
}

void ShowSessionId(const Grant& grant, absl::FunctionRef<void(absl::string_view id)> show) {
  show(grant.id.Reveal(secrets::RevealToken::Issue()));
}

}  // namespace sessionbroker::login
