// What a server must prove before a request is shown to it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/http/transport_harness.h"
#include "tests/testing/raw_server.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_directory.h"
#include "tests/testing/test_certificate.h"

namespace sessionbroker::http {
namespace {

using ::sessionbroker::testing::IsOk;
using ::sessionbroker::testing::MakeTestCertificate;
using ::sessionbroker::testing::RawConnection;
using ::sessionbroker::testing::RawServer;
using ::sessionbroker::testing::StatusIs;
using ::sessionbroker::testing::TempDirectory;
using ::sessionbroker::testing::TestCertificate;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// Where libcurl would write the keys of TLS sessions. Set before it is set up: that is once.
const std::string& KeyLogFile() {
  static const std::string* const kFile =
      new std::string(absl::StrCat(::testing::TempDir(), "/sb-keylog-", getpid()));
  return *kFile;
}
const bool kKeyLogWanted = setenv("SSLKEYLOGFILE", KeyLogFile().c_str(), 1) == 0;

class CurlTransportTlsTest : public ::testing::Test {
 protected:
  CurlOptions Trusting(const TestCertificate& certificate) {
    return CurlOptions{.ca_file = directory_.Write("ca.pem", certificate.certificate)};
  }

 private:
  const TempDirectory directory_;
};

TEST_F(CurlTransportTlsTest, CertificateOfAnUnknownAuthorityIsRefused) {
  const TestCertificate certificate = MakeTestCertificate();
  RawServer server(RawServer::Answering(kOk), &certificate);
  TransportHarness http;
  EXPECT_THAT(http.Exchange(Get(server.Url("/hunter2"))),
              StatusIs(absl::StatusCode::kUnavailable,
                       AllOf(HasSubstr("TLS certificate refused: self-signed certificate"),
                             Not(HasSubstr("hunter2")))));
  EXPECT_THAT(server.requests(), IsEmpty());
}

TEST_F(CurlTransportTlsTest, CertificateOfTheGivenAuthorityIsTaken) {
  const TestCertificate certificate = MakeTestCertificate();
  RawServer server(RawServer::Answering(kOk), &certificate);
  TransportHarness http(Trusting(certificate));
  for (int i = 0; i < 3; ++i) EXPECT_THAT(http.Exchange(Get(server.Url())), IsOk());
  EXPECT_EQ(server.accepted(), 1);
  EXPECT_THAT(server.requests(), SizeIs(3));
}

TEST_F(CurlTransportTlsTest, CertificateForAnotherHostIsRefused) {
  const TestCertificate certificate =
      MakeTestCertificate({.subject_alt_name = "DNS:a.example,IP:127.0.0.2"});
  RawServer server(RawServer::Answering(kOk), &certificate);
  TransportHarness http(Trusting(certificate));
  EXPECT_THAT(http.Exchange(Get(server.Url())),
              StatusIs(absl::StatusCode::kUnavailable,
                       HasSubstr("TLS certificate refused: it is not for this host")));
  EXPECT_THAT(server.requests(), IsEmpty());
}

TEST_F(CurlTransportTlsTest, CertificateOfYesterdayIsRefused) {
  const TestCertificate certificate = MakeTestCertificate({.valid_until = -absl::Hours(24)});
  RawServer server(RawServer::Answering(kOk), &certificate);
  TransportHarness http(Trusting(certificate));
  EXPECT_THAT(http.Exchange(Get(server.Url())),
              StatusIs(absl::StatusCode::kUnavailable,
                       HasSubstr("TLS certificate refused: certificate has expired")));
  EXPECT_THAT(server.requests(), IsEmpty());
}

TEST_F(CurlTransportTlsTest, GivenAuthorityIsTheOnlyOne) {
  const TestCertificate other = MakeTestCertificate();
  const TestCertificate certificate = MakeTestCertificate();
  RawServer server(RawServer::Answering(kOk), &certificate);
  TransportHarness http(Trusting(other));
  EXPECT_THAT(http.Exchange(Get(server.Url())),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("TLS certificate refused")));
}

TEST_F(CurlTransportTlsTest, OldVersionsOfTlsAreRefused) {
  const TestCertificate certificate = MakeTestCertificate();
  RawServer server(RawServer::Answering(kOk), &certificate, TLS1_1_VERSION);
  TransportHarness http(Trusting(certificate));
  EXPECT_THAT(http.Exchange(Get(server.Url())),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("TLS handshake failed")));
  EXPECT_THAT(server.requests(), IsEmpty());
}

TEST_F(CurlTransportTlsTest, Tls12IsEnough) {
  const TestCertificate certificate = MakeTestCertificate();
  RawServer server(RawServer::Answering(kOk), &certificate, TLS1_2_VERSION);
  TransportHarness http(Trusting(certificate));
  EXPECT_THAT(http.Exchange(Get(server.Url())), IsOk());
}

TEST_F(CurlTransportTlsTest, ServerWithoutTlsIsNotSpokenTo) {
  RawServer server([](RawConnection& connection) {
    connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    connection.AwaitClose();
  });
  TransportHarness http;
  const std::string url = absl::StrReplaceAll(server.Url(), {{"http:", "https:"}});
  EXPECT_THAT(http.Exchange(Get(url)),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("TLS handshake failed")));
}

TEST_F(CurlTransportTlsTest, KeysOfSessionsAreNotLogged) {
  ASSERT_TRUE(kKeyLogWanted);
  const TestCertificate certificate = MakeTestCertificate();
  RawServer server(RawServer::Answering(kOk), &certificate);
  TransportHarness http(Trusting(certificate));
  EXPECT_THAT(http.Exchange(Get(server.Url())), IsOk());
  EXPECT_FALSE(std::filesystem::exists(KeyLogFile()));
}

}  // namespace
}  // namespace sessionbroker::http
