#ifndef SESSIONBROKER_SERVICE_APP_TLS_MATERIAL_H_
#define SESSIONBROKER_SERVICE_APP_TLS_MATERIAL_H_

#include <grpc/grpc_security.h>

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
  // The names that callers are told to show a certificate of, as some choose theirs by them. Empty:
  // callers are asked for none.
  std::string client_authorities = {};
};

// INVALID_ARGUMENT unless every certificate of `chain` can be read and there is one.
absl::Status CheckCertificateChain(absl::string_view chain);

// INVALID_ARGUMENT unless the key can be read without a passphrase and is the one of the chain's
// first certificate. The text tells nothing of the key. Requires a chain that passes the check
// above.
absl::Status CheckKeyMatches(const TlsMaterial& material);

// The material as gRPC takes it; gRPC keeps a copy of the key. To be given to gRPC, or destroyed.
grpc_ssl_server_certificate_config* MakeCertificateConfig(const TlsMaterial& material);

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_TLS_MATERIAL_H_
