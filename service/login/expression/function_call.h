#ifndef SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_FUNCTION_CALL_H_
#define SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_FUNCTION_CALL_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "service/login/expression/evaluation.h"
#include "service/login/expression/functions.h"
#include "service/login/expression/value.h"

namespace sessionbroker::login {

// The value of a call, its work charged. Fails as the body does; with OUT_OF_RANGE for too much
// work or too long a value.
absl::StatusOr<Value> Call(const Overload& overload, absl::Span<const Value> arguments,
                           Evaluation& evaluation);

// OUT_OF_RANGE for a value longer than kMaxValueSizeInBytes. Charges for writing or reading it.
absl::Status ChargeFor(const Value& value, Evaluation& evaluation);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_FUNCTION_CALL_H_
