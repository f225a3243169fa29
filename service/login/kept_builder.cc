#include "service/login/kept_builder.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "service/secrets/secret.h"

namespace sessionbroker::login {

absl::StatusOr<KeptValues::Values> BuildKept(const Program& program, const Bindings& bindings,
                                             Evaluation& evaluation) {
  KeptValues::Values kept;
  for (const NamedExpression& keep : program.keep()) {
    const absl::StatusOr<Value> value = keep.expression.Evaluate(bindings, evaluation);
    if (!value.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("keep.", keep.name, ": ", value.status().message()));
    }
    if (value->text().empty()) continue;
    kept.emplace(keep.name,
                 KeptValue{secrets::Secret(value->text()), program.KeepsAsSecret(keep.name)});
  }
  return kept;
}

}  // namespace sessionbroker::login
