// Deny by default.
#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/time/time.h"
#include "service/base/system_clock.h"
#include "sessionbroker/admin/v1/admin_broker.grpc.pb.h"
#include "tests/e2e/end_to_end_test.h"

namespace sessionbroker::e2e {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
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

class RaiseTest : public AccessTest {
 protected:
  RaiseTest() {
    config_.accounts = {DemoAccount("icash")};
    config_.accounts[0].base_url = "https://V5.iCash.bg:443/api";
    config_.accounts[0].parameters["api_key"] = "k1";
  }

  void AllowOperators() {
    config_.allowed.clear();
    config_.more = "rules: [{callers: [loopback], accounts: [\"*/*\"], allow: [operate]}]\n";
  }

  grpc::Status Raise(BrokerProcess* broker, int64_t value,
                     const std::string& origin = "https://v5.icash.bg",
                     const std::string& key = "k1") {
    admin::v1::RaiseSequenceRequest request;
    request.set_origin(origin);
    request.set_key(key);
    request.set_value(value);
    grpc::ClientContext context;
    const auto channel =
        grpc::CreateChannel(broker->listeners()[0], grpc::InsecureChannelCredentials());
    return admin::v1::AdminBroker::NewStub(channel)->RaiseSequence(&context, request, &raised_);
  }

  BrokerConfig config_;
  admin::v1::RaiseSequenceResponse raised_;
};

TEST_F(RaiseTest, OperatorsRaiseNoncesAndNobodyElseDoes) {
  {
    const auto broker = StartBroker(config_);
    ASSERT_NE(broker, nullptr);
    EXPECT_EQ(Raise(broker.get(), 5).error_code(), grpc::PERMISSION_DENIED);
  }
  AllowOperators();
  for (const bool known : {false, true}) {
    const auto broker = StartBroker(config_);
    ASSERT_NE(broker, nullptr);
    const grpc::Status status = Raise(broker.get(), known ? 6 : 5);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(raised_.has_previous_value(), known);
    EXPECT_EQ(raised_.previous_value(), known ? 5 : 0);
  }
}

TEST_F(RaiseTest, EverySpellingOfAnOriginIsTheSequenceOfTheAccount) {
  AllowOperators();
  const auto broker = StartBroker(config_);
  ASSERT_NE(broker, nullptr);
  int64_t value = 5;
  for (const char* origin :
       {"https://v5.icash.bg", "https://V5.ICASH.bg:443", "HTTPS://v5.icash.bg"}) {
    const grpc::Status status = Raise(broker.get(), ++value, origin);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(raised_.sequence().origin(), "https://v5.icash.bg");
    EXPECT_EQ(raised_.previous_value(), value == 6 ? 0 : value - 1);
  }
}

TEST_F(RaiseTest, WhatNoAccountUsesAndWhatWouldUseAKeyUpIsRefused) {
  AllowOperators();
  const auto broker = StartBroker(config_);
  ASSERT_NE(broker, nullptr);
  const grpc::Status key = Raise(broker.get(), 5, "https://v5.icash.bg", "k2");
  EXPECT_EQ(key.error_code(), grpc::NOT_FOUND);
  EXPECT_THAT(key.error_message(), HasSubstr("did you mean \"k1\"?"));
  const grpc::Status origin = Raise(broker.get(), 5, "http://v5.icash.bg");
  EXPECT_EQ(origin.error_code(), grpc::NOT_FOUND);
  EXPECT_THAT(origin.error_message(), HasSubstr("did you mean \"https://v5.icash.bg\"?"));
  const int64_t now = absl::ToUnixSeconds(base::SystemClock().WallNow());
  for (const int64_t value : {now * 1000, now + 7200}) {
    EXPECT_EQ(Raise(broker.get(), value).error_code(), grpc::INVALID_ARGUMENT) << value;
  }
  EXPECT_TRUE(Raise(broker.get(), now).ok());
  EXPECT_FALSE(raised_.has_previous_value());
}

}  // namespace
}  // namespace sessionbroker::e2e
