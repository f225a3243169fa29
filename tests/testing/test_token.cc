#include "tests/testing/test_token.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace sessionbroker::testing {
namespace {

void OrAbort(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "test token: %s failed\n", what);
  std::abort();
}

// A number of the key, big-endian, with at least `size` bytes.
std::string Parameter(EVP_PKEY* key, const char* name, int size) {
  BIGNUM* number = nullptr;
  OrAbort(EVP_PKEY_get_bn_param(key, name, &number) == 1, name);
  const int bytes = std::max(size, BN_num_bytes(number));
  std::string text(static_cast<std::size_t>(bytes), '\0');
  BN_bn2binpad(number, reinterpret_cast<unsigned char*>(text.data()), bytes);
  BN_free(number);
  return text;
}

// R and S, 32 bytes each.
std::string Raw(const std::vector<unsigned char>& der) {
  const unsigned char* at = der.data();
  ECDSA_SIG* const signature = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
  OrAbort(signature != nullptr, "d2i_ECDSA_SIG");
  std::string raw(64, '\0');
  auto* const bytes = reinterpret_cast<unsigned char*>(raw.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(signature), bytes, 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(signature), bytes + 32, 32);
  ECDSA_SIG_free(signature);
  return raw;
}

}  // namespace

std::string Base64Url(absl::string_view bytes) {
  std::string text = absl::WebSafeBase64Escape(bytes);
  return std::string(absl::StripSuffix(absl::StripSuffix(text, "="), "="));
}

std::string UnsignedToken(const nlohmann::json& header, const nlohmann::json& claims) {
  return absl::StrCat(Base64Url(header.dump()), ".", Base64Url(claims.dump()));
}

std::string KeySetOf(std::initializer_list<const TestTokenKey*> keys) {
  nlohmann::json set = {{"keys", nlohmann::json::array()}};
  for (const TestTokenKey* key : keys) set["keys"].push_back(key->Jwk());
  return set.dump();
}

TestTokenKey::TestTokenKey(Kind kind, std::string kid)
    : kind_(kind),
      kid_(std::move(kid)),
      key_(kind == Kind::kRsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256"), EVP_PKEY_free) {
  OrAbort(key_ != nullptr, "making a key");
}

nlohmann::json TestTokenKey::Jwk() const {
  nlohmann::json jwk = {{"kid", kid_}, {"use", "sig"}, {"alg", algorithm()}};
  if (kind_ == Kind::kRsa) {
    jwk["kty"] = "RSA";
    jwk["n"] = Base64Url(Parameter(key_.get(), OSSL_PKEY_PARAM_RSA_N, 0));
    jwk["e"] = Base64Url(Parameter(key_.get(), OSSL_PKEY_PARAM_RSA_E, 0));
  } else {
    jwk["kty"] = "EC";
    jwk["crv"] = "P-256";
    jwk["x"] = Base64Url(Parameter(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X, 32));
    jwk["y"] = Base64Url(Parameter(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y, 32));
  }
  return jwk;
}

std::string TestTokenKey::PublicPem() const {
  const std::unique_ptr<BIO, void (*)(BIO*)> bio(BIO_new(BIO_s_mem()), BIO_free_all);
  OrAbort(PEM_write_bio_PUBKEY(bio.get(), key_.get()) == 1, "PEM");
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return std::string(bytes, static_cast<std::size_t>(size));
}

std::string TestTokenKey::Token(const nlohmann::json& claims) const {
  return Token({{"alg", algorithm()}, {"kid", kid_}}, claims);
}

std::string TestTokenKey::Token(const nlohmann::json& header, const nlohmann::json& claims) const {
  return Signed(UnsignedToken(header, claims));
}

std::string TestTokenKey::Signed(const std::string& text) const {
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  OrAbort(EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key_.get()) == 1, "signing");
  OrAbort(EVP_DigestSign(context, nullptr, &size, bytes, text.size()) == 1, "signing");
  std::vector<unsigned char> signature(size);
  OrAbort(EVP_DigestSign(context, signature.data(), &size, bytes, text.size()) == 1, "signing");
  signature.resize(size);
  EVP_MD_CTX_free(context);
  const std::string raw =
      kind_ == Kind::kRsa ? std::string(signature.begin(), signature.end()) : Raw(signature);
  return absl::StrCat(text, ".", Base64Url(raw));
}

}  // namespace sessionbroker::testing
