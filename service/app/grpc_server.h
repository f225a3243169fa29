#ifndef SESSIONBROKER_SERVICE_APP_GRPC_SERVER_H_
#define SESSIONBROKER_SERVICE_APP_GRPC_SERVER_H_

#include <grpcpp/impl/service_type.h>
#include <grpcpp/server.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/app/tls_material.h"

namespace sessionbroker::app {

// One address to serve callers on.
struct GrpcListener {
  // "HOST:PORT", "[V6]:PORT" or "unix:/path".
  std::string address;
  // Unset: plaintext.
  std::optional<TlsMaterial> tls;
};

// The gRPC server with its limits: small messages, bounded memory, dead connections found and long
// ones renewed. Thread-safe.
class GrpcServer {
 public:
  // Serves `services`, which must outlive this, on all of `listeners`. A Unix socket is made with
  // mode 0660: the owner and the group of the process may connect. UNAVAILABLE where it cannot
  // listen on one of them, with the reason.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(
      const std::vector<GrpcListener>& listeners, const std::vector<grpc::Service*>& services);

  // Ends what is left at once.
  ~GrpcServer();
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  // The listeners' addresses as they are bound, in their order.
  const std::vector<std::string>& addresses() const { return addresses_; }

  // What the standard health service answers.
  void SetServing(bool serving);

  // Takes no more connections and calls; returns once those under way have ended, or cancels them
  // after `grace`.
  void Shutdown(absl::Duration grace);

 private:
  GrpcServer(std::unique_ptr<grpc::Server> server, std::vector<std::string> addresses);

  const std::unique_ptr<grpc::Server> server_;
  const std::vector<std::string> addresses_;
};

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_GRPC_SERVER_H_
