#include "service/app/grpc_server.h"

#include <gmock/gmock.h>
#include <grpc/health/v1/health.grpc.pb.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "service/base/system_clock.h"
#include "service/rpc/reflection.h"
#include "sessionbroker/v1/session_broker.grpc.pb.h"
#include "tests/simulator/tls_certificate.h"
#include "tests/testing/child_process.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_directory.h"

namespace sessionbroker::app {
namespace {

using ::sessionbroker::testing::StatusIs;
using ::sessionbroker::testing::TempDirectory;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using HealthStub = grpc::health::v1::Health::Stub;
using Answer = grpc::health::v1::HealthCheckResponse;

class GrpcServerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { rpc::EnableHealthAndReflection(); }

  // What health says, or why there is no answer.
  static absl::StatusOr<Answer::ServingStatus> Health(
      const std::string& address, const std::shared_ptr<grpc::ChannelCredentials>& credentials =
                                      grpc::InsecureChannelCredentials()) {
    const auto stub = grpc::health::v1::Health::NewStub(grpc::CreateChannel(address, credentials));
    grpc::ClientContext context;
    Answer answer;
    const grpc::Status status = stub->Check(&context, {}, &answer);
    if (!status.ok()) {
      return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                          status.error_message());
    }
    return answer.status();
  }

  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(
      const std::vector<GrpcListener>& listeners) {
    static const base::SystemClock clock;
    return GrpcServer::Start(listeners, &clock, [](const access::CallerIdentifier*) {
      std::vector<std::unique_ptr<grpc::Service>> services;
      services.push_back(std::make_unique<v1::SessionBroker::Service>());
      return services;
    });
  }
};

TEST_F(GrpcServerTest, ServesOnEveryListenerAndTellsThePorts) {
  TempDirectory temp;
  const std::string socket = absl::StrCat("unix:", temp.File("socket"));
  SB_ASSERT_OK_AND_ASSIGN(const auto server,
                          Start({{.address = "127.0.0.1:0", .tls = {}, .sources = {}},
                                 {.address = socket, .tls = {}, .sources = {}}}));
  server->SetServing(true);
  ASSERT_EQ(server->addresses().size(), 2u);
  EXPECT_THAT(server->addresses()[0], StartsWith("127.0.0.1:"));
  EXPECT_NE(server->addresses()[0], "127.0.0.1:0");
  EXPECT_EQ(server->addresses()[1], socket);
  for (const std::string& address : server->addresses()) {
    SB_ASSERT_OK_AND_ASSIGN(const auto health, Health(address));
    EXPECT_EQ(health, Answer::SERVING) << address;
  }
}

TEST_F(GrpcServerTest, UnixSocketIsForOwnerAndGroup) {
  TempDirectory temp;
  const mode_t umask_before = umask(0);
  SB_ASSERT_OK_AND_ASSIGN(
      const auto server,
      Start({{.address = absl::StrCat("unix:", temp.File("socket")), .tls = {}, .sources = {}}}));
  EXPECT_EQ(umask(umask_before), 0u);
  struct stat info = {};
  ASSERT_EQ(stat(temp.File("socket").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0660u);
}

TEST_F(GrpcServerTest, TlsListenerAnswersThoseWhoTrustItsCertificate) {
  SB_ASSERT_OK_AND_ASSIGN(const auto certificate, simulator::MakeSelfSignedCertificate());
  const TlsMaterial material = {.certificate_chain = certificate.certificate_pem,
                                .private_key = secrets::Secret(certificate.private_key_pem)};
  SB_ASSERT_OK_AND_ASSIGN(const auto server,
                          Start({{.address = "127.0.0.1:0", .tls = material, .sources = {}}}));
  server->SetServing(true);
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = certificate.certificate_pem;
  SB_ASSERT_OK_AND_ASSIGN(const auto health,
                          Health(server->addresses()[0], grpc::SslCredentials(options)));
  EXPECT_EQ(health, Answer::SERVING);
  EXPECT_THAT(Health(server->addresses()[0]),
              StatusIs(absl::StatusCode::kUnavailable, ::testing::_));
}

// The version that a client gets which can do at most `max_version`; "" where there is no
// handshake.
std::string NegotiatedTls(int port, int max_version) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                  SSL_CTX_free);
  // Security level 0, or the client itself would not offer old versions.
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context.get(), max_version);
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> connection(BIO_new_ssl_connect(context.get()),
                                                                 BIO_free_all);
  BIO_set_conn_hostname(connection.get(), absl::StrCat("127.0.0.1:", port).c_str());
  SSL* tls = nullptr;
  BIO_get_ssl(connection.get(), &tls);
  constexpr unsigned char kHttp2[] = {2, 'h', '2'};
  SSL_set_alpn_protos(tls, kHttp2, sizeof(kHttp2));
  return BIO_do_handshake(connection.get()) == 1 ? SSL_get_version(tls) : "";
}

TEST_F(GrpcServerTest, TlsBefore12IsRefused) {
  SB_ASSERT_OK_AND_ASSIGN(const auto certificate, simulator::MakeSelfSignedCertificate());
  const TlsMaterial material = {.certificate_chain = certificate.certificate_pem,
                                .private_key = secrets::Secret(certificate.private_key_pem)};
  SB_ASSERT_OK_AND_ASSIGN(const auto server,
                          Start({{.address = "127.0.0.1:0", .tls = material, .sources = {}}}));
  int port = 0;
  ASSERT_TRUE(absl::SimpleAtoi(server->addresses()[0].substr(10), &port));
  EXPECT_EQ(NegotiatedTls(port, TLS1_VERSION), "");
  EXPECT_EQ(NegotiatedTls(port, TLS1_1_VERSION), "");
  EXPECT_EQ(NegotiatedTls(port, TLS1_2_VERSION), "TLSv1.2");
  EXPECT_EQ(NegotiatedTls(port, TLS1_3_VERSION), "TLSv1.3");
}

TEST_F(GrpcServerTest, AnUpdatedCertificateIsShownFromTheNextConnectionOn) {
  SB_ASSERT_OK_AND_ASSIGN(const auto before, simulator::MakeSelfSignedCertificate());
  SB_ASSERT_OK_AND_ASSIGN(const auto after, simulator::MakeSelfSignedCertificate());
  const auto listener = [](const simulator::TlsCertificate& certificate) {
    return GrpcListener{
        .address = "127.0.0.1:0",
        .tls = TlsMaterial{.certificate_chain = certificate.certificate_pem,
                           .private_key = secrets::Secret(certificate.private_key_pem)},
        .sources = {}};
  };
  const auto trusting = [](const simulator::TlsCertificate& certificate) {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = certificate.certificate_pem;
    return grpc::SslCredentials(options);
  };
  SB_ASSERT_OK_AND_ASSIGN(const auto server, Start({listener(before)}));
  const std::string address = server->addresses()[0];
  const auto stub =
      grpc::health::v1::Health::NewStub(grpc::CreateChannel(address, trusting(before)));
  const auto answers = [&stub] {
    grpc::ClientContext context;
    Answer answer;
    return stub->Check(&context, {}, &answer).ok();
  };
  EXPECT_TRUE(answers());
  ASSERT_TRUE(server->Update({listener(after)}).ok());
  EXPECT_TRUE(answers()) << "a connection that is there stays";
  EXPECT_TRUE(Health(address, trusting(after)).ok());
  EXPECT_FALSE(Health(address, trusting(before)).ok());
  ASSERT_TRUE(server->Update({listener(before)}).ok());
  EXPECT_TRUE(Health(address, trusting(before)).ok());
}

TEST_F(GrpcServerTest, AnUpdateThatIsNoneOfMaterialChangesNothing) {
  SB_ASSERT_OK_AND_ASSIGN(const auto certificate, simulator::MakeSelfSignedCertificate());
  const GrpcListener plain{.address = "127.0.0.1:0", .tls = {}, .sources = {.loopback = true}};
  GrpcListener secure = plain;
  secure.tls = TlsMaterial{.certificate_chain = certificate.certificate_pem,
                           .private_key = secrets::Secret(certificate.private_key_pem)};
  GrpcListener elsewhere = plain;
  elsewhere.address = "127.0.0.2:0";
  GrpcListener for_nobody = plain;
  for_nobody.sources.loopback = false;
  SB_ASSERT_OK_AND_ASSIGN(const auto server, Start({plain}));
  EXPECT_TRUE(server->Update({plain}).ok());
  for (const std::vector<GrpcListener>& listeners : std::vector<std::vector<GrpcListener>>{
           {}, {plain, plain}, {secure}, {elsewhere}, {for_nobody}}) {
    EXPECT_THAT(server->Update(listeners),
                StatusIs(absl::StatusCode::kFailedPrecondition, ::testing::_));
  }
}

TEST_F(GrpcServerTest, HealthFollowsSetServing) {
  SB_ASSERT_OK_AND_ASSIGN(const auto server,
                          Start({{.address = "127.0.0.1:0", .tls = {}, .sources = {}}}));
  for (const bool serving : {false, true, false}) {
    server->SetServing(serving);
    SB_ASSERT_OK_AND_ASSIGN(const auto health, Health(server->addresses()[0]));
    EXPECT_EQ(health, serving ? Answer::SERVING : Answer::NOT_SERVING);
  }
}

TEST_F(GrpcServerTest, ShutdownEndsAStreamThatStaysOpen) {
  SB_ASSERT_OK_AND_ASSIGN(const auto server,
                          Start({{.address = "127.0.0.1:0", .tls = {}, .sources = {}}}));
  const auto stub = grpc::health::v1::Health::NewStub(
      grpc::CreateChannel(server->addresses()[0], grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  const auto watch = stub->Watch(&context, {});
  Answer answer;
  ASSERT_TRUE(watch->Read(&answer));
  server->Shutdown(absl::ZeroDuration());
  while (watch->Read(&answer)) {
  }
  EXPECT_FALSE(watch->Finish().ok());
}

struct Refusal {
  const char* name;
  std::string address;
  std::string reason;
};

TEST_F(GrpcServerTest, AddressThatCannotBeBoundIsAnErrorThatSaysWhy) {
  SB_ASSERT_OK_AND_ASSIGN(const auto first,
                          Start({{.address = "127.0.0.1:0", .tls = {}, .sources = {}}}));
  TempDirectory temp;
  const std::string file = temp.Write("file", "kept");
  const std::string long_path = absl::StrCat("unix:", temp.File(std::string(100, 'a')));
  const std::vector<Refusal> table = {
      {"taken port", first->addresses()[0], "Address already in use"},
      // TEST-NET-1, RFC 5737: no machine has it.
      {"foreign address", "192.0.2.1:0", "Cannot assign requested address"},
      {"long path", long_path, "has at most 107 bytes"},
      {"no directory", absl::StrCat("unix:", temp.File("no/socket")), "No such file or directory"},
      {"file in its place", absl::StrCat("unix:", file), "something that is not a socket is there"},
  };
  for (const Refusal& row : table) {
    EXPECT_THAT(Start({{.address = "127.0.0.1:0", .tls = {}, .sources = {}},
                       {.address = row.address, .tls = {}, .sources = {}}}),
                StatusIs(absl::StatusCode::kUnavailable, HasSubstr(row.reason)))
        << row.name;
  }
  EXPECT_EQ(testing::ReadFile(file), "kept");
}

}  // namespace
}  // namespace sessionbroker::app
