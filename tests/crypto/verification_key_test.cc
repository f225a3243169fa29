#include "service/crypto/verification_key.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::crypto {
namespace {

std::string Decoded(absl::string_view base64url) {
  std::string bytes;
  EXPECT_TRUE(absl::WebSafeBase64Unescape(base64url, &bytes));
  return bytes;
}

// RFC 7515, A.2 and A.3: one payload under two keys.
constexpr char kPayload[] =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
    "fQ";
constexpr char kModulus[] =
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4"
    "d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5re"
    "xMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxX"
    "FvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
constexpr char kRsaSignature[] =
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5"
    "jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb"
    "1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QO"
    "YEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
constexpr char kX[] = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
constexpr char kY[] = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
constexpr char kEcSignature[] =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

struct Signed {
  VerificationKey key;
  std::string message;
  std::string signature;
};

Signed RsaExample() {
  return {VerificationKey::Rsa(Decoded(kModulus), Decoded("AQAB")).value(),
          absl::StrCat("eyJhbGciOiJSUzI1NiJ9.", kPayload), Decoded(kRsaSignature)};
}
Signed EcExample() {
  return {VerificationKey::P256(Decoded(kX), Decoded(kY)).value(),
          absl::StrCat("eyJhbGciOiJFUzI1NiJ9.", kPayload), Decoded(kEcSignature)};
}

TEST(VerificationKeyTest, PublishedSignaturesAreGood) {
  EXPECT_EQ(RsaExample().key.algorithm(), VerificationKey::Algorithm::kRs256);
  EXPECT_EQ(EcExample().key.algorithm(), VerificationKey::Algorithm::kEs256);
  for (const Signed& example : {RsaExample(), EcExample()}) {
    EXPECT_TRUE(example.key.Verify(example.message, example.signature));
  }
}

TEST(VerificationKeyTest, NoBitOfMessageOrSignatureMayDiffer) {
  for (const Signed& example : {RsaExample(), EcExample()}) {
    for (std::size_t i = 0; i < example.signature.size(); ++i) {
      std::string changed = example.signature;
      changed[i] = static_cast<char>(changed[i] ^ 1);
      EXPECT_FALSE(example.key.Verify(example.message, changed)) << i;
    }
    std::string message = example.message;
    message.back() = static_cast<char>(message.back() ^ 1);
    EXPECT_FALSE(example.key.Verify(message, example.signature));
    EXPECT_FALSE(example.key.Verify("", example.signature));
  }
}

TEST(VerificationKeyTest, SignaturesOfAnotherShapeAreBad) {
  for (const Signed& example : {RsaExample(), EcExample()}) {
    const Signed other =
        example.key.algorithm() == VerificationKey::Algorithm::kRs256 ? EcExample() : RsaExample();
    for (const std::string& signature :
         {std::string(), std::string("x"), example.signature + '\0',
          example.signature.substr(0, example.signature.size() - 1), other.signature,
          // r = s = 0: CVE-2022-21449.
          std::string(64, '\0'), std::string(256, '\0')}) {
      EXPECT_FALSE(example.key.Verify(example.message, signature)) << signature.size();
    }
  }
}

TEST(VerificationKeyTest, KeysThatAreNoneAreRefused) {
  const std::string modulus = Decoded(kModulus);
  const std::string exponent = Decoded("AQAB");
  EXPECT_FALSE(VerificationKey::Rsa("", exponent).ok());
  EXPECT_FALSE(VerificationKey::Rsa(modulus.substr(1), exponent).ok()) << "2,040 bits";
  EXPECT_FALSE(VerificationKey::Rsa(modulus, "").ok());
  EXPECT_FALSE(VerificationKey::Rsa(modulus, "\1").ok());
  EXPECT_FALSE(VerificationKey::Rsa(modulus, "\2").ok());
  EXPECT_FALSE(VerificationKey::Rsa(std::string(1025, '\xff'), exponent).ok());
  EXPECT_FALSE(VerificationKey::Rsa(modulus, std::string(9, '\xff')).ok());
  const std::string x = Decoded(kX);
  const std::string y = Decoded(kY);
  EXPECT_FALSE(VerificationKey::P256(y, x).ok()) << "not on the curve";
  EXPECT_FALSE(VerificationKey::P256(x, std::string(32, '\0')).ok());
  EXPECT_FALSE(VerificationKey::P256(std::string(32, '\0'), std::string(32, '\0')).ok());
  EXPECT_FALSE(VerificationKey::P256(x.substr(1), y).ok());
  EXPECT_FALSE(VerificationKey::P256(x, y + '\0').ok());
  EXPECT_FALSE(VerificationKey::P256("", "").ok());
}

}  // namespace
}  // namespace sessionbroker::crypto
