#ifndef SESSIONBROKER_TESTS_TESTING_TEST_AUTHORITY_H_
#define SESSIONBROKER_TESTS_TESTING_TEST_AUTHORITY_H_

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "tests/testing/test_certificate.h"

namespace sessionbroker::testing {

// What a certificate says. Names are as OpenSSL's configuration writes them; empty: not there.
struct CertificateRequest {
  std::string subject_alt_name;
  std::string common_name = "someone";
  std::string extended_key_usage = "clientAuth";
  // Both from now.
  absl::Duration valid_from = -absl::Hours(1);
  absl::Duration valid_until = absl::Hours(1);
};

// Issues certificates with keys on P-256. Dies where OpenSSL fails.
class TestAuthority {
 public:
  explicit TestAuthority(const std::string& name);

  // Its own certificate, PEM.
  const std::string& certificate() const { return pem_; }

  TestCertificate Issue(const CertificateRequest& request) const;

  // An authority that this one vouches for.
  TestAuthority IssueAuthority(const std::string& name) const;

 private:
  TestAuthority(std::shared_ptr<EVP_PKEY> key, std::shared_ptr<X509> certificate);

  std::shared_ptr<EVP_PKEY> key_;
  std::shared_ptr<X509> certificate_;
  std::string pem_;
};

}  // namespace sessionbroker::testing

#endif  // SESSIONBROKER_TESTS_TESTING_TEST_AUTHORITY_H_
