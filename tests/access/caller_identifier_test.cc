#include "service/access/caller_identifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "service/base/error.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/test_authority.h"
#include "tests/testing/test_token.h"

namespace sessionbroker::access {
namespace {

using ::sessionbroker::testing::FakeClock;
using ::sessionbroker::testing::HasReason;
using ::sessionbroker::testing::IsOk;
using ::sessionbroker::testing::KeySetOf;
using ::sessionbroker::testing::TestAuthority;
using ::sessionbroker::testing::TestTokenKey;

constexpr char kLocal[] = "ipv4:127.0.0.1:5123";
constexpr char kRemote[] = "ipv4:10.0.0.7:5123";

class CallerIdentifierTest : public ::testing::Test {
 protected:
  CallerIdentifierTest() { clock_.StepWall(absl::Now() - clock_.WallNow()); }

  static std::shared_ptr<const CertificateVerifier> Trusting(const TestAuthority& authority) {
    return std::make_shared<const CertificateVerifier>(
        crypto::CertificateAuthorities::FromPem(authority.certificate()).value());
  }
  static std::shared_ptr<const TokenVerifier> Trusting(const TestTokenKey& key) {
    return std::make_shared<const TokenVerifier>(
        TokenRules{.issuer = "https://issuer", .audience = "session-broker"},
        KeySet::FromJson(KeySetOf({&key})).value());
  }

  // A header with a token of `key`.
  std::string Bearer(const TestTokenKey& key) const {
    return absl::StrCat("Bearer ",
                        key.Token({{"iss", "https://issuer"},
                                   {"aud", "session-broker"},
                                   {"sub", "system:serviceaccount:prod:crm"},
                                   {"exp", absl::ToUnixSeconds(clock_.WallNow()) + 600}}));
  }

  // Who calls, as "TOKEN'S and CERTIFICATE'S"; else the reason.
  static std::string Identified(const CallerIdentifier& identifier, Evidence evidence) {
    const absl::StatusOr<Call> call = identifier.Identify(std::move(evidence));
    if (!call.ok()) return std::string(base::NameOf(base::DetailsOf(call.status()).reason));
    std::string callers(call->caller.ToString());
    if (call->certificate.has_value()) {
      absl::StrAppend(&callers, " and ", call->certificate->ToString());
    }
    return callers;
  }

  FakeClock clock_;
  const TestAuthority authority_{"trusted"};
  const TestTokenKey key_{TestTokenKey::Kind::kP256, "1"};
  const TestTokenKey stranger_{TestTokenKey::Kind::kP256, "1"};
  const std::string certificate_ =
      authority_.Issue({.subject_alt_name = "DNS:mesh.example"}).certificate;
  const std::string strangers_certificate_ =
      TestAuthority("other").Issue({.subject_alt_name = "DNS:mesh.example"}).certificate;
};

TEST_F(CallerIdentifierTest, WhatAListenerTakesAndACallShowsTellsTheCaller) {
  const IdentitySources loopback{.loopback = true};
  const IdentitySources socket{.socket = Caller::Parse("unix:php").value()};
  const IdentitySources certificates{.certificates = Trusting(authority_)};
  const IdentitySources tokens{.tokens = Trusting(key_)};
  const IdentitySources both{.certificates = Trusting(authority_), .tokens = Trusting(key_)};
  const IdentitySources all{
      .loopback = true, .certificates = Trusting(authority_), .tokens = Trusting(key_)};
  const std::string good = Bearer(key_);
  const std::string forged = Bearer(stranger_);
  const struct {
    const char* what;
    const IdentitySources& sources;
    const char* peer;
    std::string certificate;
    std::string authorization;
    const char* expected;
  } kCases[] = {
      {"nothing at all", IdentitySources(), kLocal, "", "", "CALLER_UNKNOWN"},
      {"loopback", loopback, kLocal, "", "", "loopback"},
      {"loopback from afar", loopback, kRemote, "", "", "CALLER_UNKNOWN"},
      {"loopback with a token", loopback, kLocal, "", good, "TOKEN_REFUSED"},
      {"loopback with a certificate", loopback, kLocal, certificate_, "", "loopback"},
      {"a socket", socket, "unix:", "", "", "unix:php"},
      {"a socket with a token", socket, "unix:", "", good, "TOKEN_REFUSED"},
      {"a certificate", certificates, kRemote, certificate_, "", "dns:mesh.example"},
      {"a stranger's", certificates, kRemote, strangers_certificate_, "", "CERTIFICATE_REFUSED"},
      {"no certificate", certificates, kRemote, "", "", "CALLER_UNKNOWN"},
      {"no certificate, near", certificates, kLocal, "", "", "CALLER_UNKNOWN"},
      {"a token where none is taken", certificates, kRemote, "", good, "TOKEN_REFUSED"},
      {"it beside a certificate", certificates, kRemote, certificate_, good, "TOKEN_REFUSED"},
      {"a token", tokens, kRemote, "", good, "k8s:prod/crm"},
      {"a forged token", tokens, kRemote, "", forged, "TOKEN_REFUSED"},
      {"no token", tokens, kRemote, "", "", "CALLER_UNKNOWN"},
      {"basic", tokens, kRemote, "", "Basic Y3JtOng=", "TOKEN_REFUSED"},
      {"an empty header", tokens, kRemote, "", "Bearer ", "TOKEN_REFUSED"},
      {"the scheme in other case", tokens, kRemote, "", absl::StrCat("bEARER ", good.substr(7)),
       "k8s:prod/crm"},
      {"a certificate where none is looked at", tokens, kRemote, certificate_, "",
       "CALLER_UNKNOWN"},
      {"both", both, kRemote, certificate_, good, "k8s:prod/crm and dns:mesh.example"},
      {"either", both, kRemote, certificate_, "", "dns:mesh.example"},
      {"or", both, kRemote, "", good, "k8s:prod/crm"},
      // What is bad is not made up for by what is good.
      {"a good certificate", both, kRemote, certificate_, forged, "TOKEN_REFUSED"},
      {"a good token", both, kRemote, strangers_certificate_, good, "CERTIFICATE_REFUSED"},
      {"a good address", all, kLocal, "", forged, "TOKEN_REFUSED"},
      {"a good address, too", all, kLocal, strangers_certificate_, "", "CERTIFICATE_REFUSED"},
      {"the address alone", all, kLocal, "", "", "loopback"},
      {"the certificate before the address", all, kLocal, certificate_, "", "dns:mesh.example"},
  };
  for (const auto& c : kCases) {
    const CallerIdentifier identifier(c.sources, &clock_);
    Evidence evidence{.peer = c.peer, .certificate = c.certificate};
    evidence.authorizations = c.authorization.empty() ? 0 : 1;
    evidence.authorization = c.authorization;
    EXPECT_EQ(Identified(identifier, evidence), c.expected) << c.what;
  }
}

TEST_F(CallerIdentifierTest, SeveralTokensAreNoToken) {
  const CallerIdentifier identifier({.tokens = Trusting(key_)}, &clock_);
  const std::string good = Bearer(key_);
  EXPECT_EQ(Identified(identifier, {.peer = kRemote, .authorizations = 2, .authorization = good}),
            "TOKEN_REFUSED");
}

TEST_F(CallerIdentifierTest, ACallKeepsItsPeerAndTrace) {
  const CallerIdentifier identifier({.loopback = true}, &clock_);
  const absl::StatusOr<Call> call = identifier.Identify({.peer = kLocal, .trace_id = "abc"});
  ASSERT_THAT(call, IsOk());
  EXPECT_EQ(call->peer, kLocal);
  EXPECT_EQ(call->trace_id, "abc");
}

TEST_F(CallerIdentifierTest, ACallIsGoodAsLongAsAllThatItShows) {
  const CallerIdentifier identifier(
      {.certificates = Trusting(authority_), .tokens = Trusting(key_)}, &clock_);
  const std::string good = Bearer(key_);
  const auto valid_until = [&](const Evidence& evidence) {
    return identifier.Identify(evidence).value().valid_until;
  };
  const absl::Time by_certificate = valid_until({.peer = kRemote, .certificate = certificate_});
  const absl::Time by_token =
      valid_until({.peer = kRemote, .authorizations = 1, .authorization = good});
  // Ten minutes, and an hour.
  EXPECT_LT(by_token, by_certificate);
  EXPECT_EQ(valid_until({.peer = kRemote,
                         .certificate = certificate_,
                         .authorizations = 1,
                         .authorization = good}),
            by_token);
  const CallerIdentifier near({.loopback = true}, &clock_);
  EXPECT_EQ(near.Identify({.peer = kLocal}).value().valid_until, absl::InfiniteFuture());
}

TEST_F(CallerIdentifierTest, AnUpdateIsForConnectionsThatAreThereToo) {
  CallerIdentifier identifier({.certificates = Trusting(authority_), .tokens = Trusting(key_)},
                              &clock_);
  const std::string good = Bearer(key_);
  const Evidence by_certificate{.peer = kRemote, .certificate = certificate_};
  const Evidence by_token{.peer = kRemote, .authorizations = 1, .authorization = good};
  EXPECT_EQ(Identified(identifier, by_certificate), "dns:mesh.example");
  EXPECT_EQ(Identified(identifier, by_token), "k8s:prod/crm");
  // The authority and the key are taken away.
  identifier.Update(
      {.certificates = Trusting(TestAuthority("other")), .tokens = Trusting(stranger_)});
  EXPECT_EQ(Identified(identifier, by_certificate), "CERTIFICATE_REFUSED");
  EXPECT_EQ(Identified(identifier, by_token), "TOKEN_REFUSED");
}

TEST_F(CallerIdentifierTest, WhatIsShownExpiresWhileTheConnectionStays) {
  const CallerIdentifier identifier(
      {.certificates = Trusting(authority_), .tokens = Trusting(key_)}, &clock_);
  const std::string good = Bearer(key_);
  const Evidence by_certificate{.peer = kRemote, .certificate = certificate_};
  const Evidence by_token{.peer = kRemote, .authorizations = 1, .authorization = good};
  EXPECT_EQ(Identified(identifier, by_token), "k8s:prod/crm");
  EXPECT_EQ(Identified(identifier, by_certificate), "dns:mesh.example");
  clock_.Advance(absl::Minutes(11));
  EXPECT_EQ(Identified(identifier, by_token), "TOKEN_REFUSED");
  EXPECT_EQ(Identified(identifier, by_certificate), "dns:mesh.example");
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(Identified(identifier, by_certificate), "CERTIFICATE_REFUSED");
}

}  // namespace
}  // namespace sessionbroker::access
