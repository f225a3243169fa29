#include "service/app/grpc_server.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <sys/stat.h>

#include <cstddef>
#include <thread>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "service/app/bind_error.h"
#include "service/base/status_macros.h"
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
  // For what is not served by callbacks: reflection.
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
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

// They differ at most in certificates, authorities and keys.
bool SameButForMaterial(const GrpcListener& a, const GrpcListener& b) {
  return a.address == b.address && a.tls.has_value() == b.tls.has_value() &&
         a.sources.loopback == b.sources.loopback && a.sources.socket == b.sources.socket &&
         (a.sources.certificates == nullptr) == (b.sources.certificates == nullptr) &&
         (a.sources.tokens == nullptr) == (b.sources.tokens == nullptr);
}

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(
    const std::vector<GrpcListener>& listeners, const base::Clock* clock,
    const MakeServices& make_services) {
  auto server = std::unique_ptr<GrpcServer>(new GrpcServer);
  grpc::ResourceQuota quota("session-broker");
  quota.Resize(kMaxBufferBytes);
  for (const GrpcListener& listener : listeners) {
    SB_RETURN_IF_ERROR(server->Add(listener, clock, make_services, quota));
  }
  return server;
}

absl::Status GrpcServer::Add(const GrpcListener& listener, const base::Clock* clock,
                             const MakeServices& make_services, const grpc::ResourceQuota& quota) {
  auto running = std::make_unique<Running>();
  running->listener = listener;
  running->callers = std::make_unique<access::CallerIdentifier>(listener.sources, clock);
  running->services = make_services(running->callers.get());
  grpc::ServerBuilder builder;
  SetLimits(builder);
  builder.SetResourceQuota(quota);
  for (const auto& service : running->services) builder.RegisterService(service.get());
  std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials();
  if (listener.tls.has_value()) {
    running->tls = std::make_unique<TlsSwitch>(*listener.tls);
    credentials = running->tls->MakeCredentials(running->callers->takes_certificates());
  }
  // gRPC binds in BuildAndStart and writes the port here then.
  int port = 0;
  builder.AddListeningPort(listener.address, credentials, &port);
  const mode_t umask_before = umask(kSocketUmask);
  running->server = builder.BuildAndStart();
  umask(umask_before);
  if (port <= 0) return WhyNot(listener.address);
  if (running->server == nullptr) return absl::InternalError("gRPC could not build the server");
  addresses_.push_back(BoundAddress(listener.address, port));
  running_.push_back(std::move(running));
  return absl::OkStatus();
}

GrpcServer::~GrpcServer() { Shutdown(absl::ZeroDuration()); }

void GrpcServer::SetServing(bool serving) {
  for (const auto& running : running_) rpc::SetServing(serving, running->server.get());
}

absl::Status GrpcServer::Update(const std::vector<GrpcListener>& listeners) {
  if (listeners.size() != running_.size()) {
    return absl::FailedPreconditionError("the number of listeners has changed");
  }
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    if (!SameButForMaterial(listeners[i], running_[i]->listener)) {
      return absl::FailedPreconditionError(
          absl::StrCat("the listener on ", running_[i]->listener.address, " has changed"));
    }
  }
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    running_[i]->callers->Update(listeners[i].sources);
    if (running_[i]->tls != nullptr) running_[i]->tls->Update(*listeners[i].tls);
    running_[i]->listener = listeners[i];
  }
  return absl::OkStatus();
}

void GrpcServer::Shutdown(absl::Duration grace) {
  const gpr_timespec deadline =
      gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                   gpr_time_from_millis(absl::ToInt64Milliseconds(grace), GPR_TIMESPAN));
  // At once, as each waits for its calls.
  std::vector<std::thread> threads;
  for (const auto& running : running_) {
    threads.emplace_back([&running, deadline] {
      running->server->Shutdown(deadline);
      running->server->Wait();
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace sessionbroker::app
