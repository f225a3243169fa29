#ifndef SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_DIGEST_FUNCTIONS_H_
#define SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_DIGEST_FUNCTIONS_H_

#include <utility>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "service/base/status_macros.h"
#include "service/crypto/digest.h"
#include "service/crypto/hmac.h"
#include "service/login/expression/value.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::login {

// Bodies of functions, functions.h.

// (text or bytes) → bytes
template <crypto::DigestAlgorithm kAlgorithm>
absl::StatusOr<Value> DigestOf(absl::Span<const Value> arguments) {
  SB_ASSIGN_OR_RETURN(secrets::WipedBytes digest, crypto::Digest(kAlgorithm, arguments[0].data()));
  return Value::Bytes(std::move(digest));
}

// (key: text or bytes, message: text or bytes) → bytes
template <crypto::DigestAlgorithm kAlgorithm>
absl::StatusOr<Value> HmacOf(absl::Span<const Value> arguments) {
  SB_ASSIGN_OR_RETURN(secrets::WipedBytes mac,
                      crypto::Hmac(kAlgorithm, arguments[0].data(), arguments[1].data()));
  return Value::Bytes(std::move(mac));
}

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_DIGEST_FUNCTIONS_H_
