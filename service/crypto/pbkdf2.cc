#include "service/crypto/pbkdf2.h"

#include <openssl/evp.h>

#include "service/crypto/openssl.h"

namespace sessionbroker::crypto {

absl::StatusOr<secrets::WipedBytes> Pbkdf2(DigestAlgorithm algorithm, absl::string_view password,
                                           absl::string_view salt, int iterations,
                                           std::size_t length) {
  secrets::WipedBytes out(length);
  // A null password would mean "none", which OpenSSL takes for an empty one; a null salt fails.
  const char* password_data = password.empty() ? "" : password.data();
  const char* salt_data = salt.empty() ? "" : salt.data();
  if (PKCS5_PBKDF2_HMAC(password_data, static_cast<int>(password.size()),
                        reinterpret_cast<const unsigned char*>(salt_data),
                        static_cast<int>(salt.size()), iterations, EvpDigestOf(algorithm),
                        static_cast<int>(length),
                        reinterpret_cast<unsigned char*>(out.data())) != 1) {
    return OpensslError("PBKDF2");
  }
  return out;
}

}  // namespace sessionbroker::crypto
