#include "service/app/health_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/app/grpc_server.h"
#include "service/base/system_clock.h"
#include "service/rpc/reflection.h"
#include "sessionbroker/v1/session_broker.grpc.pb.h"
#include "tests/testing/raw_server.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_directory.h"

namespace sessionbroker::app {
namespace {

using ::sessionbroker::testing::IsOk;
using ::sessionbroker::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

absl::Status Check(const std::string& address, HealthGoal goal = HealthGoal::kServing,
                   absl::Duration timeout = absl::Seconds(10)) {
  const absl::StatusOr<config::ListenAddress> parsed = config::ListenAddress::Create(address, "");
  return parsed.ok() ? CheckHealth(*parsed, goal, timeout) : parsed.status();
}

class HealthCheckTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { rpc::EnableHealthAndReflection(); }

  std::unique_ptr<GrpcServer> Serve(const std::string& address) {
    static const base::SystemClock clock;
    auto server =
        GrpcServer::Start({{.address = address, .tls = {}, .sources = {}}}, &clock,
                          [](const access::CallerIdentifier*) {
                            std::vector<std::unique_ptr<grpc::Service>> services;
                            services.push_back(std::make_unique<v1::SessionBroker::Service>());
                            return services;
                          });
    EXPECT_THAT(server, IsOk());
    return server.ok() ? *std::move(server) : nullptr;
  }
};

TEST_F(HealthCheckTest, FollowsTheServerOverTcpAndUnixSocket) {
  const testing::TempDirectory temp;
  for (const std::string& address :
       {std::string("127.0.0.1:0"), absl::StrCat("unix:", temp.File("socket"))}) {
    const auto server = Serve(address);
    ASSERT_NE(server, nullptr);
    const std::string bound = server->addresses()[0];
    server->SetServing(true);
    EXPECT_THAT(Check(bound), IsOk());
    EXPECT_THAT(Check(bound, HealthGoal::kAnswering), IsOk());
    server->SetServing(false);
    EXPECT_THAT(Check(bound, HealthGoal::kAnswering), IsOk());
    EXPECT_THAT(Check(bound),
                StatusIs(absl::StatusCode::kUnavailable, absl::StrCat(bound, " is NOT_SERVING")));
  }
}

TEST_F(HealthCheckTest, NobodyThereIsToldWithTheAddress) {
  const testing::TempDirectory temp;
  const std::string address = absl::StrCat("unix:", temp.File("socket"));
  for (const HealthGoal goal : {HealthGoal::kServing, HealthGoal::kAnswering}) {
    EXPECT_THAT(Check(address, goal),
                StatusIs(absl::StatusCode::kUnavailable,
                         StartsWith(absl::StrCat("no answer on ", address, ": "))));
  }
}

TEST_F(HealthCheckTest, PeerThatSaysNothingIsGivenUpInTime) {
  testing::RawServer silent([](testing::RawConnection& connection) { connection.AwaitClose(); });
  EXPECT_THAT(Check(absl::StrCat("127.0.0.1:", silent.port()), HealthGoal::kAnswering,
                    absl::Milliseconds(100)),
              StatusIs(absl::StatusCode::kUnavailable,
                       AllOf(StartsWith("no answer on "), HasSubstr("Deadline"))));
}

TEST_F(HealthCheckTest, ProxyOfTheEnvironmentIsNotAsked) {
  const auto server = Serve("127.0.0.1:0");
  ASSERT_NE(server, nullptr);
  server->SetServing(true);
  // Port 1 (tcpmux) of loopback: nobody serves there.
  ASSERT_EQ(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
  EXPECT_THAT(Check(server->addresses()[0]), IsOk());
  unsetenv("http_proxy");
}

}  // namespace
}  // namespace sessionbroker::app
