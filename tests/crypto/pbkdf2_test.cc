#include "service/crypto/pbkdf2.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/crypto/bytes.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::crypto {
namespace {

TEST(Pbkdf2Test, PublishedValues) {
  // RFC 6070 (SHA-1), RFC 7914 section 11 (SHA-256), python3's hashlib (the rest).
  const struct {
    DigestAlgorithm algorithm;
    std::string password;
    std::string salt;
    int iterations;
    std::size_t length;
    const char* hex;
  } cases[] = {
      {DigestAlgorithm::kSha1, "password", "salt", 1, 20,
       "0c60c80f961f0e71f3a9b524af6012062fe037a6"},
      {DigestAlgorithm::kSha1, "passwordPASSWORDpassword", "saltSALTsaltSALTsaltSALTsaltSALTsalt",
       4096, 25, "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038"},
      {DigestAlgorithm::kSha1, std::string("pass\0word", 9), std::string("sa\0lt", 5), 4096, 16,
       "56fa6aa75548099dcc37d7f03425e0c3"},
      {DigestAlgorithm::kSha256, "passwd", "salt", 1, 64,
       "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
       "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"},
      {DigestAlgorithm::kSha512, "password", "salt", 1000, 32,
       "afe6c5530785b6cc6b1c6453384731bd5ee432ee549fd42fb6695779ad8a1c5b"},
      {DigestAlgorithm::kSha256, "", "", 1, 16, "f7ce0b653d2d72a4108cf5abe912ffdd"},
  };
  for (const auto& c : cases) {
    SB_ASSERT_OK_AND_ASSIGN(const secrets::WipedBytes key,
                            Pbkdf2(c.algorithm, c.password, c.salt, c.iterations, c.length));
    EXPECT_EQ(AsHex(key), c.hex);
  }
}

}  // namespace
}  // namespace sessionbroker::crypto
