#ifndef SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_EVALUATOR_H_
#define SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_EVALUATOR_H_

#include "absl/status/statusor.h"
#include "service/login/expression/evaluation.h"
#include "service/login/expression/expression.h"
#include "service/login/expression/node.h"

namespace sessionbroker::login {

// The value of a checked tree. Fails as Expression::Evaluate does.
absl::StatusOr<Value> EvaluateNode(const Node& node, const Bindings& bindings,
                                   Evaluation& evaluation);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_EVALUATOR_H_
