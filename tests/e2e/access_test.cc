// Deny by default.
#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include "sessionbroker/admin/v1/admin_broker.grpc.pb.h"
#include "tests/e2e/end_to_end_test.h"

namespace sessionbroker::e2e {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using AccessTest = EndToEndTest;

TEST_F(AccessTest, WithoutRulesNothingIsAllowedAndNothingIsTold) {
  BrokerConfig config = DemoConfig();
  config.allowed.clear();
  const auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  const auto stub = broker->Stub();
  const Answer forbidden = GetSession(stub.get(), "vtiger", "main");
  EXPECT_EQ(forbidden.status.error_code(), grpc::PERMISSION_DENIED) << forbidden;
  EXPECT_EQ(forbidden.reason, "NOT_ALLOWED");
  EXPECT_EQ(forbidden.domain, "sessionbroker");
  EXPECT_EQ(forbidden.retry_pushback, "-1");
  EXPECT_THAT(ListAccounts(stub.get()), IsEmpty());
  EXPECT_EQ(simulator().counters().requests, 0);
}

TEST_F(AccessTest, UnknownAndForbiddenAccountsLookAlike) {
  BrokerConfig config = DemoConfig();
  config.allowed = {"vtiger/*"};
  const auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  const auto stub = broker->Stub();
  const Answer forbidden = GetSession(stub.get(), "corebos", "main");
  const Answer unknown = GetSession(stub.get(), "corebos", "none");
  EXPECT_EQ(forbidden.reason, "NOT_ALLOWED") << forbidden;
  EXPECT_EQ(unknown.reason, "NOT_ALLOWED") << unknown;
  // The same to the letter but for the name that the caller gave itself.
  std::string text = unknown.status.error_message();
  const std::size_t at = text.find("none");
  if (at != std::string::npos) text.replace(at, 4, "main");
  EXPECT_EQ(forbidden.status.error_message(), text);
  EXPECT_EQ(forbidden.status.error_code(), unknown.status.error_code());
  EXPECT_EQ(forbidden.retry_pushback, unknown.retry_pushback);
}

TEST_F(AccessTest, UnknownAccountIsTellableWhereTheCallerHasRights) {
  const auto broker = StartBroker(DemoConfig());
  ASSERT_NE(broker, nullptr);
  const Answer unknown = GetSession(broker->Stub().get(), "vtiger", "none");
  EXPECT_EQ(unknown.status.error_code(), grpc::NOT_FOUND) << unknown;
  EXPECT_EQ(unknown.reason, "ACCOUNT_UNKNOWN");
}

TEST_F(AccessTest, ListShowsOnlyWhatARuleAllows) {
  BrokerConfig config = DemoConfig();
  config.allowed = {"c*/main"};
  const auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  EXPECT_THAT(ListAccounts(broker->Stub().get()), ElementsAre("corebos/main STATE_ABSENT"));
}

grpc::Status RaiseNonce(BrokerProcess* broker, int64_t value,
                        admin::v1::RaiseSequenceResponse* raised) {
  admin::v1::RaiseSequenceRequest request;
  request.set_origin("https://v5.icash.bg");
  request.set_key("k1");
  request.set_value(value);
  grpc::ClientContext context;
  const auto channel =
      grpc::CreateChannel(broker->listeners()[0], grpc::InsecureChannelCredentials());
  return admin::v1::AdminBroker::NewStub(channel)->RaiseSequence(&context, request, raised);
}

TEST_F(AccessTest, OperatorsRaiseNoncesAndNobodyElseDoes) {
  admin::v1::RaiseSequenceResponse raised;
  {
    const auto broker = StartBroker(DemoConfig());
    ASSERT_NE(broker, nullptr);
    EXPECT_EQ(RaiseNonce(broker.get(), 5, &raised).error_code(), grpc::PERMISSION_DENIED);
  }
  BrokerConfig config = DemoConfig();
  config.allowed.clear();
  config.more = "rules: [{callers: [loopback], accounts: [\"*/*\"], allow: [operate]}]\n";
  for (const bool known : {false, true}) {
    const auto broker = StartBroker(config);
    ASSERT_NE(broker, nullptr);
    const grpc::Status status = RaiseNonce(broker.get(), known ? 6 : 5, &raised);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(raised.has_previous_value(), known);
    EXPECT_EQ(raised.previous_value(), known ? 5 : 0);
  }
}

}  // namespace
}  // namespace sessionbroker::e2e
