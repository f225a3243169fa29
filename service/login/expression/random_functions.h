#ifndef SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_RANDOM_FUNCTIONS_H_
#define SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_RANDOM_FUNCTIONS_H_

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "service/crypto/random.h"
#include "service/login/expression/value.h"

namespace sessionbroker::login {

// Bodies of functions, functions.h. What they make differs each time for all practical purposes:
// what is too short for that they refuse. INTERNAL if there is no randomness.

// (size: int) → bytes
absl::StatusOr<Value> RandomBytes(absl::Span<const Value> arguments, crypto::RandomSource& random);
// (alphabet: text, size: int) → text
absl::StatusOr<Value> RandomText(absl::Span<const Value> arguments, crypto::RandomSource& random);
// () → text
absl::StatusOr<Value> RandomUuid(absl::Span<const Value> arguments, crypto::RandomSource& random);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_RANDOM_FUNCTIONS_H_
