#ifndef SESSIONBROKER_SERVICE_APP_TLS_SWITCH_H_
#define SESSIONBROKER_SERVICE_APP_TLS_SWITCH_H_

#include <grpc/grpc_security.h>
#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <utility>

#include "service/app/tls_material.h"
#include "service/base/mutex.h"

namespace sessionbroker::app {

// The certificate that a listener shows, replaced while it serves: gRPC asks for it at the begin of
// every handshake. Only what has passed the checks of tls_material.h is ever switched in, so that
// no handshake fails for a file half written. Thread-safe.
class TlsSwitch {
 public:
  explicit TlsSwitch(TlsMaterial material) : material_(std::move(material)) {}
  TlsSwitch(const TlsSwitch&) = delete;
  TlsSwitch& operator=(const TlsSwitch&) = delete;

  // For handshakes that begin from now on; connections stay.
  void Update(TlsMaterial material);

  // For one listener, which must be gone before this object. TLS 1.2 and 1.3. With
  // `asks_for_certificate` callers may show one: the handshake proves that they hold its key, but
  // not who vouches for it (access::CertificateVerifier judges that, with every call).
  std::shared_ptr<grpc::ServerCredentials> MakeCredentials(bool asks_for_certificate);

 private:
  friend class SwitchedCredentials;

  // gRPC's certificate fetcher, with the switch as its data; gRPC calls it one at a time.
  static grpc_ssl_certificate_config_reload_status Fetch(
      void* self, grpc_ssl_server_certificate_config** config);

  base::Mutex mutex_;
  TlsMaterial material_ ABSL_GUARDED_BY(mutex_);
  // gRPC has the material.
  bool fetched_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_TLS_SWITCH_H_
