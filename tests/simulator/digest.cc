#include "tests/simulator/digest.h"

#include <cstdlib>

#include "absl/strings/escaping.h"
#include "openssl/evp.h"
#include "openssl/rand.h"

namespace sessionbroker::simulator {

std::string Md5Hex(absl::string_view text) {
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned int length = 0;
  if (EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(digest.data()), &length,
                 EVP_md5(), nullptr) != 1) {
    std::abort();  // Only an OpenSSL without MD5 comes here, and then nothing can be simulated.
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
