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
namespace {

void CollectNames(const Node& node, std::set<std::string>* names) {
  if (node.kind == Node::Kind::kName || node.kind == Node::Kind::kPresence) {
    names->insert(node.name);
  }
  for (const std::unique_ptr<Node>& operand : node.operands) CollectNames(*operand, names);
}

}  // namespace

Expression::Expression(std::shared_ptr<const Node> root, Type type, Taint taint,
                       std::set<std::string> names)
    : root_(std::move(root)), type_(type), taint_(taint), names_(std::move(names)) {}

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
  std::set<std::string> names;
  CollectNames(*root, &names);
  return Expression(std::move(root), type, TaintOf(flow), std::move(names));
}

absl::StatusOr<Value> Expression::Evaluate(const Bindings& bindings, Evaluation& evaluation) const {
  return EvaluateNode(*root_, bindings, evaluation);
}

}  // namespace sessionbroker::login
