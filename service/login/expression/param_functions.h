#ifndef SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_PARAM_FUNCTIONS_H_
#define SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_PARAM_FUNCTIONS_H_

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "service/login/expression/value.h"

namespace sessionbroker::login {

// OUT_OF_RANGE for more than kMaxParams pairs or kMaxValueSizeInBytes bytes.
absl::StatusOr<Value> CheckedParams(Params params);

// Bodies of functions, functions.h.

// (name: text, value: text) → params
absl::StatusOr<Value> MakeParam(absl::Span<const Value> arguments);
// (params, name: text) → params
absl::StatusOr<Value> DropParams(absl::Span<const Value> arguments);
// (params) → params
absl::StatusOr<Value> DropEmptyParams(absl::Span<const Value> arguments);
absl::StatusOr<Value> SortParamsByName(absl::Span<const Value> arguments);
absl::StatusOr<Value> SortParamsByNameAndValue(absl::Span<const Value> arguments);
absl::StatusOr<Value> ParamsToPercent(absl::Span<const Value> arguments);
absl::StatusOr<Value> ParamsToForm(absl::Span<const Value> arguments);
// (params, within: text, between: text) → text
absl::StatusOr<Value> JoinParams(absl::Span<const Value> arguments);
// (params, between: text) → text
absl::StatusOr<Value> JoinParamValues(absl::Span<const Value> arguments);
// (params, name: text) → text
absl::StatusOr<Value> ValueOfParam(absl::Span<const Value> arguments);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_PARAM_FUNCTIONS_H_
