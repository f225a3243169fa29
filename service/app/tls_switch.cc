#include "service/app/tls_switch.h"

#include <grpc/grpc.h>

#include <string>

namespace sessionbroker::app {

// gRPC's C++ API has reloading credentials that read files by themselves, and these take whatever
// they find; its C API asks a function, which is what this is about. gRPC lets go of this object
// once the port is bound.
class SwitchedCredentials final : public grpc::ServerCredentials {
 public:
  SwitchedCredentials(TlsSwitch* tls, bool asks_for_certificate)
      : tls_(tls), asks_for_certificate_(asks_for_certificate) {}

  void SetAuthMetadataProcessor(
      const std::shared_ptr<grpc::AuthMetadataProcessor>& /*processor*/) override {}

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    grpc_server_credentials* const credentials = grpc_ssl_server_credentials_create_with_options(
        grpc_ssl_server_credentials_create_options_using_config_fetcher(
            asks_for_certificate_ ? GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_BUT_DONT_VERIFY
                                  : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE,
            &TlsSwitch::Fetch, tls_));
    const int port = grpc_server_add_http2_port(server, address.c_str(), credentials);
    grpc_server_credentials_release(credentials);
    return port;
  }

  TlsSwitch* const tls_;
  const bool asks_for_certificate_;
};

grpc_ssl_certificate_config_reload_status TlsSwitch::Fetch(
    void* self, grpc_ssl_server_certificate_config** config) {
  auto* const tls = static_cast<TlsSwitch*>(self);
  base::MutexLock lock(&tls->mutex_);
  if (tls->fetched_) return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
  tls->fetched_ = true;
  *config = MakeCertificateConfig(tls->material_);
  return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
}

void TlsSwitch::Update(TlsMaterial material) {
  base::MutexLock lock(&mutex_);
  material_ = std::move(material);
  fetched_ = false;
}

std::shared_ptr<grpc::ServerCredentials> TlsSwitch::MakeCredentials(bool asks_for_certificate) {
  return std::make_shared<SwitchedCredentials>(this, asks_for_certificate);
}

}  // namespace sessionbroker::app
