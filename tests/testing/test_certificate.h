#ifndef SESSIONBROKER_TESTS_TESTING_TEST_CERTIFICATE_H_
#define SESSIONBROKER_TESTS_TESTING_TEST_CERTIFICATE_H_

#include <string>

#include "absl/time/time.h"

namespace sessionbroker::testing {

// A self-signed certificate and its key, both PEM. Its own CA.
struct TestCertificate {
  std::string certificate;
  std::string key;
};

struct TestCertificateOptions {
  // A subjectAltName as OpenSSL's configuration writes it, e.g. "DNS:localhost,IP:127.0.0.1".
  std::string subject_alt_name = "DNS:localhost,IP:127.0.0.1";
  // From now.
  absl::Duration valid_until = absl::Hours(24);
};

// Dies where OpenSSL fails.
TestCertificate MakeTestCertificate(const TestCertificateOptions& options = {});

}  // namespace sessionbroker::testing

#endif  // SESSIONBROKER_TESTS_TESTING_TEST_CERTIFICATE_H_
