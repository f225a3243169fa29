#ifndef SESSIONBROKER_SERVICE_APP_ADMIN_SERVER_H_
#define SESSIONBROKER_SERVICE_APP_ADMIN_SERVER_H_

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"

namespace httplib {
class Server;
}  // namespace httplib

namespace sessionbroker::app {

// The operators' plain HTTP listener: GET /metrics and GET /healthz, nothing else. Four threads,
// one request a connection, a few seconds for each.
class AdminServer {
 public:
  // Both are called on the server's threads.
  struct Handlers {
    // The metrics in Prometheus's text format 0.0.4.
    std::function<std::string()> metrics;
    // /healthz answers 200 while this is true and 503 otherwise.
    std::function<bool()> serving;
  };

  // Serves on `host`, a name or an IP address without brackets; port 0 lets the system choose.
  // UNAVAILABLE where it cannot listen there, with the reason.
  static absl::StatusOr<std::unique_ptr<AdminServer>> Start(const std::string& host, int port,
                                                            Handlers handlers);

  // Answers what has been asked, then stops.
  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  int port() const { return port_; }

 private:
  AdminServer(std::unique_ptr<httplib::Server> server, int port);

  const std::unique_ptr<httplib::Server> server_;
  const int port_;
  std::thread thread_;
};

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_ADMIN_SERVER_H_
