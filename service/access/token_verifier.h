#ifndef SESSIONBROKER_SERVICE_ACCESS_TOKEN_VERIFIER_H_
#define SESSIONBROKER_SERVICE_ACCESS_TOKEN_VERIFIER_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/access/key_set.h"
#include "service/access/verified_callers.h"

namespace sessionbroker::access {

// Whose tokens are taken.
struct TokenRules {
  // Exactly the token's `iss`.
  std::string issuer;
  // One of the token's `aud`.
  std::string audience;
};

// Who calls by a bearer token: a Kubernetes service-account token, which is a signed JWT (RFC 7519,
// RFC 7515). Remembers tokens that it has verified, by their SHA-256. Thread-safe.
class TokenVerifier {
 public:
  // A longer token is refused unread.
  static constexpr std::size_t kMaxTokenBytes = std::size_t{16} * 1024;
  // How far the issuer's clock may be ahead of the broker's: a token is taken so long before `nbf`.
  static constexpr absl::Duration kMaxSkew = absl::Minutes(1);

  TokenVerifier(TokenRules rules, KeySet keys);

  // kTokenRefused, with why but without a byte of the token, unless all of this holds:
  //   it is signed by the key of the set that its `kid` names, by that key's algorithm
  //   nothing in its header is marked as critical
  //   `iss` and `aud` are as the rules say
  //   now < `exp`, which must be there, and `nbf` <= now + kMaxSkew where that is there
  //   `sub` is "system:serviceaccount:NAMESPACE:NAME"
  // It is valid until `exp`.
  absl::StatusOr<VerifiedCaller> Verify(absl::string_view token, absl::Time now) const;

 private:
  absl::StatusOr<VerifiedCaller> VerifyAnew(absl::string_view token, absl::Time now) const;

  const TokenRules rules_;
  const KeySet keys_;
  mutable VerifiedCallers verified_;
};

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_TOKEN_VERIFIER_H_
