#include "service/access/certificate_verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "service/base/error.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/test_authority.h"

namespace sessionbroker::access {
namespace {

using ::sessionbroker::testing::CertificateRequest;
using ::sessionbroker::testing::HasReason;
using ::sessionbroker::testing::TestAuthority;
using ::testing::HasSubstr;

constexpr char kCrm[] = "URI:spiffe://prod.example/crm";

CertificateVerifier Trusting(absl::string_view authorities) {
  return CertificateVerifier(crypto::CertificateAuthorities::FromPem(authorities).value());
}

class CertificateVerifierTest : public ::testing::Test {
 protected:
  // Who shows a certificate of the trusted authority; "" and why not.
  std::string CallerWith(const CertificateRequest& request) {
    const auto verified = verifier_.Verify(authority_.Issue(request).certificate, "", now_);
    if (verified.ok()) return std::string(verified->caller.ToString());
    EXPECT_THAT(verified, HasReason(base::Reason::kCertificateRefused));
    return absl::StrCat("refused: ", verified.status().message());
  }
  std::string CallerNamed(const std::string& subject_alt_name) {
    return CallerWith({.subject_alt_name = subject_alt_name});
  }

  const absl::Time now_ = absl::Now();
  const TestAuthority authority_{"trusted"};
  const CertificateVerifier verifier_ = Trusting(authority_.certificate());
};

TEST_F(CertificateVerifierTest, OneSpiffeIdElseOneDnsNameNamesTheCaller) {
  EXPECT_EQ(CallerNamed(kCrm), "spiffe://prod.example/crm");
  EXPECT_EQ(CallerNamed(absl::StrCat(kCrm, ",DNS:crm.example,DNS:crm")),
            "spiffe://prod.example/crm");
  EXPECT_EQ(CallerNamed("DNS:Crm.Example"), "dns:crm.example");
  EXPECT_EQ(CallerNamed("DNS:crm.example,IP:10.0.0.7,email:crm@example.com"), "dns:crm.example");
  EXPECT_EQ(CallerNamed("DNS:crm.example,URI:https://crm.example/"), "dns:crm.example");
}

TEST_F(CertificateVerifierTest, ACertificateThatNamesNobodyOrSeveralIsRefused) {
  for (const char* names :
       {"", "IP:10.0.0.7", "email:crm@example.com", "URI:https://crm.example/",
        "DNS:crm.example,DNS:shop.example", "DNS:*.example", "DNS:crm.example.",
        "URI:spiffe://prod.example/crm,URI:spiffe://prod.example/shop",
        "URI:spiffe://prod.example/crm,URI:https://crm.example/", "URI:spiffe://prod.example",
        "URI:spiffe://prod.example/", "URI:spiffe://prod.example/../a",
        "URI:spiffe://prod.example/*", "URI:SPIFFE://prod.example/crm,DNS:crm.example"}) {
    EXPECT_THAT(CallerNamed(names), HasSubstr("refused")) << names;
  }
}

TEST_F(CertificateVerifierTest, ACommonNameIsNotLookedAt) {
  EXPECT_THAT(CallerWith({.subject_alt_name = "", .common_name = "crm.example"}),
              HasSubstr("refused"));
  EXPECT_THAT(CallerWith({.subject_alt_name = "", .common_name = "spiffe://prod.example/crm"}),
              HasSubstr("refused"));
}

TEST_F(CertificateVerifierTest, OnlyItsTimeAndUseMakeItGood) {
  EXPECT_THAT(CallerWith({.subject_alt_name = kCrm, .valid_until = -absl::Minutes(1)}),
              HasSubstr("expired"));
  EXPECT_THAT(CallerWith({.subject_alt_name = kCrm, .valid_from = absl::Minutes(1)}),
              HasSubstr("not yet valid"));
  EXPECT_THAT(CallerWith({.subject_alt_name = kCrm, .extended_key_usage = "serverAuth"}),
              HasSubstr("purpose"));
  EXPECT_EQ(CallerWith({.subject_alt_name = kCrm, .extended_key_usage = ""}),
            "spiffe://prod.example/crm");
}

TEST_F(CertificateVerifierTest, WhatNobodyTrustedVouchesForIsRefused) {
  const TestAuthority same_name("trusted");
  const CertificateRequest request{.subject_alt_name = kCrm};
  for (const std::string& certificate :
       {same_name.Issue(request).certificate, TestAuthority("other").Issue(request).certificate,
        testing::MakeTestCertificate({.subject_alt_name = kCrm}).certificate, std::string(),
        std::string("garbage"), authority_.Issue(request).certificate.substr(0, 200),
        authority_.Issue(request).certificate + authority_.Issue(request).certificate}) {
    EXPECT_THAT(verifier_.Verify(certificate, "", now_),
                HasReason(base::Reason::kCertificateRefused));
  }
}

TEST_F(CertificateVerifierTest, AnIntermediateTakesItsOwnCertificate) {
  const TestAuthority intermediate = authority_.IssueAuthority("intermediate");
  const std::string leaf = intermediate.Issue({.subject_alt_name = kCrm}).certificate;
  EXPECT_THAT(verifier_.Verify(leaf, "", now_), HasReason(base::Reason::kCertificateRefused));
  EXPECT_TRUE(verifier_.Verify(leaf, intermediate.certificate(), now_).ok());
}

TEST_F(CertificateVerifierTest, ALeafVouchesForNobody) {
  // A caller's own certificate, used as if it were an authority's.
  const testing::TestCertificate leaf = authority_.Issue({.subject_alt_name = kCrm});
  EXPECT_FALSE(crypto::CertificateAuthorities::FromPem(leaf.certificate).ok());
}

TEST_F(CertificateVerifierTest, ARememberedCertificateExpiresOnTime) {
  const std::string leaf = authority_.Issue({.subject_alt_name = kCrm}).certificate;
  SB_ASSERT_OK_AND_ASSIGN(const VerifiedCaller verified, verifier_.Verify(leaf, "", now_));
  EXPECT_TRUE(verifier_.Verify(leaf, "", verified.valid_until - absl::Nanoseconds(1)).ok());
  EXPECT_THAT(verifier_.Verify(leaf, "", verified.valid_until),
              HasReason(base::Reason::kCertificateRefused));
  EXPECT_THAT(Trusting(authority_.certificate()).Verify(leaf, "", verified.valid_until),
              HasReason(base::Reason::kCertificateRefused));
}

TEST(CertificateAuthoritiesTest, WhatHoldsNoAuthoritiesIsRefused) {
  for (const char* pem : {"", "garbage", "-----BEGIN CERTIFICATE-----\nAAAA\n"}) {
    EXPECT_FALSE(crypto::CertificateAuthorities::FromPem(pem).ok()) << pem;
  }
  const std::string good = TestAuthority("one").certificate();
  EXPECT_TRUE(
      crypto::CertificateAuthorities::FromPem(good + TestAuthority("two").certificate()).ok());
  EXPECT_FALSE(crypto::CertificateAuthorities::FromPem(good + "-----BEGIN CERTIFICATE-----\nAA==\n"
                                                              "-----END CERTIFICATE-----\n")
                   .ok());
}

}  // namespace
}  // namespace sessionbroker::access
