#ifndef SESSIONBROKER_TESTS_SIMULATOR_TLS_CERTIFICATE_H_
#define SESSIONBROKER_TESTS_SIMULATOR_TLS_CERTIFICATE_H_

#include <string>

#include "absl/status/statusor.h"

namespace sessionbroker::simulator {

struct TlsCertificate {
  std::string certificate_pem;
  std::string private_key_pem;
};

// A fresh self-signed P-256 certificate for `localhost`, 127.0.0.1 and ::1, good for a day from an
// hour ago. It is its own CA file.
absl::StatusOr<TlsCertificate> MakeSelfSignedCertificate();

}  // namespace sessionbroker::simulator

#endif  // SESSIONBROKER_TESTS_SIMULATOR_TLS_CERTIFICATE_H_
