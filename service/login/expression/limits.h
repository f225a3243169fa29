#ifndef SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_LIMITS_H_
#define SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_LIMITS_H_

#include <cstddef>
#include <cstdint>

namespace sessionbroker::login {

// What an expression may be at most; kMaxValueSizeInBytes (value.h) limits what it works with.
inline constexpr std::size_t kMaxExpressionSizeInBytes = 4096;
// Parentheses, calls, choices and signs inside one another.
inline constexpr std::size_t kMaxExpressionDepth = 64;
inline constexpr std::size_t kMaxExpressionNodes = 1024;

// What evaluating all expressions of a step may cost: it runs on an event loop. One is about the
// time in which a byte is hashed, 4 ns; all of it is less than 50 ms. docs/providers.md says what
// counts how much.
inline constexpr int64_t kMaxEvaluationWork = 10'000'000;
// Of each byte of a text that may become a part of its own.
inline constexpr int64_t kWorkOfPart = 4;
// Of each pair of parameters that is read or made.
inline constexpr int64_t kWorkOfParam = 64;

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_LIMITS_H_
