#include "service/crypto/digest.h"

#include <openssl/evp.h>

#include "service/crypto/openssl.h"

namespace sessionbroker::crypto {

const EVP_MD* EvpDigestOf(DigestAlgorithm algorithm) {
  switch (algorithm) {
    case DigestAlgorithm::kMd5:
      return EVP_md5();
    case DigestAlgorithm::kSha1:
      return EVP_sha1();
    case DigestAlgorithm::kSha256:
      return EVP_sha256();
    case DigestAlgorithm::kSha512:
      return EVP_sha512();
  }
  return nullptr;
}

std::size_t DigestSizeInBytes(DigestAlgorithm algorithm) {
  return static_cast<std::size_t>(EVP_MD_get_size(EvpDigestOf(algorithm)));
}

absl::StatusOr<secrets::WipedBytes> Digest(DigestAlgorithm algorithm, absl::string_view data) {
  const DigestContext context(EVP_MD_CTX_new());
  secrets::WipedBytes out(DigestSizeInBytes(algorithm));
  if (context == nullptr ||
      EVP_DigestInit_ex(context.get(), EvpDigestOf(algorithm), nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), data.data(), data.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(out.data()), nullptr) !=
          1) {
    return OpensslError("digest");
  }
  return out;
}

}  // namespace sessionbroker::crypto
