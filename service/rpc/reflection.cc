#include "service/rpc/reflection.h"

#include <google/protobuf/descriptor.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpc/health/v1/health.pb.h"
#include "sessionbroker/v1/session_broker.pb.h"

namespace sessionbroker::rpc {
namespace {

// Reflection describes what stands in protobuf's generated pool, and a file gets there only if the
// linker keeps its object: one symbol of each is touched. gRPC's own health service registers no
// descriptor, and the details of errors are named nowhere in the API's file.
void LinkDescriptors() {
  grpc::health::v1::HealthCheckRequest::descriptor();
  google::rpc::Status::descriptor();
  google::rpc::ErrorInfo::descriptor();
  v1::GetSessionRequest::descriptor();
}

const std::string& ServiceName() {
  return v1::GetSessionRequest::descriptor()->file()->service(0)->full_name();
}

}  // namespace

void EnableHealthAndReflection() {
  LinkDescriptors();
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
}

void SetServing(bool serving, grpc::Server* server) {
  grpc::HealthCheckServiceInterface* health = server->GetHealthCheckService();
  health->SetServingStatus("", serving);
  health->SetServingStatus(ServiceName(), serving);
}

}  // namespace sessionbroker::rpc
