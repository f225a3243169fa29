#ifndef SESSIONBROKER_SERVICE_CRYPTO_DIGEST_H_
#define SESSIONBROKER_SERVICE_CRYPTO_DIGEST_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::crypto {

// The digests that providers ask for. MD5 (RFC 1321) and SHA-1 (FIPS 180-4) are broken as digests
// of documents; they are here because logins are defined by them.
enum class DigestAlgorithm { kMd5, kSha1, kSha256, kSha512 };

// 16, 20, 32 or 64.
std::size_t DigestSizeInBytes(DigestAlgorithm algorithm);

// The raw digest of `data`. Fails with INTERNAL where OpenSSL refuses the algorithm (a FIPS
// provider has no MD5).
absl::StatusOr<secrets::WipedBytes> Digest(DigestAlgorithm algorithm, absl::string_view data);

// What of one digest the next one is over.
enum class DigestChain {
  kRaw,  // Its bytes.
  kHex,  // Its text in hex, lower case.
};

// A digest over `data`, one over that, and so on: the last of `times`, which is at least 1, as raw
// bytes. Fails as Digest does.
absl::StatusOr<secrets::WipedBytes> RepeatedDigest(DigestAlgorithm algorithm,
                                                   absl::string_view data, int64_t times,
                                                   DigestChain chain);

}  // namespace sessionbroker::crypto

#endif  // SESSIONBROKER_SERVICE_CRYPTO_DIGEST_H_
