#include "service/crypto/sealing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "service/crypto/aes_gcm.h"
#include "service/crypto/hex.h"
#include "tests/crypto/bytes.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::crypto {
namespace {

using sessionbroker::testing::IsOk;
using ::testing::HasSubstr;
using ::testing::Not;

std::string FromHex(absl::string_view hex) { return AsString(HexDecode(hex).value()); }

std::string ToHex(absl::string_view bytes) {
  return AsHex(secrets::WipedBytes(bytes.begin(), bytes.end()));
}

struct Vector {
  const char* name;
  const char* key;
  const char* nonce;
  const char* additional;
  const char* plaintext;
  // With the tag.
  const char* sealed;
};

// McGrew and Viega, "The Galois/Counter Mode of Operation", submitted to NIST, appendix B.
constexpr Vector kVectors[] = {
    {"Case13", "0000000000000000000000000000000000000000000000000000000000000000",
     "000000000000000000000000", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {"Case14", "0000000000000000000000000000000000000000000000000000000000000000",
     "000000000000000000000000", "", "00000000000000000000000000000000",
     "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
    {"Case15", "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
     "cafebabefacedbaddecaf888", "",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
     "b094dac5d93471bdec1a502270e3cc6c"},
    {"Case16", "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
     "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};

class AesGcmTest : public ::testing::TestWithParam<Vector> {};

TEST_P(AesGcmTest, SealsAndOpensAsPublished) {
  const Vector& row = GetParam();
  const std::string key = FromHex(row.key);
  const std::string nonce = FromHex(row.nonce);
  const std::string additional = FromHex(row.additional);
  SB_ASSERT_OK_AND_ASSIGN(const std::string sealed,
                          AesGcmSeal(key, nonce, additional, FromHex(row.plaintext)));
  EXPECT_EQ(ToHex(sealed), row.sealed);
  SB_ASSERT_OK_AND_ASSIGN(const secrets::WipedBytes opened,
                          AesGcmOpen(key, nonce, additional, FromHex(row.sealed)));
  EXPECT_EQ(AsHex(opened), row.plaintext);
}

INSTANTIATE_TEST_SUITE_P(McGrewViega, AesGcmTest, ::testing::ValuesIn(kVectors),
                         [](const auto& row) { return row.param.name; });

TEST(AesGcmTest, LengthsThatTheCipherDoesNotHaveAreRefused) {
  const std::string key(kAes256KeyBytes, 'k');
  const std::string nonce(kGcmNonceBytes, 'n');
  EXPECT_TRUE(absl::IsInvalidArgument(AesGcmSeal(key.substr(1), nonce, "", "").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(AesGcmSeal(key, nonce + "n", "", "").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(AesGcmOpen(key, "", "", nonce + nonce).status()));
  EXPECT_TRUE(absl::IsDataLoss(AesGcmOpen(key, nonce, "", "short").status()));
}

constexpr char kOldText[] = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
// `head -c 32 /dev/zero | base64`.
constexpr char kNewText[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
// printf 'session-broker sealing key id' | openssl mac -digest SHA256 -macopt hexkey:KEY HMAC
constexpr char kOldId[] = "9a76ab0d680c179a";
constexpr char kNewId[] = "027b4e4dfd2c1bac";

SealingKey Key(absl::string_view text) {
  return SealingKey::FromText(secrets::Secret(text)).value();
}

SealingKeys Keys(const std::vector<const char*>& texts) {
  std::vector<SealingKey> keys;
  for (const char* text : texts) keys.push_back(Key(text));
  return SealingKeys::Create(std::move(keys)).value();
}

// Counts up from zero, over all calls.
class CountingRandom final : public RandomSource {
 public:
  absl::Status Fill(absl::Span<char> out) override {
    for (char& c : out) c = static_cast<char>(next_++);
    return absl::OkStatus();
  }

 private:
  int next_ = 0;
};

class BrokenRandom final : public RandomSource {
 public:
  absl::Status Fill(absl::Span<char> /*out*/) override { return absl::InternalError("dry"); }
};

TEST(SealingKeyTest, IsReadFromHexAndFromBase64) {
  EXPECT_EQ(Key(kOldText).id(), kOldId);
  EXPECT_EQ(Key(kNewText).id(), kNewId);
  EXPECT_EQ(Key(std::string(64, '0')).id(), kNewId);
  EXPECT_EQ(Key(std::string(64, '0')).bytes(), Key(kNewText).bytes());
}

TEST(SealingKeyTest, AnythingElseIsRefusedAndNotShown) {
  for (const std::string& text :
       {std::string(), std::string(62, '5'), std::string(66, '5'), std::string(64, 'x'),
        std::string("VVVVVVVVVVVVVVVVVVVVVQ=="), std::string(kNewText) + "\n"}) {
    const absl::Status status = SealingKey::FromText(secrets::Secret(text)).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr("64 hex digits or in base64"));
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("5")));
  }
}

TEST(SealingKeysTest, NoneAndTheSameTwiceAreRefused) {
  EXPECT_TRUE(absl::IsInvalidArgument(SealingKeys::Create({}).status()));
  const absl::Status twice =
      SealingKeys::Create({Key(kNewText), Key(kOldText), Key(std::string(64, '0'))}).status();
  EXPECT_TRUE(absl::IsInvalidArgument(twice));
  EXPECT_THAT(std::string(twice.message()), HasSubstr(kNewId));
}

TEST(SealingKeysTest, ARecordHasItsForm) {
  CountingRandom random;
  SB_ASSERT_OK_AND_ASSIGN(const std::string sealed, Keys({kOldText}).Seal("abc", "place", random));
  EXPECT_EQ(ToHex(sealed.substr(0, 21)), std::string("01") + kOldId + "000102030405060708090a0b");
  EXPECT_EQ(sealed.size(), 1 + 8 + 12 + 3 + 16);
  // The tag covers form, key id and place.
  SB_ASSERT_OK_AND_ASSIGN(const secrets::WipedBytes opened,
                          AesGcmOpen(FromHex(kOldText), sealed.substr(9, 12),
                                     sealed.substr(0, 9) + "place", sealed.substr(21)));
  EXPECT_EQ(AsString(opened), "abc");
}

TEST(SealingKeysTest, EachRecordHasANonceOfItsOwn) {
  const SealingKeys keys = Keys({kOldText});
  std::set<std::string> nonces;
  for (int i = 0; i < 100; ++i) {
    nonces.insert(keys.Seal("abc", "place", SystemRandom()).value().substr(9, 12));
  }
  EXPECT_EQ(nonces.size(), 100);
}

TEST(SealingKeysTest, AllKeysOpenAndTheFirstSeals) {
  CountingRandom random;
  SB_ASSERT_OK_AND_ASSIGN(const std::string old, Keys({kOldText}).Seal("abc", "p", random));
  const SealingKeys both = Keys({kNewText, kOldText});
  SB_ASSERT_OK_AND_ASSIGN(const secrets::WipedBytes opened, both.Open(old, "p"));
  EXPECT_EQ(AsString(opened), "abc");
  SB_ASSERT_OK_AND_ASSIGN(const std::string sealed, both.Seal("", "p", random));
  EXPECT_EQ(ToHex(sealed.substr(1, 8)), kNewId);
  SB_ASSERT_OK_AND_ASSIGN(const secrets::WipedBytes empty, Keys({kNewText}).Open(sealed, "p"));
  EXPECT_TRUE(empty.empty());
}

TEST(SealingKeysTest, AKeyThatIsNotThereIsNamed) {
  CountingRandom random;
  SB_ASSERT_OK_AND_ASSIGN(const std::string sealed, Keys({kOldText}).Seal("abc", "p", random));
  const absl::Status status = Keys({kNewText}).Open(sealed, "p").status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(kOldId));
}

TEST(SealingKeysTest, ARecordOpensInItsOwnPlaceAlone) {
  CountingRandom random;
  const SealingKeys keys = Keys({kOldText});
  SB_ASSERT_OK_AND_ASSIGN(const std::string sealed,
                          keys.Seal("abc", PlaceOf({"kept", "demo", "a"}), random));
  EXPECT_THAT(keys.Open(sealed, PlaceOf({"kept", "demo", "a"})), IsOk());
  for (const auto& parts : std::vector<std::vector<absl::string_view>>{
           {"kept", "demo", "b"}, {"kept", "demoa", ""}, {"kept", "demo"}, {}}) {
    EXPECT_TRUE(absl::IsDataLoss(keys.Open(sealed, PlaceOf(parts)).status()));
  }
}

TEST(SealingKeysTest, AnyBitThatFlipsAndAnyByteThatIsMissingIsNoticed) {
  CountingRandom random;
  const SealingKeys keys = Keys({kOldText, kNewText});
  SB_ASSERT_OK_AND_ASSIGN(const std::string sealed, keys.Seal("abc", "p", random));
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    std::string flipped = sealed;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    const absl::Status status = keys.Open(flipped, "p").status();
    const bool in_key_id = bit / 8 >= 1 && bit / 8 < 9;
    EXPECT_EQ(status.code(),
              in_key_id ? absl::StatusCode::kFailedPrecondition : absl::StatusCode::kDataLoss)
        << bit;
  }
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_TRUE(absl::IsDataLoss(keys.Open(sealed.substr(0, size), "p").status())) << size;
  }
  EXPECT_TRUE(absl::IsDataLoss(keys.Open(sealed + "x", "p").status()));
}

TEST(SealingKeysTest, WithoutRandomnessNothingIsSealed) {
  BrokenRandom random;
  EXPECT_TRUE(absl::IsInternal(Keys({kOldText}).Seal("abc", "p", random).status()));
}

TEST(SealingKeysTest, PartsComeOutAsTheyWentIn) {
  CountingRandom random;
  const SealingKeys keys = Keys({kOldText});
  const std::vector<std::string> in = {"", "text", std::string("\0:5:\xff", 5), "2:ab"};
  RecordParts parts;
  parts.Add(in[0]);
  parts.Add(in[1]);
  parts.Add(secrets::Secret(in[2]));
  parts.Add(secrets::Secret(in[3]));
  SB_ASSERT_OK_AND_ASSIGN(const std::string sealed, keys.Seal(parts, "p", random));
  SB_ASSERT_OK_AND_ASSIGN(const secrets::WipedBytes opened, keys.Open(sealed, "p"));
  EXPECT_EQ(AsString(opened), std::string("0:4:text5:\0:5:\xff", 15) + "4:2:ab");
  const auto out = PartsOf(View(opened));
  ASSERT_TRUE(out.has_value());
  EXPECT_TRUE(std::equal(out->begin(), out->end(), in.begin(), in.end()));
}

TEST(SealingKeysTest, WhatDoesNotConsistOfPartsHasNone) {
  EXPECT_EQ(PartsOf("")->size(), 0u);
  for (const char* text : {"x", "1", "1:", ":a", "1:ab", "2:a", "-1:a", "a:b", "1:a2:b",
                           "99999999999999999999:a", "18446744073709551615:a"}) {
    EXPECT_FALSE(PartsOf(text).has_value()) << text;
  }
}

TEST(SealingKeysTest, TellsWhetherARecordIsSealedWithTheFirstKey) {
  CountingRandom random;
  SB_ASSERT_OK_AND_ASSIGN(const std::string old, Keys({kOldText}).Seal("abc", "p", random));
  EXPECT_TRUE(Keys({kOldText, kNewText}).IsSealedWithFirst(old));
  EXPECT_FALSE(Keys({kNewText, kOldText}).IsSealedWithFirst(old));
  EXPECT_FALSE(Keys({kOldText}).IsSealedWithFirst(""));
  EXPECT_FALSE(Keys({kOldText}).IsSealedWithFirst("\2" + old.substr(1)));
}

}  // namespace
}  // namespace sessionbroker::crypto
