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

absl::StatusOr<secrets::WipedBytes> RepeatedDigest(DigestAlgorithm algorithm,
                                                   absl::string_view data, int64_t times,
                                                   DigestChain chain) {
  constexpr char kDigits[] = "0123456789abcdef";
  // Fetched once: EVP_md5() and its like are looked up again with each digest.
  const FetchedDigest digest(
      EVP_MD_fetch(nullptr, EVP_MD_get0_name(EvpDigestOf(algorithm)), nullptr));
  const DigestContext context(EVP_MD_CTX_new());
  if (digest == nullptr || context == nullptr) return OpensslError("digest");
  secrets::WipedBytes out(DigestSizeInBytes(algorithm));
  secrets::WipedBytes hex(out.size() * 2);
  absl::string_view input = data;
  for (int64_t i = 0; i < times; ++i) {
    if (EVP_DigestInit_ex2(context.get(), digest.get(), nullptr) != 1 ||
        EVP_DigestUpdate(context.get(), input.data(), input.size()) != 1 ||
        EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(out.data()), nullptr) !=
            1) {
      return OpensslError("digest");
    }
    input = absl::string_view(out.data(), out.size());
    if (chain == DigestChain::kRaw) continue;
    for (std::size_t at = 0; at < out.size(); ++at) {
      const unsigned char byte = static_cast<unsigned char>(out[at]);
      hex[2 * at] = kDigits[byte >> 4];
      hex[2 * at + 1] = kDigits[byte & 0xf];
    }
    input = absl::string_view(hex.data(), hex.size());
  }
  return out;
}

}  // namespace sessionbroker::crypto
