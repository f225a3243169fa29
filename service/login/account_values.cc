#include "service/login/account_values.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "service/base/status_macros.h"
#include "service/http/url.h"
#include "service/login/no_randomness.h"

namespace sessionbroker::login {

Bindings ParametersOf(const Account& account) {
  Bindings bindings;
  for (const ParameterSpec& parameter : account.program->parameters()) {
    const auto set = account.parameters.find(parameter.name);
    if (set != account.parameters.end()) {
      bindings.emplace(absl::StrCat("account.", parameter.name), Value::Text(set->second));
    } else if (parameter.default_value.has_value()) {
      bindings.emplace(absl::StrCat("account.", parameter.name),
                       Value::Text(*parameter.default_value));
    }
  }
  return bindings;
}

absl::StatusOr<SequenceId> SequenceIdOf(const SequenceTemplate& sequence, const Account& account,
                                        Evaluation& evaluation) {
  SB_ASSIGN_OR_RETURN(const http::Origin origin, http::OriginOf(account.base_url));
  const absl::StatusOr<Value> key = sequence.key.Evaluate(ParametersOf(account), evaluation);
  if (!key.ok() || key->text().empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "sequences.", sequence.name, ".key: ", key.ok() ? "it is empty" : key.status().message()));
  }
  return SequenceId{origin.ToString(), std::string(key->text())};
}

std::vector<AccountSequence> SequencesOf(const Account& account) {
  std::vector<AccountSequence> sequences;
  for (const SequenceTemplate& sequence : account.program->sequences()) {
    NoRandomness none("a sequence's key is the same each time");
    Evaluation evaluation(none);
    absl::StatusOr<SequenceId> id = SequenceIdOf(sequence, account, evaluation);
    if (id.ok()) sequences.push_back({*std::move(id), sequence.spec});
  }
  return sequences;
}

}  // namespace sessionbroker::login
