#ifndef SESSIONBROKER_TESTS_TESTING_TEST_TOKEN_H_
#define SESSIONBROKER_TESTS_TESTING_TEST_TOKEN_H_

#include <openssl/evp.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/string_view.h"

namespace sessionbroker::testing {

// A key of an issuer of tokens, RSA of 2,048 bits or P-256. Shares no code with what verifies. Dies
// where OpenSSL fails.
class TestTokenKey {
 public:
  enum class Kind { kRsa, kP256 };

  TestTokenKey(Kind kind, std::string kid);

  const std::string& kid() const { return kid_; }
  // "RS256" or "ES256".
  std::string algorithm() const { return kind_ == Kind::kRsa ? "RS256" : "ES256"; }

  // The public key as a JSON Web Key.
  nlohmann::json Jwk() const;
  // The public key, PEM.
  std::string PublicPem() const;

  // A token with this key's header.
  std::string Token(const nlohmann::json& claims) const;
  // One whose header may say anything.
  std::string Token(const nlohmann::json& header, const nlohmann::json& claims) const;
  // `text` with this key's signature behind it.
  std::string Signed(const std::string& text) const;

 private:
  Kind kind_;
  std::string kid_;
  std::shared_ptr<EVP_PKEY> key_;
};

// {"keys": […]} of the public keys.
std::string KeySetOf(std::initializer_list<const TestTokenKey*> keys);

// Header and claims as a token has them, up to the second dot.
std::string UnsignedToken(const nlohmann::json& header, const nlohmann::json& claims);

// In base64url without padding.
std::string Base64Url(absl::string_view bytes);

}  // namespace sessionbroker::testing

#endif  // SESSIONBROKER_TESTS_TESTING_TEST_TOKEN_H_
