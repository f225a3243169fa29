#include "service/app/admin_server.h"

#include <httplib.h>
#include <sys/socket.h>

#include <latch>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/app/bind_error.h"

namespace sessionbroker::app {
namespace {

constexpr std::size_t kThreads = 4;
constexpr time_t kTimeoutSeconds = 5;
constexpr std::size_t kMaxRequestBodyBytes = 1024;
constexpr char kMetricsType[] = "text/plain; version=0.0.4; charset=utf-8";
constexpr char kTextType[] = "text/plain; charset=utf-8";

void SetLimits(httplib::Server& server) {
  server.set_read_timeout(kTimeoutSeconds);
  server.set_write_timeout(kTimeoutSeconds);
  server.set_payload_max_length(kMaxRequestBodyBytes);
  // An idle connection would hold a thread, and the stop.
  server.set_keep_alive_max_count(1);
  // Not the library's SO_REUSEPORT, with which two processes share a port unnoticed.
  server.set_socket_options([](socket_t socket) {
    const int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  });
}

void SetRoutes(httplib::Server& server, AdminServer::Handlers handlers) {
  server.Get("/metrics", [metrics = std::move(handlers.metrics)](const httplib::Request&,
                                                                 httplib::Response& response) {
    response.set_content(metrics(), kMetricsType);
  });
  server.Get("/healthz", [serving = std::move(handlers.serving)](const httplib::Request&,
                                                                 httplib::Response& response) {
    const bool ok = serving();
    response.status = ok ? 200 : 503;
    response.set_content(ok ? "serving\n" : "not serving\n", kTextType);
  });
}

}  // namespace

absl::StatusOr<std::unique_ptr<AdminServer>> AdminServer::Start(const std::string& host, int port,
                                                                Handlers handlers) {
  auto server = std::make_unique<httplib::Server>();
  SetLimits(*server);
  SetRoutes(*server, std::move(handlers));
  const int bound = port == 0                          ? server->bind_to_any_port(host)
                    : server->bind_to_port(host, port) ? port
                                                       : -1;
  if (bound <= 0) return CannotListen(host, port);
  return std::unique_ptr<AdminServer>(new AdminServer(std::move(server), bound));
}

AdminServer::AdminServer(std::unique_ptr<httplib::Server> server, int port)
    : server_(std::move(server)), port_(port) {
  // stop() has no effect before the server runs, so wait until it does: it makes its task queue
  // right then.
  auto running = std::make_shared<std::latch>(1);
  server_->new_task_queue = [running] {
    running->count_down();
    return new httplib::ThreadPool(kThreads);
  };
  thread_ = std::thread([this] { server_->listen_after_bind(); });
  running->wait();
}

AdminServer::~AdminServer() {
  server_->stop();
  thread_.join();
}

}  // namespace sessionbroker::app
