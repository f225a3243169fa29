#include "service/crypto/hmac.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/crypto/bytes.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::crypto {
namespace {

struct HmacCase {
  const char* name;
  DigestAlgorithm algorithm;
  std::string key;
  std::string message;
  const char* hex;
};

constexpr char kLongKeyMessage[] = "Test Using Larger Than Block-Size Key - Hash Key First";

// RFC 2202 (MD5, SHA-1) and RFC 4231 (SHA-2); all agree with `openssl dgst -mac HMAC`.
const HmacCase kHmacCases[] = {
    {"Rfc2202Md5Case1", DigestAlgorithm::kMd5, std::string(16, '\x0b'), "Hi There",
     "9294727a3638bb1c13f48ef8158bfc9d"},
    {"Rfc2202Md5Case2", DigestAlgorithm::kMd5, "Jefe", "what do ya want for nothing?",
     "750c783e6ab0b503eaa86e310a5db738"},
    {"Rfc2202Md5Case3", DigestAlgorithm::kMd5, std::string(16, '\xaa'), std::string(50, '\xdd'),
     "56be34521d144c88dbb8c733f0e8b3f6"},
    {"Rfc2202Md5Case6", DigestAlgorithm::kMd5, std::string(80, '\xaa'), kLongKeyMessage,
     "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd"},
    {"Rfc2202Sha1Case1", DigestAlgorithm::kSha1, std::string(20, '\x0b'), "Hi There",
     "b617318655057264e28bc0b6fb378c8ef146be00"},
    {"Rfc2202Sha1Case3", DigestAlgorithm::kSha1, std::string(20, '\xaa'), std::string(50, '\xdd'),
     "125d7342b9ac11cd91a39af48aa17b4f63f175d3"},
    {"Rfc2202Sha1Case6", DigestAlgorithm::kSha1, std::string(80, '\xaa'), kLongKeyMessage,
     "aa4ae5e15272d00e95705637ce8a3b55ed402112"},
    {"Rfc4231Sha256Case1", DigestAlgorithm::kSha256, std::string(20, '\x0b'), "Hi There",
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {"Rfc4231Sha256Case3", DigestAlgorithm::kSha256, std::string(20, '\xaa'),
     std::string(50, '\xdd'), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
    {"Rfc4231Sha256Case6", DigestAlgorithm::kSha256, std::string(131, '\xaa'), kLongKeyMessage,
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    {"Rfc4231Sha512Case1", DigestAlgorithm::kSha512, std::string(20, '\x0b'), "Hi There",
     "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
     "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"},
    {"Rfc4231Sha512Case2", DigestAlgorithm::kSha512, "Jefe", "what do ya want for nothing?",
     "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
     "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
    {"Rfc4231Sha512Case6", DigestAlgorithm::kSha512, std::string(131, '\xaa'), kLongKeyMessage,
     "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
     "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"},
    {"EmptyKeyAndMessage", DigestAlgorithm::kSha256, "", "",
     "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
};

TEST(HmacTest, PublishedValues) {
  for (const HmacCase& c : kHmacCases) {
    SCOPED_TRACE(c.name);
    SB_ASSERT_OK_AND_ASSIGN(const secrets::WipedBytes mac, Hmac(c.algorithm, c.key, c.message));
    EXPECT_EQ(AsHex(mac), c.hex);
  }
}

TEST(HmacTest, EveryBitOfKeyAndMessageCounts) {
  const std::string key = "Jefe";
  const std::string message = "what do ya want";
  SB_ASSERT_OK_AND_ASSIGN(const secrets::WipedBytes mac,
                          Hmac(DigestAlgorithm::kSha256, key, message));
  for (std::size_t bit = 0; bit < (key.size() + message.size()) * 8; ++bit) {
    std::string changed = key + message;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    SB_ASSERT_OK_AND_ASSIGN(
        const secrets::WipedBytes other,
        Hmac(DigestAlgorithm::kSha256, changed.substr(0, key.size()), changed.substr(key.size())));
    EXPECT_NE(AsHex(other), AsHex(mac)) << "bit " << bit;
  }
}

}  // namespace
}  // namespace sessionbroker::crypto
