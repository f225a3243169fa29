#include "service/rpc/reflection.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <memory>

#include "sessionbroker/admin/v1/admin_broker.grpc.pb.h"
#include "sessionbroker/v1/session_broker.grpc.pb.h"
#include "tests/rpc/reflection_client.h"

namespace sessionbroker::rpc {
namespace {

using ::testing::UnorderedElementsAre;

// Uses no message of health or error details itself: that would link the descriptors that the code
// under test has to link.
class ReflectionTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { EnableHealthAndReflection(); }

  ReflectionTest() {
    grpc::ServerBuilder builder;
    builder.RegisterService(&service_);
    builder.RegisterService(&admin_);
    server_ = builder.BuildAndStart();
    client_ = std::make_unique<testing::ReflectionClient>(server_->InProcessChannel({}));
  }

  v1::SessionBroker::CallbackService service_;
  admin::v1::AdminBroker::CallbackService admin_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<testing::ReflectionClient> client_;
};

TEST_F(ReflectionTest, ListsTheApisHealthAndItself) {
  EXPECT_THAT(
      client_->ListServices(),
      UnorderedElementsAre("sessionbroker.v1.SessionBroker", "sessionbroker.admin.v1.AdminBroker",
                           "grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"));
}

TEST_F(ReflectionTest, DescribesEverythingThatACallerMeets) {
  for (const char* symbol :
       {"sessionbroker.v1.SessionBroker", "sessionbroker.v1.GetSessionResponse",
        "sessionbroker.admin.v1.AdminBroker", "sessionbroker.admin.v1.Sequence",
        "grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection", "google.rpc.Status",
        "google.rpc.ErrorInfo", "google.rpc.RetryInfo"}) {
    SCOPED_TRACE(symbol);
    google::protobuf::DescriptorPool pool;
    ASSERT_TRUE(client_->AddFilesOf(symbol, &pool));
    EXPECT_NE(pool.FindFileContainingSymbol(symbol), nullptr);
  }
}

TEST_F(ReflectionTest, DoesNotDescribeWhatDoesNotExist) {
  google::protobuf::DescriptorPool pool;
  EXPECT_FALSE(client_->AddFilesOf("sessionbroker.v1.Nothing", &pool));
}

}  // namespace
}  // namespace sessionbroker::rpc
