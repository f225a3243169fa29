#include "service/app/health_check.h"

#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace sessionbroker::app {

using grpc::health::v1::HealthCheckResponse;

absl::Status CheckHealth(const config::ListenAddress& address, HealthGoal goal,
                         absl::Duration timeout) {
  const std::string channel_target = address.ToString();
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  const auto stub = grpc::health::v1::Health::NewStub(
      grpc::CreateCustomChannel(channel_target, grpc::InsecureChannelCredentials(), arguments));
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  HealthCheckResponse answer;
  // The empty name asks about the whole server.
  const grpc::Status status = stub->Check(&context, {}, &answer);
  if (!status.ok()) {
    return absl::UnavailableError(
        absl::StrCat("no answer on ", channel_target, ": ", status.error_message()));
  }
  if (goal == HealthGoal::kServing && answer.status() != HealthCheckResponse::SERVING) {
    return absl::UnavailableError(absl::StrCat(
        channel_target, " is ", HealthCheckResponse::ServingStatus_Name(answer.status())));
  }
  return absl::OkStatus();
}

}  // namespace sessionbroker::app
