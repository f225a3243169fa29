// TLS on both sides: callers to the broker, the broker to a provider.
#include <gmock/gmock.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/e2e/end_to_end_test.h"
#include "tests/e2e/session_user.h"
#include "tests/simulator/tls_certificate.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::e2e {
namespace {

using ::testing::HasSubstr;

class TlsTest : public EndToEndTest {
 protected:
  TlsTest() : certificate_(*simulator::MakeSelfSignedCertificate()) {
    directory().Write("server.pem", certificate_.certificate_pem);
    directory().Write("server.key", certificate_.private_key_pem);
  }

  BrokerConfig TlsConfig() const {
    BrokerConfig config = DemoConfig();
    config.listeners = {
        "127.0.0.1:0\n    tls: {certificate_file: server.pem, key_file: server.key}"};
    return config;
  }

  static std::shared_ptr<grpc::ChannelCredentials> Trusting(const std::string& ca_pem) {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = ca_pem;
    return grpc::SslCredentials(options);
  }

  const simulator::TlsCertificate certificate_;
};

TEST_F(TlsTest, CallerThatTrustsTheCertificateIsServed) {
  const auto broker = StartBroker(TlsConfig());
  ASSERT_NE(broker, nullptr);
  const Answer answer =
      GetSession(broker->Stub(0, Trusting(certificate_.certificate_pem)).get(), "vtiger", "main");
  EXPECT_TRUE(answer.ok()) << answer;
}

TEST_F(TlsTest, PlaintextCallerIsRefused) {
  const auto broker = StartBroker(TlsConfig());
  ASSERT_NE(broker, nullptr);
  const Answer answer = GetSession(broker->Stub().get(), "vtiger", "main");
  EXPECT_EQ(answer.status.error_code(), grpc::UNAVAILABLE) << answer;
  EXPECT_EQ(simulator().counters().requests, 0);
}

TEST_F(TlsTest, CallerThatTrustsAnotherCertificateRefusesTheBroker) {
  const auto broker = StartBroker(TlsConfig());
  ASSERT_NE(broker, nullptr);
  SB_ASSERT_OK_AND_ASSIGN(const auto other, simulator::MakeSelfSignedCertificate());
  const Answer answer =
      GetSession(broker->Stub(0, Trusting(other.certificate_pem)).get(), "vtiger", "main");
  EXPECT_EQ(answer.status.error_code(), grpc::UNAVAILABLE) << answer;
}

class HttpsProviderTest : public TlsTest {
 protected:
  HttpsProviderTest() {
    simulator::Simulator::Options options;
    options.certificate_pem = certificate_.certificate_pem;
    options.private_key_pem = certificate_.private_key_pem;
    secure_ = *simulator::Simulator::Start(options);
  }

  BrokerConfig SecureConfig() const {
    BrokerConfig config;
    for (const char* family : kFamilies) {
      config.accounts.push_back(DemoAccount(family));
      config.accounts.back().base_url = secure_->https_url(family);
    }
    return config;
  }

  std::unique_ptr<simulator::Simulator> secure_;
};

TEST_F(HttpsProviderTest, SessionOfAProviderThatTheCaFileVouchesForWorks) {
  BrokerConfig config = SecureConfig();
  config.more = "outbound: {ca_file: server.pem}\n";
  const auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  for (const char* family : kFamilies) {
    const Answer answer = GetSession(broker->Stub().get(), family, "main");
    ASSERT_TRUE(answer.ok()) << family << " " << answer;
    SB_ASSERT_OK_AND_ASSIGN(const nlohmann::json types,
                            Call(answer.session, "GET", kWebservice, {{"operation", "listtypes"}},
                                 directory().File("server.pem")));
    EXPECT_TRUE(types.value("success", false)) << family;
  }
}

TEST_F(HttpsProviderTest, ProviderThatNobodyVouchesForGetsNoRequest) {
  const auto broker = StartBroker(SecureConfig());
  ASSERT_NE(broker, nullptr);
  const Answer answer = GetSession(broker->Stub().get(), "vtiger", "main");
  EXPECT_EQ(answer.status.error_code(), grpc::UNAVAILABLE) << answer;
  EXPECT_EQ(answer.reason, "PROVIDER_UNREACHABLE");
  EXPECT_EQ(secure_->counters().requests, 0);
}

}  // namespace
}  // namespace sessionbroker::e2e
