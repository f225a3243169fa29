#ifndef SESSIONBROKER_SERVICE_APP_GRPC_SERVER_H_
#define SESSIONBROKER_SERVICE_APP_GRPC_SERVER_H_

#include <grpcpp/impl/service_type.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/access/caller_identifier.h"
#include "service/app/tls_material.h"
#include "service/app/tls_switch.h"
#include "service/base/clock.h"

namespace sessionbroker::app {

// One address to serve callers on.
struct GrpcListener {
  // "HOST:PORT", "[V6]:PORT" or "unix:/path".
  std::string address;
  // Unset: plaintext.
  std::optional<TlsMaterial> tls;
  // How callers are known.
  access::IdentitySources sources;
  // What the files hold from which the two above were made, the key apart: it goes with its
  // certificate. To tell whether they are others.
  std::string material = {};
};

// The gRPC servers, one a listener, as gRPC does not tell by which a call came; each with the same
// limits: small messages, bounded memory, dead connections found and long ones renewed.
// Thread-safe.
class GrpcServer {
 public:
  // Makes what is served on one listener, whose callers the argument tells.
  using MakeServices = std::function<std::vector<std::unique_ptr<grpc::Service>>(
      const access::CallerIdentifier* callers)>;

  // Serves on all of `listeners`. A Unix socket is made with mode 0660: the owner and the group of
  // the process may connect. UNAVAILABLE where it cannot listen on one of them, with the reason.
  // `clock` outlives this object, and so does what the services use.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(
      const std::vector<GrpcListener>& listeners, const base::Clock* clock,
      const MakeServices& make_services);

  // Ends what is left at once.
  ~GrpcServer();
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  // The listeners' addresses as they are bound, in their order.
  const std::vector<std::string>& addresses() const { return addresses_; }

  // What the standard health service answers.
  void SetServing(bool serving);

  // Certificates, authorities and keys of tokens that are good from now on: for handshakes that
  // begin, and for each call on connections that are there. FAILED_PRECONDITION, and nothing is
  // changed, where listeners come, go or differ in what else they are: that takes a restart. One at
  // a time.
  absl::Status Update(const std::vector<GrpcListener>& listeners);

  // Takes no more connections and calls; returns once those under way have ended, or cancels them
  // after `grace`.
  void Shutdown(absl::Duration grace);

 private:
  // One of them; what stands above outlives what stands below.
  struct Running {
    GrpcListener listener;
    std::unique_ptr<TlsSwitch> tls;
    std::unique_ptr<access::CallerIdentifier> callers;
    std::vector<std::unique_ptr<grpc::Service>> services;
    std::unique_ptr<grpc::Server> server;
  };

  GrpcServer() = default;

  absl::Status Add(const GrpcListener& listener, const base::Clock* clock,
                   const MakeServices& make_services, const grpc::ResourceQuota& quota);

  std::vector<std::unique_ptr<Running>> running_;
  std::vector<std::string> addresses_;
};

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_GRPC_SERVER_H_
