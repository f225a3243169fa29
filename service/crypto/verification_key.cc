#include "service/crypto/verification_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "service/crypto/openssl.h"

namespace sessionbroker::crypto {
namespace {

constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 8192;
constexpr std::size_t kP256Bytes = 32;

struct FreeKeyPart {
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
  void operator()(OSSL_PARAM* parameters) const { OSSL_PARAM_free(parameters); }
};
template <typename T>
using OwnedKeyPart = std::unique_ptr<T, FreeKeyPart>;

const unsigned char* UnsignedBytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

OwnedKeyPart<BIGNUM> NumberOf(absl::string_view big_endian) {
  return OwnedKeyPart<BIGNUM>(
      BN_bin2bn(UnsignedBytes(big_endian), static_cast<int>(big_endian.size()), nullptr));
}

// nullptr where OpenSSL does not take the parameters for a public key of this type.
std::shared_ptr<EVP_PKEY> PublicKey(const char* type, OSSL_PARAM_BLD* builder) {
  const OwnedKeyPart<OSSL_PARAM> parameters(OSSL_PARAM_BLD_to_param(builder));
  const OwnedKeyPart<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (parameters == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  return std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free);
}

// R and S side by side as the SEQUENCE that OpenSSL reads; empty where they are none.
std::string DerOf(absl::string_view signature) {
  if (signature.size() != 2 * kP256Bytes) return "";
  const OwnedKeyPart<ECDSA_SIG> pair(ECDSA_SIG_new());
  OwnedKeyPart<BIGNUM> r = NumberOf(signature.substr(0, kP256Bytes));
  OwnedKeyPart<BIGNUM> s = NumberOf(signature.substr(kP256Bytes));
  if (pair == nullptr || r == nullptr || s == nullptr) return "";
  ECDSA_SIG_set0(pair.get(), r.release(), s.release());
  unsigned char* bytes = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &bytes);
  const absl::Cleanup free = [bytes] { OPENSSL_free(bytes); };
  return size > 0 ? std::string(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size))
                  : "";
}

}  // namespace

absl::StatusOr<VerificationKey> VerificationKey::Rsa(absl::string_view modulus,
                                                     absl::string_view exponent) {
  const absl::Cleanup forget_errors = [] { ERR_clear_error(); };
  if (modulus.size() > kMaxRsaBits / 8 || exponent.size() > sizeof(uint64_t)) {
    return absl::InvalidArgumentError("the RSA key is larger than keys are");
  }
  const OwnedKeyPart<BIGNUM> n = NumberOf(modulus);
  const OwnedKeyPart<BIGNUM> e = NumberOf(exponent);
  const OwnedKeyPart<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  if (n == nullptr || e == nullptr || builder == nullptr) return OpensslError("an RSA key");
  if (BN_num_bits(n.get()) < kMinRsaBits) {
    return absl::InvalidArgumentError(absl::StrCat("the RSA key has ", BN_num_bits(n.get()),
                                                   " bits, at least ", kMinRsaBits, " are wanted"));
  }
  if (BN_is_odd(e.get()) != 1 || BN_is_one(e.get()) == 1) {
    return absl::InvalidArgumentError("the RSA key's exponent is none");
  }
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  std::shared_ptr<EVP_PKEY> key = PublicKey("RSA", builder.get());
  if (key == nullptr) return absl::InvalidArgumentError("no RSA key");
  return VerificationKey(Algorithm::kRs256, std::move(key));
}

absl::StatusOr<VerificationKey> VerificationKey::P256(absl::string_view x, absl::string_view y) {
  const absl::Cleanup forget_errors = [] { ERR_clear_error(); };
  const absl::Status no_point = absl::InvalidArgumentError("no point of the curve P-256");
  if (x.size() != kP256Bytes || y.size() != kP256Bytes) return no_point;
  // SEC 1, 2.3.3: uncompressed.
  const std::string point = absl::StrCat("\x04", x, y);
  const OwnedKeyPart<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  if (builder == nullptr) return OpensslError("an EC key");
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                   point.size());
  std::shared_ptr<EVP_PKEY> key = PublicKey("EC", builder.get());
  if (key == nullptr) return no_point;
  const OwnedKeyPart<EVP_PKEY_CTX> check(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  if (check == nullptr || EVP_PKEY_public_check(check.get()) != 1) return no_point;
  return VerificationKey(Algorithm::kEs256, std::move(key));
}

bool VerificationKey::Verify(absl::string_view message, absl::string_view signature) const {
  const absl::Cleanup forget_errors = [] { ERR_clear_error(); };
  const std::string bytes =
      algorithm_ == Algorithm::kEs256 ? DerOf(signature) : std::string(signature);
  const DigestContext context(EVP_MD_CTX_new());
  return !bytes.empty() && context != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
         EVP_DigestVerify(context.get(), UnsignedBytes(bytes), bytes.size(), UnsignedBytes(message),
                          message.size()) == 1;
}

}  // namespace sessionbroker::crypto
