#ifndef SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_OPERATORS_H_
#define SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_OPERATORS_H_

#include <optional>

#include "absl/status/statusor.h"
#include "service/login/expression/node.h"
#include "service/login/expression/value.h"

namespace sessionbroker::login {

// The type of `left op right`, nothing where the operator does not take these.
std::optional<Type> ResultOf(Operator op, Type left, Type right);

// Of one of the six that compare.
bool IsComparison(Operator op);

// The value of `left op right`. Requires types that ResultOf knows. OUT_OF_RANGE where it has none.
absl::StatusOr<Value> Apply(Operator op, const Value& left, const Value& right);

// The value of -operand. Requires an int. OUT_OF_RANGE for the lowest one.
absl::StatusOr<Value> Negate(const Value& operand);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_OPERATORS_H_
