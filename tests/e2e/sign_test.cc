// Requests that callers send themselves, complete with what only the broker can add.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tests/e2e/end_to_end_test.h"
#include "tests/simulator/client.h"

namespace sessionbroker::e2e {
namespace {

v1::SignRequestRequest Ask(const std::string& provider, const std::string& method,
                           const std::string& path,
                           const std::vector<std::pair<std::string, std::string>>& parameters) {
  v1::SignRequestRequest request;
  request.set_provider(provider);
  request.set_account("main");
  request.mutable_request()->set_method(method);
  request.mutable_request()->set_path(path);
  for (const auto& [name, value] : parameters) {
    v1::Parameter* const one = method == "GET"
                                   ? request.mutable_request()->add_query()
                                   : request.mutable_request()->mutable_form()->add_fields();
    one->set_name(name);
    one->set_value(value);
  }
  return request;
}

class SignTest : public EndToEndTest {
 protected:
  grpc::Status Sign(BrokerProcess& broker, const v1::SignRequestRequest& request,
                    v1::SignRequestResponse* response) {
    grpc::ClientContext context;
    return broker.Stub()->SignRequest(&context, request, response);
  }

  // What the provider answers to it, sent byte for byte; null where something went wrong.
  nlohmann::json Send(BrokerProcess& broker, const v1::SignRequestRequest& request) {
    v1::SignRequestResponse response;
    const grpc::Status status = Sign(broker, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    simulator::Call call{.method = response.request().method(),
                         .url = response.request().url(),
                         .body = response.request().body(),
                         .user_agent = ""};
    for (const v1::Header& header : response.request().headers()) {
      call.headers.emplace_back(header.name(), header.value());
    }
    return nlohmann::json::parse(client_.Send(call).body, nullptr, /*allow_exceptions=*/false);
  }

  static std::string ReasonOf(const grpc::Status& status) {
    google::rpc::Status details;
    google::rpc::ErrorInfo info;
    if (!details.ParseFromString(status.error_details()) || details.details_size() == 0 ||
        !details.details(0).UnpackTo(&info)) {
      return "";
    }
    return info.reason();
  }

  simulator::Client client_;
};

TEST_F(SignTest, ATillTakesSignedRequestsAndTheirNumbersRiseOverARestart) {
  BrokerConfig config;
  config.accounts = {DemoAccount("icash")};
  const auto request = Ask("icash", "POST", "/clientapi/v1/getoperation", {{"OperationID", "17"}});
  for (int i = 0; i < 2; ++i) {
    const auto broker = StartBroker(config);
    ASSERT_NE(broker, nullptr);
    for (int j = 0; j < 3; ++j) {
      const nlohmann::json answer = Send(*broker, request);
      EXPECT_EQ(answer.value("status", 0), 1) << answer;
      EXPECT_EQ(answer["data"].value("OperationID", ""), "17") << answer;
    }
  }
  EXPECT_EQ(simulator().counters().Count("icash", "getoperation", "ok"), 6);
  EXPECT_EQ(simulator().counters().Count("icash", "getoperation", "nonce_not_risen"), 0);
  // Without sealing keys a session does not outlast its process.
  EXPECT_EQ(simulator().counters().Count("icash", "login", "ok"), 2);
}

TEST_F(SignTest, WithoutSignaturesARequestCarriesItsSession) {
  const auto broker = StartBroker(DemoConfig());
  ASSERT_NE(broker, nullptr);
  for (const char* family : kFamilies) {
    const nlohmann::json answer =
        Send(*broker, Ask(family, "GET", kWebservice, {{"operation", "listtypes"}}));
    EXPECT_EQ(answer.value("success", false), true) << family << ": " << answer;
  }
}

TEST_F(SignTest, ARequestThatCannotBeHandedOutIsRefused) {
  BrokerConfig config;
  AccountConfig basic = DemoAccount("tipmoto");
  basic.provider = "tipmoto-basic";
  config.accounts = {basic, DemoAccount("icash")};
  config.definitions = {"docs/examples/definitions/tipmoto-basic.yaml"};
  const auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);

  const Answer session = GetSession(broker->Stub().get(), "tipmoto-basic", "main");
  EXPECT_EQ(session.status.error_code(), grpc::FAILED_PRECONDITION) << session;
  EXPECT_EQ(session.reason, "INJECT_ONLY") << session;
  EXPECT_EQ(session.retry_pushback, "-1") << session;
  v1::SignRequestResponse response;
  EXPECT_EQ(
      ReasonOf(Sign(*broker, Ask("tipmoto-basic", "GET", "/testsessionid.json", {}), &response)),
      "INJECT_ONLY");

  v1::SignRequestRequest raw = Ask("icash", "POST", "/clientapi/v1/getoperation", {});
  raw.mutable_request()->set_raw("OperationID=17");
  EXPECT_EQ(ReasonOf(Sign(*broker, raw, &response)), "INVALID_ARGUMENT");
  const auto own_nonce =
      Ask("icash", "POST", "/clientapi/v1/getoperation", {{"nonce", "2147483647"}});
  EXPECT_EQ(ReasonOf(Sign(*broker, own_nonce, &response)), "INVALID_ARGUMENT");
}

}  // namespace
}  // namespace sessionbroker::e2e
