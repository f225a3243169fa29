#include <grpcpp/client_context.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "grpc/health/v1/health.grpc.pb.h"
#include "service/rpc/reflection.h"
#include "sessionbroker/v1/session_broker.grpc.pb.h"

namespace sessionbroker::rpc {
namespace {

using grpc::health::v1::HealthCheckResponse;

// The answer to a health check, or the code of the error.
std::string Health(grpc::Server* server, const std::string& service) {
  const auto stub = grpc::health::v1::Health::NewStub(server->InProcessChannel({}));
  grpc::ClientContext context;
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(service);
  HealthCheckResponse response;
  const grpc::Status status = stub->Check(&context, request, &response);
  if (!status.ok()) return "error " + std::to_string(status.error_code());
  return HealthCheckResponse::ServingStatus_Name(response.status());
}

TEST(HealthTest, FollowsWhatTheServerWasTold) {
  EnableHealthAndReflection();
  v1::SessionBroker::CallbackService service;
  grpc::ServerBuilder builder;
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();

  SetServing(true, server.get());
  EXPECT_EQ(Health(server.get(), ""), "SERVING");
  EXPECT_EQ(Health(server.get(), "sessionbroker.v1.SessionBroker"), "SERVING");
  SetServing(false, server.get());
  EXPECT_EQ(Health(server.get(), ""), "NOT_SERVING");
  EXPECT_EQ(Health(server.get(), "sessionbroker.v1.SessionBroker"), "NOT_SERVING");
  EXPECT_EQ(Health(server.get(), "sessionbroker.v1.Other"), "error 5");
}

}  // namespace
}  // namespace sessionbroker::rpc
