#include "service/login/known_values.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "service/login/program.h"
#include "service/secrets/secret.h"

namespace sessionbroker::login {
namespace {

absl::string_view Reveal(const secrets::Secret& secret) {
  return secret.Reveal(secrets::RevealToken::Issue());
}

}  // namespace

void AddSecrets(const Account& account, Bindings* bindings) {
  for (const std::string& name : account.program->secrets()) {
    const auto secret = account.secrets.find(name);
    if (secret == account.secrets.end()) continue;
    bindings->insert_or_assign(absl::StrCat("secret.", name), Value::Text(Reveal(secret->second)));
  }
}

void AddKept(const KeptValues::Values& kept, Bindings* bindings) {
  for (const auto& [name, value] : kept) {
    bindings->insert_or_assign(absl::StrCat("kept.", name), Value::Text(Reveal(value.value)));
  }
}

void AddSession(const Program& program, const Grant& session, Bindings* bindings) {
  bindings->insert_or_assign("session.id", Value::Text(Reveal(session.id)));
  // What was left out of the grant is empty.
  for (const NamedTemplate& attribute : program.session().attributes) {
    bindings->insert_or_assign(absl::StrCat("session.", attribute.name), Value::Text(""));
  }
  for (const auto& [name, value] : session.attributes) {
    bindings->insert_or_assign(absl::StrCat("session.", name), Value::Text(value));
  }
}

std::vector<Added> AttachedTo(absl::string_view method, const Grant& session) {
  std::vector<Added> added;
  for (const Attachment& attachment : session.attachments) {
    const std::vector<std::string>& methods = attachment.methods;
    if (!methods.empty() && std::find(methods.begin(), methods.end(), method) == methods.end()) {
      continue;
    }
    added.push_back(Added{attachment.location, Param(attachment.name, Reveal(attachment.value))});
  }
  return added;
}

std::vector<Value> PartsOf(const Grant& session) {
  std::vector<Value> parts = {Value::Text(Reveal(session.id))};
  for (const Attachment& attachment : session.attachments) {
    parts.push_back(Value::Text(Reveal(attachment.value)));
  }
  return parts;
}

}  // namespace sessionbroker::login
