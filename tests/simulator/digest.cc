#include "tests/simulator/digest.h"

#include <cstdlib>

#include "absl/strings/escaping.h"
#include "openssl/evp.h"
#include "openssl/hmac.h"
#include "openssl/rand.h"

namespace sessionbroker::simulator {

namespace {

std::string DigestHex(absl::string_view text, const EVP_MD* algorithm) {
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned int length = 0;
  if (EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(digest.data()), &length,
                 algorithm, nullptr) != 1) {
    std::abort();  // Only an OpenSSL without the digest comes here: nothing can be simulated then.
  }
  digest.resize(length);
  return absl::BytesToHexString(digest);
}

}  // namespace

std::string Md5Hex(absl::string_view text) { return DigestHex(text, EVP_md5()); }
std::string Sha512Hex(absl::string_view text) { return DigestHex(text, EVP_sha512()); }

std::string HmacSha256Hex(absl::string_view key, absl::string_view message) {
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned int length = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(message.data()), message.size(),
           reinterpret_cast<unsigned char*>(digest.data()), &length) == nullptr) {
    std::abort();
  }
  digest.resize(length);
  return absl::BytesToHexString(digest);
}

std::string RandomHex(size_t bytes) {
  std::string random(bytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(random.data()), static_cast<int>(bytes)) != 1) {
    std::abort();
  }
  return absl::BytesToHexString(random);
}

}  // namespace sessionbroker::simulator
