#ifndef SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_LIMITS_H_
#define SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_LIMITS_H_

#include <cstddef>

namespace sessionbroker::login {

// What an expression may be at most; kMaxValueSizeInBytes (value.h) limits what it works with.
inline constexpr std::size_t kMaxExpressionSizeInBytes = 4096;
// Parentheses, calls, choices and signs inside one another.
inline constexpr std::size_t kMaxExpressionDepth = 64;
inline constexpr std::size_t kMaxExpressionNodes = 1024;

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_LIMITS_H_
