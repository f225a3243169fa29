#ifndef SESSIONBROKER_SERVICE_APP_TLS_MATERIAL_H_
#define SESSIONBROKER_SERVICE_APP_TLS_MATERIAL_H_

#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "service/secrets/secret.h"

namespace sessionbroker::app {

// What a TLS listener shows: both in PEM.
struct TlsMaterial {
  // The leaf first.
  std::string certificate_chain;
  secrets::Secret private_key;
};

// INVALID_ARGUMENT unless every certificate of `chain` can be read and there is one.
absl::Status CheckCertificateChain(absl::string_view chain);

// INVALID_ARGUMENT unless the key can be read without a passphrase and is the one of the chain's
// first certificate. The text tells nothing of the key. Requires a chain that passes the check
// above.
absl::Status CheckKeyMatches(const TlsMaterial& material);

// For a listener: TLS 1.2 and 1.3, gRPC's default; callers show no certificate. gRPC keeps a copy
// of the key.
std::shared_ptr<grpc::ServerCredentials> MakeServerCredentials(const TlsMaterial& material);

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_TLS_MATERIAL_H_
