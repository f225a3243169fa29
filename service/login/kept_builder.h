#ifndef SESSIONBROKER_SERVICE_LOGIN_KEPT_BUILDER_H_
#define SESSIONBROKER_SERVICE_LOGIN_KEPT_BUILDER_H_

#include "absl/status/statusor.h"
#include "service/login/expression/evaluation.h"
#include "service/login/expression/expression.h"
#include "service/login/kept_values.h"
#include "service/login/program.h"

namespace sessionbroker::login {

// What a login that has succeeded leaves for the next ones; nothing for what is empty.
// INVALID_ARGUMENT, naming it and never the value: one cannot be computed.
absl::StatusOr<KeptValues::Values> BuildKept(const Program& program, const Bindings& bindings,
                                             Evaluation& evaluation);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_KEPT_BUILDER_H_
