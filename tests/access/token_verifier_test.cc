#include "service/access/token_verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/crypto/hmac.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/test_token.h"

namespace sessionbroker::access {
namespace {

using ::sessionbroker::testing::Base64Url;
using ::sessionbroker::testing::HasReason;
using ::sessionbroker::testing::KeySetOf;
using ::sessionbroker::testing::TestTokenKey;
using ::sessionbroker::testing::UnsignedToken;
using ::testing::HasSubstr;
using Json = nlohmann::json;

constexpr int64_t kNow = 1795219200;

const TestTokenKey& RsaKey() {
  static const TestTokenKey* const key = new TestTokenKey(TestTokenKey::Kind::kRsa, "rsa");
  return *key;
}
const TestTokenKey& EcKey() {
  static const TestTokenKey* const key = new TestTokenKey(TestTokenKey::Kind::kP256, "ec");
  return *key;
}
const TestTokenKey& StrangersKey() {
  static const TestTokenKey* const key = new TestTokenKey(TestTokenKey::Kind::kP256, "ec");
  return *key;
}

// As Kubernetes projects them, cut down.
Json Claims() {
  return {{"iss", "https://kubernetes.default.svc"},
          {"aud", {"session-broker"}},
          {"sub", "system:serviceaccount:prod:crm"},
          {"iat", kNow - 60},
          {"nbf", kNow - 60},
          {"exp", kNow + 600},
          {"kubernetes.io", {{"namespace", "prod"}, {"serviceaccount", {{"name", "crm"}}}}}};
}

Json With(const char* name, Json value) {
  Json claims = Claims();
  claims[name] = std::move(value);
  return claims;
}

Json Without(const char* name) {
  Json claims = Claims();
  claims.erase(name);
  return claims;
}

class TokenVerifierTest : public ::testing::Test {
 protected:
  static TokenVerifier Verifier(const std::string& keys) {
    return TokenVerifier({.issuer = "https://kubernetes.default.svc", .audience = "session-broker"},
                         KeySet::FromJson(keys).value());
  }

  absl::StatusOr<VerifiedCaller> Verify(const std::string& token,
                                        absl::Time now = absl::FromUnixSeconds(kNow)) const {
    return verifier_.Verify(token, now);
  }

  // Twice, as what is refused must not be remembered as good.
  void ExpectRefused(const std::string& what, const std::string& token,
                     absl::string_view why = "") const {
    for (int i = 0; i < 2; ++i) {
      const auto verified = Verify(token);
      EXPECT_THAT(verified, HasReason(base::Reason::kTokenRefused)) << what;
      EXPECT_THAT(std::string(verified.status().message()), HasSubstr(std::string(why))) << what;
    }
  }

  const TokenVerifier verifier_ = Verifier(KeySetOf({&RsaKey(), &EcKey()}));
};

TEST_F(TokenVerifierTest, AServiceAccountIsKnownByItsToken) {
  for (const TestTokenKey* key : {&RsaKey(), &EcKey()}) {
    // The second time from memory.
    for (int i = 0; i < 2; ++i) {
      SB_ASSERT_OK_AND_ASSIGN(const VerifiedCaller verified, Verify(key->Token(Claims())));
      EXPECT_EQ(verified.caller.ToString(), "k8s:prod/crm");
      EXPECT_EQ(verified.valid_until, absl::FromUnixSeconds(kNow + 600));
    }
  }
}

TEST_F(TokenVerifierTest, OneAudienceOfSeveralIsEnough) {
  EXPECT_TRUE(Verify(EcKey().Token(With("aud", {"vault", "session-broker"}))).ok());
  EXPECT_TRUE(Verify(EcKey().Token(With("aud", "session-broker"))).ok());
}

TEST_F(TokenVerifierTest, ClaimsThatAreNotForThisBrokerAreRefused) {
  const std::pair<const char*, Json> kCases[] = {
      {"another issuer", With("iss", "https://kubernetes.other.svc")},
      {"an issuer with more behind it", With("iss", "https://kubernetes.default.svc/")},
      {"an issuer that is no text", With("iss", {"https://kubernetes.default.svc"})},
      {"no issuer", Without("iss")},
      {"another audience", With("aud", {"vault"})},
      {"another audience as text", With("aud", "vault")},
      {"an audience in other case", With("aud", "Session-Broker")},
      {"an audience within an audience", With("aud", "session-broker-2")},
      {"an audience that is no text", With("aud", {{"session-broker"}})},
      {"no audience", Without("aud")},
      {"no expiry", Without("exp")},
      {"an expiry that is text", With("exp", absl::StrCat(kNow + 600))},
      {"an expiry long ago", With("exp", -1e300)},
      {"not yet", With("nbf", kNow + 61)},
      {"a beginning that is text", With("nbf", "soon")},
      {"a user", With("sub", "system:admin")},
      {"no subject", Without("sub")},
      {"a subject that is no text", With("sub", 7)},
      {"no name", With("sub", "system:serviceaccount:prod")},
      {"an empty name", With("sub", "system:serviceaccount:prod:")},
      {"one part too many", With("sub", "system:serviceaccount:prod:crm:x")},
      {"a name with a slash", With("sub", "system:serviceaccount:prod:a/b")},
      {"a name with a star", With("sub", "system:serviceaccount:prod:*")},
      {"claims that are no object", Json::array({1, 2})},
  };
  for (const auto& [what, claims] : kCases) ExpectRefused(what, EcKey().Token(claims));
}

TEST_F(TokenVerifierTest, TimesCountToTheInstant) {
  const std::string token = EcKey().Token(With("nbf", kNow + 60));
  const absl::Time now = absl::FromUnixSeconds(kNow);
  EXPECT_FALSE(Verify(token, now - absl::Nanoseconds(1)).ok()) << "further ahead than clocks are";
  EXPECT_TRUE(Verify(token, now).ok());
  const absl::Time expiry = now + absl::Seconds(600);
  EXPECT_FALSE(Verifier(KeySetOf({&EcKey()})).Verify(token, expiry).ok());
  // Remembered as good by now.
  EXPECT_TRUE(Verify(token, expiry - absl::Nanoseconds(1)).ok());
  EXPECT_FALSE(Verify(token, expiry).ok());
  EXPECT_FALSE(Verify(token, expiry + absl::Hours(1)).ok());
}

TEST_F(TokenVerifierTest, ForgedTokensAreRefused) {
  const std::string good = EcKey().Token(Claims());
  const std::string body = good.substr(0, good.rfind('.'));
  ExpectRefused("signed by a stranger", StrangersKey().Token(Claims()), "signature");
  ExpectRefused("other claims under the signature",
                absl::StrCat(UnsignedToken({{"alg", "ES256"}, {"kid", "ec"}},
                                           With("sub", "system:serviceaccount:prod:root")),
                             good.substr(good.rfind('.'))),
                "signature");
  ExpectRefused("no signature", body + ".", "signature");
  ExpectRefused("no third part", body);
  ExpectRefused("a fourth part", good + ".x");
  ExpectRefused("padding", good + "=");
  ExpectRefused("a line end", good + "\n");
  ExpectRefused("nothing", "");
  ExpectRefused("dots", "..");
  ExpectRefused("a header that is no JSON", absl::StrCat(Base64Url("{"), ".e30.AA"), "header");
  ExpectRefused("too long", std::string(TokenVerifier::kMaxTokenBytes + 1, 'a'), "too long");
  ExpectRefused("deep", absl::StrCat(Base64Url(std::string(8000, '[')), ".e30.AA"));
}

TEST_F(TokenVerifierTest, TheHeaderDoesNotChooseTheAlgorithm) {
  for (const char* none : {"none", "None", "NONE", "nOnE", ""}) {
    for (const char* kid : {"ec", "rsa"}) {
      const std::string unsigned_token =
          UnsignedToken({{"alg", none}, {"kid", kid}}, Claims()) + ".";
      ExpectRefused(none, unsigned_token);
      ExpectRefused(none, EcKey().Token({{"alg", none}, {"kid", kid}}, Claims()));
    }
  }
  ExpectRefused("no algorithm", EcKey().Token({{"kid", "ec"}}, Claims()));
  ExpectRefused("of another kind of key",
                EcKey().Token({{"alg", "RS256"}, {"kid", "ec"}}, Claims()));
  ExpectRefused("another key's kid", EcKey().Token({{"alg", "ES256"}, {"kid", "rsa"}}, Claims()));
  ExpectRefused("another hash", RsaKey().Token({{"alg", "RS512"}, {"kid", "rsa"}}, Claims()));
  // Where the header chose, the public key would be taken for a shared secret.
  for (const std::string& secret :
       {RsaKey().PublicPem(), RsaKey().Jwk().dump(), RsaKey().Jwk()["n"].get<std::string>()}) {
    for (const char* algorithm : {"HS256", "RS256"}) {
      const std::string text = UnsignedToken({{"alg", algorithm}, {"kid", "rsa"}}, Claims());
      const auto mac = crypto::Hmac(crypto::DigestAlgorithm::kSha256, secret, text).value();
      ExpectRefused("a shared secret",
                    absl::StrCat(text, ".", Base64Url({mac.data(), mac.size()})));
    }
  }
}

TEST_F(TokenVerifierTest, NothingButTheKeySetSaysWhichKey) {
  const Json header = {{"alg", "ES256"}};
  const auto with = [&header](const char* name, Json value) {
    Json changed = header;
    changed[name] = std::move(value);
    return changed;
  };
  ExpectRefused("no kid among several keys", EcKey().Token(header, Claims()));
  ExpectRefused("an unknown kid", EcKey().Token(with("kid", "other"), Claims()));
  ExpectRefused("a kid that is no text", EcKey().Token(with("kid", 7), Claims()));
  // Keys that come along, and where they are said to be found.
  Json own = with("kid", "stranger");
  own["jwk"] = StrangersKey().Jwk();
  own["jku"] = "https://stranger.example/jwks.json";
  own["x5u"] = "https://stranger.example/certificate.pem";
  ExpectRefused("its own key", StrangersKey().Token(own, Claims()));
  Json critical = with("kid", "ec");
  critical["crit"] = {"b64"};
  critical["b64"] = false;
  ExpectRefused("what must be understood", EcKey().Token(critical, Claims()));
  EXPECT_TRUE(Verifier(KeySetOf({&EcKey()}))
                  .Verify(EcKey().Token(header, Claims()), absl::FromUnixSeconds(kNow))
                  .ok());
}

TEST_F(TokenVerifierTest, ARefusalTellsNothingOfTheToken) {
  const std::string token = StrangersKey().Token(Claims());
  const std::string text = Verify(token).status().ToString();
  for (std::size_t i = 0; i + 8 <= token.size(); i += 4) {
    EXPECT_FALSE(absl::StrContains(text, token.substr(i, 8))) << text;
  }
}

TEST(KeySetTest, KeysThatOthersUseArePassedOver) {
  Json set = Json::parse(KeySetOf({&EcKey()}));
  set["keys"].push_back({{"kty", "oct"}, {"k", "c2VjcmV0"}, {"kid", "a"}});
  set["keys"].push_back({{"kty", "EC"}, {"crv", "P-384"}, {"kid", "b"}});
  set["keys"].push_back({{"kty", "OKP"}, {"crv", "Ed25519"}, {"kid", "c"}});
  Json encrypting = RsaKey().Jwk();
  encrypting["use"] = "enc";
  set["keys"].push_back(encrypting);
  SB_ASSERT_OK_AND_ASSIGN(const KeySet keys, KeySet::FromJson(set.dump()));
  EXPECT_NE(keys.Find("ec"), nullptr);
  EXPECT_NE(keys.Find(""), nullptr);
  for (const char* kid : {"a", "b", "c", "rsa"}) EXPECT_EQ(keys.Find(kid), nullptr) << kid;
}

TEST(KeySetTest, WhatIsNoKeySetIsRefused) {
  const auto changed = [](const TestTokenKey& key, const char* name, Json value) {
    Json jwk = key.Jwk();
    jwk[name] = std::move(value);
    return Json({{"keys", {jwk}}}).dump();
  };
  const std::pair<std::string, const char*> kCases[] = {
      {"", "not a JSON Web Key Set"},
      {"{", "not a JSON Web Key Set"},
      {"[]", "not a JSON Web Key Set"},
      {R"({"keys": {}})", "not a JSON Web Key Set"},
      {R"({"keys": []})", "no key"},
      {R"({"keys": [7]})", "keys[0]: not an object"},
      {R"({"keys": [{"kty": "oct", "k": "c2VjcmV0"}]})", "no key"},
      {changed(RsaKey(), "d", "AQAB"), "private"},
      {changed(EcKey(), "d", "AQAB"), "private"},
      {changed(RsaKey(), "n", "AQAB"), "bits"},
      {changed(RsaKey(), "n", "+/+/"), "\"n\""},
      {changed(RsaKey(), "e", 65537), "\"e\""},
      {changed(EcKey(), "x", EcKey().Jwk()["y"]), "curve"},
      {KeySetOf({&EcKey(), &StrangersKey()}), "keys[1]: another key has its \"kid\""},
      {std::string(KeySet::kMaxBytes + 1, ' '), "bytes"},
  };
  for (const auto& [json, says] : kCases) {
    const auto keys = KeySet::FromJson(json);
    EXPECT_FALSE(keys.ok()) << json.substr(0, 100);
    EXPECT_THAT(std::string(keys.status().message()), HasSubstr(says));
  }
}

TEST(VerifiedCallersTest, TheMostRecentAreRemembered) {
  VerifiedCallers callers(160);
  const Caller caller = Caller::Parse("k8s:prod/crm").value();
  for (int i = 0; i < 10000; ++i) {
    callers.Insert(absl::StrCat("key ", i), {caller, absl::InfiniteFuture()});
    ASSERT_LE(callers.size(), 320u + 16u);
    // What is asked for stays.
    EXPECT_TRUE(callers.Find("key 0").has_value()) << i;
  }
  EXPECT_TRUE(callers.Find("key 9999").has_value());
  EXPECT_FALSE(callers.Find("key 1").has_value());
}

}  // namespace
}  // namespace sessionbroker::access
