#include "service/login/expression/expression.h"

#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/login/expression/checker.h"
#include "service/login/expression/evaluator.h"
#include "service/login/expression/flow.h"
#include "service/login/expression/node.h"
#include "service/login/expression/parser.h"

namespace sessionbroker::login {

Expression::Expression(std::shared_ptr<const Node> root, Type type, Taint taint)
    : root_(std::move(root)), type_(type), taint_(taint) {}

absl::StatusOr<Expression> Expression::Compile(absl::string_view text, const Scope& scope,
                                               std::vector<ExpressionError>* errors) {
  std::vector<ExpressionError> found;
  std::unique_ptr<Node> root = Parse(text, &found);
  Flow flow;
  if (root != nullptr) flow = Check(scope, root.get(), &found);
  if (!found.empty()) {
    absl::Status status = absl::InvalidArgumentError(
        absl::StrCat("offset ", found.front().offset, ": ", found.front().message));
    errors->insert(errors->end(), std::make_move_iterator(found.begin()),
                   std::make_move_iterator(found.end()));
    return status;
  }
  const Type type = root->type;
  return Expression(std::move(root), type, TaintOf(flow));
}

absl::StatusOr<Value> Expression::Evaluate(const Bindings& bindings) const {
  return EvaluateNode(*root_, bindings);
}

}  // namespace sessionbroker::login
