#include "service/app/grpc_server.h"

#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <sys/stat.h>

#include <cstdint>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "service/app/bind_error.h"
#include "service/rpc/reflection.h"

namespace sessionbroker::app {
namespace {

constexpr char kUnixScheme[] = "unix:";
constexpr mode_t kSocketUmask = 0117;
// A request of CallProvider's, as large as calls::RequestLimits allow, and what encodes it.
constexpr int kMaxRequestBytes = 1536 * 1024;
constexpr std::size_t kMaxBufferBytes = 256 * 1024 * 1024;

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(absl::ToInt64Milliseconds(duration));
}

void SetLimits(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMaxRequestBytes);
  builder.SetResourceQuota(grpc::ResourceQuota("session-broker").Resize(kMaxBufferBytes));
  // By default gRPC lets two processes share a port, and neither notices.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // Who connects and says nothing is let go.
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, Milliseconds(absl::Seconds(10)));
  // A caller whose machine is gone is found within a minute and a half.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(absl::Minutes(1)));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Milliseconds(absl::Seconds(20)));
  // Callers may ask in turn whether the broker is there, also while they have no call.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             Milliseconds(absl::Seconds(10)));
  // Callers spread over replicas that came later, and meet a changed certificate.
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, Milliseconds(absl::Minutes(30)));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, Milliseconds(absl::Minutes(1)));
}

std::shared_ptr<grpc::ServerCredentials> CredentialsOf(const GrpcListener& listener) {
  return listener.tls.has_value() ? MakeServerCredentials(*listener.tls)
                                  : grpc::InsecureServerCredentials();
}

bool IsUnix(const std::string& address) { return absl::StartsWith(address, kUnixScheme); }

// HOST and PORT; "[V6]" without its brackets.
std::pair<std::string, int> Split(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  absl::string_view host = absl::string_view(address).substr(0, colon);
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  int port = 0;
  if (!absl::SimpleAtoi(address.substr(colon + 1), &port)) port = 0;
  return {std::string(host), port};
}

std::string BoundAddress(const std::string& address, int port) {
  if (IsUnix(address)) return address;
  return absl::StrCat(address.substr(0, address.rfind(':')), ":", port);
}

absl::Status WhyNot(const std::string& address) {
  if (IsUnix(address)) return CannotListen(address.substr(sizeof(kUnixScheme) - 1));
  const auto [host, port] = Split(address);
  return CannotListen(host, port);
}

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(
    const std::vector<GrpcListener>& listeners, const std::vector<grpc::Service*>& services) {
  grpc::ServerBuilder builder;
  SetLimits(builder);
  for (grpc::Service* service : services) builder.RegisterService(service);
  // gRPC binds in BuildAndStart and writes the ports here then.
  std::vector<int> ports(listeners.size(), 0);
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    builder.AddListeningPort(listeners[i].address, CredentialsOf(listeners[i]), &ports[i]);
  }
  const mode_t umask_before = umask(kSocketUmask);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  umask(umask_before);
  std::vector<std::string> addresses;
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    // One that failed leaves the rest unbound.
    if (ports[i] <= 0) return WhyNot(listeners[i].address);
    addresses.push_back(BoundAddress(listeners[i].address, ports[i]));
  }
  if (server == nullptr) return absl::InternalError("gRPC could not build the server");
  return std::unique_ptr<GrpcServer>(new GrpcServer(std::move(server), std::move(addresses)));
}

GrpcServer::GrpcServer(std::unique_ptr<grpc::Server> server, std::vector<std::string> addresses)
    : server_(std::move(server)), addresses_(std::move(addresses)) {}

GrpcServer::~GrpcServer() { Shutdown(absl::ZeroDuration()); }

void GrpcServer::SetServing(bool serving) { rpc::SetServing(serving, server_.get()); }

void GrpcServer::Shutdown(absl::Duration grace) {
  server_->Shutdown(
      gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                   gpr_time_from_millis(absl::ToInt64Milliseconds(grace), GPR_TIMESPAN)));
  server_->Wait();
}

}  // namespace sessionbroker::app
