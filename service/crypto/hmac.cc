#include "service/crypto/hmac.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include "service/crypto/openssl.h"

namespace sessionbroker::crypto {
namespace {

const unsigned char* AsBytes(absl::string_view text) {
  // A null key would mean "the key set before".
  return reinterpret_cast<const unsigned char*>(text.empty() ? "" : text.data());
}

}  // namespace

absl::StatusOr<secrets::WipedBytes> Hmac(DigestAlgorithm algorithm, absl::string_view key,
                                         absl::string_view message) {
  const Mac mac(EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr));
  if (mac == nullptr) return OpensslError("HMAC");
  const MacContext context(EVP_MAC_CTX_new(mac.get()));
  // OpenSSL takes the name as mutable and does not write to it.
  char* digest_name = const_cast<char*>(EVP_MD_get0_name(EvpDigestOf(algorithm)));
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest_name, 0),
      OSSL_PARAM_construct_end()};
  secrets::WipedBytes out(DigestSizeInBytes(algorithm));
  std::size_t size = 0;
  if (context == nullptr ||
      EVP_MAC_init(context.get(), AsBytes(key), key.size(), parameters) != 1 ||
      EVP_MAC_update(context.get(), AsBytes(message), message.size()) != 1 ||
      EVP_MAC_final(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                    out.size()) != 1 ||
      size != out.size()) {
    return OpensslError("HMAC");
  }
  return out;
}

}  // namespace sessionbroker::crypto
