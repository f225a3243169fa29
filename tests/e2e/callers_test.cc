// Who gets in, over real connections: certificates and tokens, good and bad.
#include <gmock/gmock.h>
#include <grpcpp/client_context.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/session_broker_client.h"
#include "tests/e2e/end_to_end_test.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/test_authority.h"
#include "tests/testing/test_token.h"

namespace sessionbroker::e2e {
namespace {

using testing::CertificateRequest;
using testing::IsOk;
using testing::TestAuthority;
using testing::TestCertificate;
using testing::TestTokenKey;

// A broker on one TLS listener that takes certificates and tokens, and on a named Unix socket.
class CallersTest : public EndToEndTest {
 protected:
  CallersTest() {
    const TestCertificate server = authority_.Issue(
        {.subject_alt_name = "DNS:localhost,IP:127.0.0.1", .extended_key_usage = "serverAuth"});
    directory().Write("server.pem", server.certificate);
    directory().Write("server.key", server.key);
    directory().Write("clients.pem", authority_.certificate());
    directory().Write("jwks.json", testing::KeySetOf({&rsa_, &ec_}));
  }

  std::unique_ptr<BrokerProcess> Start() {
    BrokerConfig config = DemoConfig();
    config.allowed = {};
    config.listeners = {
        "127.0.0.1:0\n"
        "    tls: {certificate_file: server.pem, key_file: server.key}\n"
        "    callers:\n"
        "      certificate: {ca_file: clients.pem}\n"
        "      token: {issuer: https://issuer, audience: session-broker, keys_file: jwks.json}",
        "unix:php.sock\n    callers: {unix: php}", "127.0.0.1:0"};
    config.more =
        "rules:\n"
        "  - {callers: [\"spiffe://prod.example/crm\", \"dns:*.prod.example\"],\n"
        "     accounts: [\"vtiger/*\"], allow: [get]}\n"
        "  - {callers: [\"k8s:prod/*\"], accounts: [\"abms/*\"], allow: [get]}\n"
        "  - {callers: [\"unix:php\"], accounts: [\"corebos/*\"], allow: [get]}\n";
    return StartBroker(config);
  }

  // A channel that shows what is given.
  std::shared_ptr<grpc::ChannelCredentials> Showing(const TestCertificate& certificate = {},
                                                    const std::string& token = "") const {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = authority_.certificate();
    options.pem_cert_chain = certificate.certificate;
    options.pem_private_key = certificate.key;
    auto credentials = grpc::SslCredentials(options);
    if (token.empty()) return credentials;
    return grpc::CompositeChannelCredentials(credentials, grpc::AccessTokenCredentials(token));
  }

  TestCertificate Certificate(const std::string& names) const {
    return authority_.Issue({.subject_alt_name = names});
  }

  static nlohmann::json Claims() {
    return {{"iss", "https://issuer"},
            {"aud", {"session-broker"}},
            {"sub", "system:serviceaccount:prod:crm"},
            {"exp", absl::ToUnixSeconds(absl::Now()) + 600}};
  }

  // "OK", or the reason; what gRPC says without one.
  static std::string Outcome(const Answer& answer) {
    if (answer.ok()) return "OK";
    return answer.reason.empty() ? absl::StrCat("gRPC ", answer.status.error_code())
                                 : answer.reason;
  }

  std::string Get(const BrokerProcess& broker, const std::string& provider,
                  const TestCertificate& certificate, const std::string& token = "") const {
    return Outcome(GetSession(broker.Stub(0, Showing(certificate, token)).get(), provider, "main"));
  }

  const TestAuthority authority_{"trusted"};
  const TestTokenKey rsa_{TestTokenKey::Kind::kRsa, "rsa"};
  const TestTokenKey ec_{TestTokenKey::Kind::kP256, "ec"};
};

TEST_F(CallersTest, CertificatesGetInByTheirOneName) {
  const auto broker = Start();
  ASSERT_NE(broker, nullptr);
  const CertificateRequest crm{.subject_alt_name = "URI:spiffe://prod.example/crm"};
  CertificateRequest expired = crm;
  expired.valid_until = -absl::Minutes(1);
  CertificateRequest future = crm;
  future.valid_from = absl::Minutes(5);
  CertificateRequest for_servers = crm;
  for_servers.extended_key_usage = "serverAuth";
  const CertificateRequest named_by_subject{.subject_alt_name = "",
                                            .common_name = "crm.prod.example"};
  const std::pair<TestCertificate, const char*> kCases[] = {
      {authority_.Issue(crm), "OK"},
      {Certificate("DNS:crm.prod.example"), "OK"},
      {Certificate("DNS:crm.test.example"), "NOT_ALLOWED"},
      {Certificate("URI:spiffe://prod.example/shop"), "NOT_ALLOWED"},
      {authority_.Issue(expired), "CERTIFICATE_REFUSED"},
      {authority_.Issue(future), "CERTIFICATE_REFUSED"},
      {authority_.Issue(for_servers), "CERTIFICATE_REFUSED"},
      {authority_.Issue(named_by_subject), "CERTIFICATE_REFUSED"},
      {Certificate("URI:spiffe://prod.example/crm,URI:spiffe://prod.example/shop"),
       "CERTIFICATE_REFUSED"},
      {Certificate("DNS:crm.prod.example,DNS:shop.prod.example"), "CERTIFICATE_REFUSED"},
      {TestAuthority("foreign").Issue(crm), "CERTIFICATE_REFUSED"},
      {TestAuthority("trusted").Issue(crm), "CERTIFICATE_REFUSED"},
      {testing::MakeTestCertificate({.subject_alt_name = crm.subject_alt_name}),
       "CERTIFICATE_REFUSED"},
      {TestCertificate(), "CALLER_UNKNOWN"},
  };
  for (std::size_t i = 0; i < std::size(kCases); ++i) {
    EXPECT_EQ(Get(*broker, "vtiger", kCases[i].first), kCases[i].second) << i;
  }
  EXPECT_EQ(simulator().counters().requests, 2) << "none but the good ones cause a login";
}

TEST_F(CallersTest, TokensGetInByTheirServiceAccount) {
  const auto broker = Start();
  ASSERT_NE(broker, nullptr);
  const TestTokenKey stranger(TestTokenKey::Kind::kP256, "ec");
  const auto with = [](const char* name, nlohmann::json value) {
    nlohmann::json claims = Claims();
    claims[name] = std::move(value);
    return claims;
  };
  const std::pair<std::string, const char*> kCases[] = {
      {ec_.Token(Claims()), "OK"},
      {rsa_.Token(Claims()), "OK"},
      {ec_.Token(with("sub", "system:serviceaccount:test:crm")), "NOT_ALLOWED"},
      {stranger.Token(Claims()), "TOKEN_REFUSED"},
      {ec_.Token(with("aud", "vault")), "TOKEN_REFUSED"},
      {ec_.Token(with("iss", "https://other")), "TOKEN_REFUSED"},
      {ec_.Token(with("exp", absl::ToUnixSeconds(absl::Now()) - 1)), "TOKEN_REFUSED"},
      {testing::UnsignedToken({{"alg", "none"}, {"kid", "ec"}}, Claims()) + ".", "TOKEN_REFUSED"},
      {rsa_.Token({{"alg", "ES256"}, {"kid", "ec"}}, Claims()), "TOKEN_REFUSED"},
  };
  for (const auto& [token, expected] : kCases) {
    EXPECT_EQ(Get(*broker, "abms", {}, token), expected) << token;
  }
}

TEST_F(CallersTest, ACertificateAndATokenAreTwoCallersOfWhomARuleMeansOne) {
  const auto broker = Start();
  ASSERT_NE(broker, nullptr);
  const TestCertificate good = Certificate("URI:spiffe://prod.example/crm");
  const TestCertificate bad =
      TestAuthority("foreign").Issue({.subject_alt_name = "URI:spiffe://prod.example/crm"});
  const std::string token = ec_.Token(Claims());
  EXPECT_EQ(Get(*broker, "vtiger", good, token), "OK");
  EXPECT_EQ(Get(*broker, "abms", good, token), "OK");
  EXPECT_EQ(Get(*broker, "corebos", good, token), "NOT_ALLOWED");
  // Neither makes up for the other.
  EXPECT_EQ(Get(*broker, "abms", bad, token), "CERTIFICATE_REFUSED");
  EXPECT_EQ(Get(*broker, "vtiger", good, token + "x"), "TOKEN_REFUSED");
}

TEST_F(CallersTest, TheNameOfASocketIsTheCallerAndNoTokenIsTakenInTheClear) {
  const auto broker = Start();
  ASSERT_NE(broker, nullptr);
  EXPECT_EQ(Outcome(GetSession(broker->Stub(1).get(), "corebos", "main")), "OK");
  EXPECT_EQ(Outcome(GetSession(broker->Stub(1).get(), "vtiger", "main")), "NOT_ALLOWED");
  // A client that sends its token in the clear hears that it should not have.
  grpc::ClientContext context;
  context.AddMetadata("authorization", absl::StrCat("Bearer ", ec_.Token(Claims())));
  v1::GetSessionRequest request;
  request.set_provider("abms");
  request.set_account("main");
  v1::GetSessionResponse response;
  EXPECT_EQ(broker->Stub(2)->GetSession(&context, request, &response).error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
}

// As `condition` within ten seconds: files are watched, and read when they rest.
template <typename Condition>
bool Eventually(const Condition& condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return true;
    absl::SleepFor(absl::Milliseconds(10));
  }
  return false;
}

TEST_F(CallersTest, ARemovedAuthorityAndKeyCountForConnectionsThatAreThere) {
  const auto broker = Start();
  ASSERT_NE(broker, nullptr);
  const TestAuthority next("next");
  const TestTokenKey next_key(TestTokenKey::Kind::kP256, "next");
  const auto certificate = broker->Stub(0, Showing(Certificate("URI:spiffe://prod.example/crm")));
  const auto token = broker->Stub(0, Showing({}, ec_.Token(Claims())));
  EXPECT_EQ(Outcome(GetSession(certificate.get(), "vtiger", "main")), "OK");
  EXPECT_EQ(Outcome(GetSession(token.get(), "abms", "main")), "OK");
  // What cannot be read changes nothing.
  directory().Write("clients.pem", "half writ");
  directory().Write("jwks.json", "{");
  EXPECT_TRUE(Eventually([&] {
    return broker->Metric("sessionbroker_config_reloads_total{outcome=\"refused\"}") > 0;
  }));
  EXPECT_EQ(Outcome(GetSession(certificate.get(), "vtiger", "main")), "OK");
  EXPECT_EQ(Outcome(GetSession(token.get(), "abms", "main")), "OK");
  directory().Write("clients.pem", next.certificate());
  directory().Write("jwks.json", testing::KeySetOf({&next_key}));
  EXPECT_TRUE(Eventually([&] {
    return Outcome(GetSession(certificate.get(), "vtiger", "main")) == "CERTIFICATE_REFUSED";
  }));
  EXPECT_TRUE(Eventually(
      [&] { return Outcome(GetSession(token.get(), "abms", "main")) == "TOKEN_REFUSED"; }));
  const TestCertificate good = next.Issue({.subject_alt_name = "URI:spiffe://prod.example/crm"});
  EXPECT_EQ(Get(*broker, "vtiger", good), "OK");
  EXPECT_EQ(Get(*broker, "abms", {}, next_key.Token(Claims())), "OK");
}

TEST_F(CallersTest, TheClientLibraryShowsWhatItIsGiven) {
  const auto broker = Start();
  ASSERT_NE(broker, nullptr);
  const TestCertificate certificate = Certificate("DNS:crm.prod.example");
  client::ConnectOptions options;
  options.address = broker->listeners()[0];
  options.ca_certificates = authority_.certificate();
  options.certificate_chain = certificate.certificate;
  options.private_key = certificate.key;
  SB_ASSERT_OK_AND_ASSIGN(const auto by_certificate, client::SessionBrokerClient::Create(options));
  EXPECT_THAT(by_certificate->GetSession("vtiger", "main"), IsOk());

  options.certificate_chain = options.private_key = "";
  options.token_file = directory().Write("token", "nonsense\n");
  SB_ASSERT_OK_AND_ASSIGN(const auto by_token, client::SessionBrokerClient::Create(options));
  const absl::Status refused = by_token->GetSession("abms", "main").status();
  ASSERT_TRUE(client::DetailsOf(refused).has_value()) << refused;
  EXPECT_EQ(client::DetailsOf(refused)->reason, "TOKEN_REFUSED");
  // As Kubernetes does while the process runs.
  directory().Write("token", ec_.Token(Claims()) + "\n");
  EXPECT_THAT(by_token->GetSession("abms", "main"), IsOk());
}

}  // namespace
}  // namespace sessionbroker::e2e
