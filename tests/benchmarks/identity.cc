#include "tests/benchmarks/identity.h"

#include <fstream>
#include <optional>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "service/access/certificate_verifier.h"
#include "service/access/key_set.h"
#include "service/access/token_verifier.h"
#include "service/app/tls_material.h"
#include "service/crypto/certificate.h"
#include "tests/testing/test_authority.h"
#include "tests/testing/test_token.h"

namespace sessionbroker::benchmarks {
namespace {

constexpr char kIssuer[] = "https://kubernetes.default.svc.cluster.local";
constexpr char kAudience[] = "session-broker";

void WriteTo(const std::string& directory, const char* name, const std::string& text) {
  std::ofstream(absl::StrCat(directory, "/", name), std::ios::binary) << text;
}

std::string ReadFrom(const std::string& directory, const char* name) {
  std::ostringstream text;
  text << std::ifstream(absl::StrCat(directory, "/", name), std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace

void WriteMaterial(const std::string& directory) {
  const testing::TestAuthority authority("benchmark");
  const testing::TestCertificate server =
      authority.Issue({.subject_alt_name = "IP:127.0.0.1", .extended_key_usage = "serverAuth"});
  const testing::TestCertificate client = authority.Issue({.subject_alt_name = "DNS:crm.example"});
  WriteTo(directory, "ca.pem", authority.certificate());
  WriteTo(directory, "server.pem", server.certificate);
  WriteTo(directory, "server.key", server.key);
  WriteTo(directory, "client.pem", client.certificate);
  WriteTo(directory, "client.key", client.key);
  const testing::TestTokenKey key(testing::TestTokenKey::Kind::kRsa, "benchmark");
  WriteTo(directory, "jwks.json", testing::KeySetOf({&key}));
  // As large as Kubernetes makes them.
  WriteTo(directory, "token",
          key.Token(
              {{"iss", kIssuer},
               {"aud", {kAudience}},
               {"sub", "system:serviceaccount:prod:crm"},
               {"exp", absl::ToUnixSeconds(absl::Now()) + 3600},
               {"nbf", absl::ToUnixSeconds(absl::Now())},
               {"jti", "0b7f8a52-5a3e-4d1b-9a43-0a51c3e1a5f2"},
               {"kubernetes.io",
                {{"namespace", "prod"},
                 {"node", {{"name", "node-1"}, {"uid", "6d0e7c3e-7d8a-4a4e-8d11-2b8d9f1c5a77"}}},
                 {"pod", {{"name", "crm-7c9d8"}, {"uid", "f2b2c9f4-0f0a-4b0e-bb0e-8a7c7e6d5c44"}}},
                 {"serviceaccount",
                  {{"name", "crm"}, {"uid", "1c1e2f3a-4b5c-4d6e-8f70-8192a3b4c5d6"}}}}}}));
}

app::GrpcListener ListenerFor(const std::string& identity, const std::string& directory) {
  app::GrpcListener listener{.address = "127.0.0.1:0", .tls = std::nullopt, .sources = {}};
  if (identity == "loopback") {
    listener.sources.loopback = true;
    return listener;
  }
  listener.tls =
      app::TlsMaterial{.certificate_chain = ReadFrom(directory, "server.pem"),
                       .private_key = secrets::Secret(ReadFrom(directory, "server.key"))};
  if (identity == "certificate") {
    listener.sources.certificates = std::make_shared<const access::CertificateVerifier>(
        crypto::CertificateAuthorities::FromPem(ReadFrom(directory, "ca.pem")).value());
  } else {
    listener.sources.tokens = std::make_shared<const access::TokenVerifier>(
        access::TokenRules{.issuer = kIssuer, .audience = kAudience},
        access::KeySet::FromJson(ReadFrom(directory, "jwks.json")).value());
  }
  return listener;
}

std::shared_ptr<grpc::ChannelCredentials> CredentialsFor(const std::string& identity,
                                                         const std::string& directory) {
  if (identity == "loopback") return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = ReadFrom(directory, "ca.pem");
  if (identity == "certificate") {
    options.pem_cert_chain = ReadFrom(directory, "client.pem");
    options.pem_private_key = ReadFrom(directory, "client.key");
    return grpc::SslCredentials(options);
  }
  return grpc::CompositeChannelCredentials(
      grpc::SslCredentials(options), grpc::AccessTokenCredentials(ReadFrom(directory, "token")));
}

}  // namespace sessionbroker::benchmarks
