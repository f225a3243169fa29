#include "service/login/expression/evaluator.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "service/base/status_macros.h"
#include "service/login/expression/function_call.h"
#include "service/login/expression/operators.h"

namespace sessionbroker::login {
namespace {

// `status` with what failed and where before it. What is the definition's or the provider's fault
// is INVALID_ARGUMENT, what is ours stays INTERNAL.
absl::Status At(absl::string_view what, std::size_t offset, const absl::Status& status) {
  const absl::StatusCode code = status.code() == absl::StatusCode::kInternal
                                    ? absl::StatusCode::kInternal
                                    : absl::StatusCode::kInvalidArgument;
  return absl::Status(code, absl::StrCat(what, " at offset ", offset, ": ", status.message()));
}

absl::StatusOr<Value> EvaluateName(const Node& node, const Bindings& bindings,
                                   Evaluation& evaluation) {
  const std::string what = absl::StrCat("\"", node.name, "\"");
  const auto found = bindings.find(node.name);
  if (found == bindings.end()) {
    return At(what, node.offset, absl::NotFoundError("it has no value"));
  }
  if (found->second.type() != node.type) {
    return At(what, node.offset,
              absl::InternalError(absl::StrCat("its value is ", NameOf(found->second.type()),
                                               ", expected ", NameOf(node.type))));
  }
  if (const absl::Status status = ChargeFor(found->second, evaluation); !status.ok()) {
    return At(what, node.offset, status);
  }
  return found->second;
}

absl::StatusOr<Value> EvaluateCall(const Node& node, const Bindings& bindings,
                                   Evaluation& evaluation) {
  std::vector<Value> arguments;
  for (const auto& operand : node.operands) {
    SB_ASSIGN_OR_RETURN(Value argument, EvaluateNode(*operand, bindings, evaluation));
    arguments.push_back(std::move(argument));
  }
  absl::StatusOr<Value> value = Call(*node.overload, arguments, evaluation);
  if (!value.ok()) return At(absl::StrCat(node.name, "()"), node.offset, value.status());
  return value;
}

absl::StatusOr<Value> EvaluateChain(const Node& node, const Bindings& bindings,
                                    Evaluation& evaluation) {
  SB_ASSIGN_OR_RETURN(Value value, EvaluateNode(*node.operands[0], bindings, evaluation));
  for (std::size_t i = 0; i < node.operators.size(); ++i) {
    SB_ASSIGN_OR_RETURN(const Value right,
                        EvaluateNode(*node.operands[i + 1], bindings, evaluation));
    absl::StatusOr<Value> result = Apply(node.operators[i], value, right);
    const absl::Status status = result.ok() ? ChargeFor(*result, evaluation) : result.status();
    if (!status.ok()) {
      return At(absl::StrCat("\"", NameOf(node.operators[i]), "\""), node.operator_offsets[i],
                status);
    }
    value = *std::move(result);
  }
  return value;
}

// `&&` and `||` as CEL has them: an operand that decides the result does so whatever becomes of the
// others, errors included; otherwise the first error is the result. Operands behind the one that
// decides are not evaluated.
absl::StatusOr<Value> EvaluateLogic(const Node& node, const Bindings& bindings, bool deciding,
                                    Evaluation& evaluation) {
  absl::Status first_error;
  for (const auto& operand : node.operands) {
    const absl::StatusOr<Value> value = EvaluateNode(*operand, bindings, evaluation);
    if (!value.ok()) {
      first_error.Update(value.status());
    } else if (value->bool_value() == deciding) {
      return Value::Bool(deciding);
    }
  }
  if (!first_error.ok()) return first_error;
  return Value::Bool(!deciding);
}

}  // namespace

absl::StatusOr<Value> EvaluateNode(const Node& node, const Bindings& bindings,
                                   Evaluation& evaluation) {
  switch (node.kind) {
    case Node::Kind::kLiteral:
      return *node.literal;
    case Node::Kind::kName:
      return EvaluateName(node, bindings, evaluation);
    case Node::Kind::kPresence:
      return Value::Bool(bindings.find(node.name) != bindings.end());
    case Node::Kind::kCall:
      return EvaluateCall(node, bindings, evaluation);
    case Node::Kind::kNot: {
      SB_ASSIGN_OR_RETURN(const Value operand,
                          EvaluateNode(*node.operands[0], bindings, evaluation));
      return Value::Bool(!operand.bool_value());
    }
    case Node::Kind::kNegate: {
      SB_ASSIGN_OR_RETURN(const Value operand,
                          EvaluateNode(*node.operands[0], bindings, evaluation));
      absl::StatusOr<Value> negated = Negate(operand);
      if (!negated.ok()) return At("\"-\"", node.offset, negated.status());
      return negated;
    }
    case Node::Kind::kChain:
      return EvaluateChain(node, bindings, evaluation);
    case Node::Kind::kAnd:
      return EvaluateLogic(node, bindings, /*deciding=*/false, evaluation);
    case Node::Kind::kOr:
      return EvaluateLogic(node, bindings, /*deciding=*/true, evaluation);
    case Node::Kind::kChoice: {
      SB_ASSIGN_OR_RETURN(const Value condition,
                          EvaluateNode(*node.operands[0], bindings, evaluation));
      return EvaluateNode(*node.operands[condition.bool_value() ? 1 : 2], bindings, evaluation);
    }
  }
  return absl::InternalError("unknown kind of expression");
}

}  // namespace sessionbroker::login
