#ifndef SESSIONBROKER_SERVICE_CRYPTO_VERIFICATION_KEY_H_
#define SESSIONBROKER_SERVICE_CRYPTO_VERIFICATION_KEY_H_

#include <openssl/evp.h>

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace sessionbroker::crypto {

// A public key and the one algorithm that it verifies signatures by, as JSON Web Algorithms
// (RFC 7518) define them. Immutable, thread-safe, cheap to copy.
class VerificationKey {
 public:
  enum class Algorithm {
    kRs256,  // RSASSA-PKCS1-v1_5 with SHA-256; 3.3.
    kEs256,  // ECDSA on P-256 with SHA-256, the signature as R and S; 3.4.
  };

  // Modulus and exponent, big-endian. INVALID_ARGUMENT for a modulus of fewer than 2,048 or more
  // than 8,192 bits, and for an exponent that is even or less than 3.
  static absl::StatusOr<VerificationKey> Rsa(absl::string_view modulus, absl::string_view exponent);

  // Coordinates, 32 bytes each, big-endian. INVALID_ARGUMENT for what is no point of the curve.
  static absl::StatusOr<VerificationKey> P256(absl::string_view x, absl::string_view y);

  Algorithm algorithm() const { return algorithm_; }

  // `signature` is this key's over `message`.
  bool Verify(absl::string_view message, absl::string_view signature) const;

 private:
  VerificationKey(Algorithm algorithm, std::shared_ptr<EVP_PKEY> key)
      : algorithm_(algorithm), key_(std::move(key)) {}

  Algorithm algorithm_;
  std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace sessionbroker::crypto

#endif  // SESSIONBROKER_SERVICE_CRYPTO_VERIFICATION_KEY_H_
