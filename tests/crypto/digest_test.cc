#include "service/crypto/digest.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/crypto/bytes.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::crypto {
namespace {

struct DigestCase {
  const char* name;
  DigestAlgorithm algorithm;
  std::string data;
  const char* hex;
};

// RFC 1321 A.5 and the examples to FIPS 180-4; all agree with `openssl dgst`.
const DigestCase kDigestCases[] = {
    {"Md5Empty", DigestAlgorithm::kMd5, "", "d41d8cd98f00b204e9800998ecf8427e"},
    {"Md5Abc", DigestAlgorithm::kMd5, "abc", "900150983cd24fb0d6963f7d28e17f72"},
    {"Md5Million", DigestAlgorithm::kMd5, std::string(1000000, 'a'),
     "7707d6ae4e027c70eea2a935c2296f21"},
    {"Sha1Empty", DigestAlgorithm::kSha1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
    {"Sha1Abc", DigestAlgorithm::kSha1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {"Sha1TwoBlocks", DigestAlgorithm::kSha1,
     "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
    {"Sha256Empty", DigestAlgorithm::kSha256, "",
     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"Sha256Abc", DigestAlgorithm::kSha256, "abc",
     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"Sha256TwoBlocks", DigestAlgorithm::kSha256,
     "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"Sha512Empty", DigestAlgorithm::kSha512, "",
     "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
     "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"},
    {"Sha512Abc", DigestAlgorithm::kSha512, "abc",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
    {"Sha512Million", DigestAlgorithm::kSha512, std::string(1000000, 'a'),
     "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb"
     "de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b"},
    {"Sha256WithNulBytes", DigestAlgorithm::kSha256, std::string("\0\0\0", 3),
     "709e80c88487a2411e1ee4dfb9f22a861492d20c4765150c0c794abd70f8147c"},
};

TEST(DigestTest, PublishedValues) {
  for (const DigestCase& c : kDigestCases) {
    SCOPED_TRACE(c.name);
    SB_ASSERT_OK_AND_ASSIGN(const secrets::WipedBytes digest, Digest(c.algorithm, c.data));
    EXPECT_EQ(AsHex(digest), c.hex);
    EXPECT_EQ(digest.size(), DigestSizeInBytes(c.algorithm));
  }
}

TEST(DigestTest, RepeatedDigestsChainBytesOrHex) {
  // python3's hashlib.
  const struct {
    DigestAlgorithm algorithm;
    const char* data;
    int64_t times;
    DigestChain chain;
    const char* hex;
  } cases[] = {
      {DigestAlgorithm::kMd5, "abc", 1, DigestChain::kRaw, "900150983cd24fb0d6963f7d28e17f72"},
      {DigestAlgorithm::kMd5, "abc", 1, DigestChain::kHex, "900150983cd24fb0d6963f7d28e17f72"},
      {DigestAlgorithm::kMd5, "abc", 3, DigestChain::kRaw, "8f354f270114bc87029306db6b405e63"},
      {DigestAlgorithm::kMd5, "abc", 3, DigestChain::kHex, "beeac7b932b2d5e23b905c5e6aa5614d"},
      {DigestAlgorithm::kSha1, "", 5000, DigestChain::kRaw,
       "6a53ffc29942a10ae1339965b306e0364ee38c1e"},
      {DigestAlgorithm::kSha256, "", 5000, DigestChain::kHex,
       "707e55ac891d0bc7070bf0116908d4dd4f84e31eaa3c0abc2b44a2e14b46785e"},
  };
  for (const auto& c : cases) {
    SB_ASSERT_OK_AND_ASSIGN(const secrets::WipedBytes digest,
                            RepeatedDigest(c.algorithm, c.data, c.times, c.chain));
    EXPECT_EQ(AsHex(digest), c.hex);
  }
}

}  // namespace
}  // namespace sessionbroker::crypto
