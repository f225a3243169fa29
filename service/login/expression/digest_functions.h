#ifndef SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_DIGEST_FUNCTIONS_H_
#define SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_DIGEST_FUNCTIONS_H_

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "service/base/status_macros.h"
#include "service/crypto/digest.h"
#include "service/crypto/hex.h"
#include "service/crypto/hmac.h"
#include "service/crypto/pbkdf2.h"
#include "service/login/expression/limits.h"
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

// Work of one digest over no more than itself in hex; of one round of PBKDF2 for a block.
template <crypto::DigestAlgorithm kAlgorithm>
inline constexpr int64_t kWorkOfRound = kAlgorithm == crypto::DigestAlgorithm::kSha512 ? 320 : 128;

// `rounds` times `work`, or more than any evaluation may do.
inline int64_t WorkOfRounds(int64_t rounds, int64_t work) {
  return rounds > kMaxEvaluationWork / work ? kMaxEvaluationWork + 1
                                            : std::max<int64_t>(rounds, 0) * work;
}

// (text or bytes, times: int)
template <crypto::DigestAlgorithm kAlgorithm>
int64_t WorkOfRepeatedDigest(absl::Span<const Value> arguments) {
  return WorkOfRounds(arguments[1].int_value(), kWorkOfRound<kAlgorithm>);
}

// (text or bytes, times: int) → bytes; the algorithm's own work is bounded before.
template <crypto::DigestAlgorithm kAlgorithm, crypto::DigestChain kChain>
absl::StatusOr<secrets::WipedBytes> RepeatedDigestOf(absl::Span<const Value> arguments) {
  const int64_t times = arguments.size() > 1 ? arguments[1].int_value() : 1;
  if (times < 1)
    return absl::InvalidArgumentError(absl::StrCat("times is ", times, ", not 1 or more"));
  return crypto::RepeatedDigest(kAlgorithm, arguments[0].data(), times, kChain);
}

// (text or bytes, times: int) → bytes
template <crypto::DigestAlgorithm kAlgorithm>
absl::StatusOr<Value> DigestOfDigests(absl::Span<const Value> arguments) {
  SB_ASSIGN_OR_RETURN(secrets::WipedBytes digest,
                      (RepeatedDigestOf<kAlgorithm, crypto::DigestChain::kRaw>(arguments)));
  return Value::Bytes(std::move(digest));
}

// (text or bytes[, times: int]) → text
template <crypto::DigestAlgorithm kAlgorithm>
absl::StatusOr<Value> HexDigestOf(absl::Span<const Value> arguments) {
  SB_ASSIGN_OR_RETURN(const secrets::WipedBytes digest,
                      (RepeatedDigestOf<kAlgorithm, crypto::DigestChain::kHex>(arguments)));
  return Value::Text(crypto::HexEncode(absl::string_view(digest.data(), digest.size())));
}

// A key that PBKDF2 makes has no more bytes; no fewer than a digest.
inline constexpr int64_t kMinKeySizeInBytes = 16;
inline constexpr int64_t kMaxKeySizeInBytes = 128;

// (password, salt, iterations: int, length: int)
template <crypto::DigestAlgorithm kAlgorithm>
int64_t WorkOfPbkdf2(absl::Span<const Value> arguments) {
  const int64_t digest_size = static_cast<int64_t>(crypto::DigestSizeInBytes(kAlgorithm));
  const int64_t length = std::clamp<int64_t>(arguments[3].int_value(), 1, kMaxKeySizeInBytes);
  const int64_t blocks = (length + digest_size - 1) / digest_size;
  return WorkOfRounds(arguments[2].int_value(), blocks * kWorkOfRound<kAlgorithm>);
}

// (password: text or bytes, salt: text or bytes, iterations: int, length: int) → bytes
template <crypto::DigestAlgorithm kAlgorithm>
absl::StatusOr<Value> Pbkdf2Of(absl::Span<const Value> arguments) {
  const int64_t iterations = arguments[2].int_value();
  const int64_t length = arguments[3].int_value();
  if (iterations < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("iterations is ", iterations, ", not 1 or more"));
  }
  if (length < kMinKeySizeInBytes || length > kMaxKeySizeInBytes) {
    return absl::InvalidArgumentError(absl::StrCat("length is ", length, ", not ",
                                                   kMinKeySizeInBytes, " to ", kMaxKeySizeInBytes));
  }
  SB_ASSIGN_OR_RETURN(
      secrets::WipedBytes key,
      crypto::Pbkdf2(kAlgorithm, arguments[0].data(), arguments[1].data(),
                     static_cast<int>(iterations), static_cast<std::size_t>(length)));
  return Value::Bytes(std::move(key));
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
