#include "service/app/tls_material.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/simulator/tls_certificate.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::app {
namespace {

using ::sessionbroker::simulator::MakeSelfSignedCertificate;
using ::sessionbroker::simulator::TlsCertificate;
using ::sessionbroker::testing::IsOk;
using ::sessionbroker::testing::StatusIs;

// openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -aes256 -pass pass:x
constexpr char kEncryptedKey[] = R"(-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjRUWZzB1NDuAICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEFXokByVKxzmUT7nWDgCiXYEgZCz
2DlG3QTHItNUYle5EfP+L44DltliVZlymOz8FwHgfcnDNPnJEVNfMu0hYbFSvQsx
zS79FN19/LydFGME4R/OTz+TsIl6snaMqabbeOfyu9xqa8hPbViOs/Z/Q4Ko3o7p
/X1ugoNjeCpWEnHC1B6x5qmx+dD9MGyuJGX64+DFHgS3JjSJN+w7/7LRKKCcMkI=
-----END ENCRYPTED PRIVATE KEY-----
)";

TlsMaterial Material(const std::string& chain, const std::string& key) {
  return {.certificate_chain = chain, .private_key = secrets::Secret(key)};
}

TEST(TlsMaterial, ChainOfSeveralCertificatesIsTaken) {
  SB_ASSERT_OK_AND_ASSIGN(const TlsCertificate leaf, MakeSelfSignedCertificate());
  SB_ASSERT_OK_AND_ASSIGN(const TlsCertificate other, MakeSelfSignedCertificate());
  const std::string chain =
      absl::StrCat("subject=CN = localhost\n", leaf.certificate_pem, "\n", other.certificate_pem);
  EXPECT_THAT(CheckCertificateChain(chain), IsOk());
  EXPECT_THAT(CheckKeyMatches(Material(chain, leaf.private_key_pem)), IsOk());
}

TEST(TlsMaterial, FileWithoutACertificateIsRefused) {
  SB_ASSERT_OK_AND_ASSIGN(const TlsCertificate leaf, MakeSelfSignedCertificate());
  for (const std::string& text : {std::string(), std::string("hello"), leaf.private_key_pem}) {
    EXPECT_THAT(CheckCertificateChain(text),
                StatusIs(absl::StatusCode::kInvalidArgument, "no certificate in PEM form in it"));
  }
}

TEST(TlsMaterial, DamagedCertificateIsRefusedByItsNumber) {
  SB_ASSERT_OK_AND_ASSIGN(const TlsCertificate leaf, MakeSelfSignedCertificate());
  const std::string cut = leaf.certificate_pem.substr(0, leaf.certificate_pem.size() / 2);
  EXPECT_THAT(CheckCertificateChain(cut),
              StatusIs(absl::StatusCode::kInvalidArgument, "certificate 1 of it cannot be read"));
  EXPECT_THAT(CheckCertificateChain(absl::StrCat(leaf.certificate_pem, cut)),
              StatusIs(absl::StatusCode::kInvalidArgument, "certificate 2 of it cannot be read"));
}

TEST(TlsMaterial, KeyThatCannotBeUsedIsRefused) {
  SB_ASSERT_OK_AND_ASSIGN(const TlsCertificate leaf, MakeSelfSignedCertificate());
  SB_ASSERT_OK_AND_ASSIGN(const TlsCertificate other, MakeSelfSignedCertificate());
  EXPECT_THAT(CheckKeyMatches(Material(leaf.certificate_pem, other.private_key_pem)),
              StatusIs(absl::StatusCode::kInvalidArgument, "not the key of the certificate"));
  for (const std::string& key : {std::string(), std::string(kEncryptedKey), leaf.certificate_pem}) {
    EXPECT_THAT(CheckKeyMatches(Material(leaf.certificate_pem, key)),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         "no private key in PEM form, without a passphrase, in it"));
  }
}

}  // namespace
}  // namespace sessionbroker::app
