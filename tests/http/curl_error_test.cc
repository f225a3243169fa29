#include "service/http/curl_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/x509.h>

#include <cerrno>
#include <set>

#include "tests/testing/status_matchers.h"

namespace sessionbroker::http {
namespace {

using ::sessionbroker::testing::IsOk;
using ::sessionbroker::testing::StatusIs;
using ::testing::StartsWith;

absl::Status StatusOf(CURLcode code, bool answer_begun = false) {
  return StatusOfCurl({.code = code, .peer = "a.example:443", .answer_begun = answer_begun});
}

TEST(CurlErrorTest, EveryCodeOfCurlGivesACodeOfTheTransport) {
  const std::set<absl::StatusCode> kAllowed = {
      absl::StatusCode::kUnavailable,       absl::StatusCode::kDeadlineExceeded,
      absl::StatusCode::kResourceExhausted, absl::StatusCode::kInvalidArgument,
      absl::StatusCode::kDataLoss,
  };
  for (int code = CURLE_OK + 1; code < CURL_LAST; ++code) {
    const absl::Status status = StatusOf(static_cast<CURLcode>(code));
    EXPECT_TRUE(kAllowed.count(status.code()) == 1) << code << ": " << status;
    EXPECT_THAT(std::string(status.message()), StartsWith("a.example:443: "));
  }
  EXPECT_THAT(StatusOf(CURLE_OK), IsOk());
}

TEST(CurlErrorTest, BreakingOffIsWorseOnceAnAnswerHasBegun) {
  for (const CURLcode code : {CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING}) {
    EXPECT_EQ(StatusOf(code, /*answer_begun=*/false).code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(StatusOf(code, /*answer_begun=*/true).code(), absl::StatusCode::kDataLoss);
  }
}

TEST(CurlErrorTest, DetailsAreFactsOfTheSystemAndOfOpenssl) {
  EXPECT_THAT(
      StatusOfCurl(
          {.code = CURLE_COULDNT_CONNECT, .peer = "a.example:443", .os_errno = ECONNREFUSED}),
      StatusIs(absl::StatusCode::kUnavailable, "a.example:443: not connected: Connection refused"));
  EXPECT_THAT(StatusOfCurl({.code = CURLE_PEER_FAILED_VERIFICATION,
                            .peer = "a.example:443",
                            .verify_result = X509_V_ERR_CERT_HAS_EXPIRED}),
              StatusIs(absl::StatusCode::kUnavailable,
                       "a.example:443: TLS certificate refused: certificate has expired"));
  EXPECT_THAT(StatusOf(CURLE_PEER_FAILED_VERIFICATION),
              StatusIs(absl::StatusCode::kUnavailable,
                       "a.example:443: TLS certificate refused: it is not for this host"));
}

TEST(CurlErrorTest, UnknownCodeIsNamedByCurlsConstantText) {
  EXPECT_THAT(StatusOf(CURLE_FTP_ACCEPT_FAILED),
              StatusIs(absl::StatusCode::kUnavailable,
                       ::testing::AllOf(StartsWith("a.example:443: exchange failed: "),
                                        ::testing::HasSubstr("FTP"))));
}

}  // namespace
}  // namespace sessionbroker::http
