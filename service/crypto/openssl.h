#ifndef SESSIONBROKER_SERVICE_CRYPTO_OPENSSL_H_
#define SESSIONBROKER_SERVICE_CRYPTO_OPENSSL_H_

#include <openssl/evp.h>

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "service/crypto/digest.h"

namespace sessionbroker::crypto {

// What this folder shares about OpenSSL; not for other folders.

struct DigestContextDeleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using DigestContext = std::unique_ptr<EVP_MD_CTX, DigestContextDeleter>;

struct FetchedDigestDeleter {
  void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
};
using FetchedDigest = std::unique_ptr<EVP_MD, FetchedDigestDeleter>;

struct MacDeleter {
  void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
};
using Mac = std::unique_ptr<EVP_MAC, MacDeleter>;

struct MacContextDeleter {
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
using MacContext = std::unique_ptr<EVP_MAC_CTX, MacContextDeleter>;

// Static, not owned.
const EVP_MD* EvpDigestOf(DigestAlgorithm algorithm);

// INTERNAL: `what`, failed, and OpenSSL's reason. Drains this thread's queue of OpenSSL errors.
absl::Status OpensslError(absl::string_view what);

}  // namespace sessionbroker::crypto

#endif  // SESSIONBROKER_SERVICE_CRYPTO_OPENSSL_H_
