// iCash as documented. Signatures are from `openssl dgst -sha256 -hmac`.
#include "tests/simulator/icash.h"

#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/simulator/harness.h"

namespace sessionbroker::simulator {
namespace {

constexpr char kApiKey[] = "5kdkuujr8l50iv6yp504qxn2grnlhm2h";
// Nonces in their order, each signed for warehouse 785.
constexpr char kNonce1[] = "1552989761";
constexpr char kSignature1[] = "B22951C4D7BE3D0A8E2EEE72EA8B31A71871368587A784D603F661E0CDF18AC7";
constexpr char kNonce2[] = "1552990302";
constexpr char kSignature2[] = "B2C82054109B5BC4FFEC9B2191CFF5AD93FC969F83D209924DD003759ECF7EE2";
constexpr char kNonce3[] = "1552990400";
constexpr char kSignature3[] = "AA8002F7128BEFD5D881DCE248E38DEAD05D2279723B523FA45AFE32002DA8DB";

class IcashTest : public testing::Test {
 protected:
  static Pairs Signed(const char* nonce, const char* signature) {
    return {{"api_key", kApiKey},
            {"nonce", nonce},
            {"signature", signature},
            {"WareHouseID", "785"},
            {"UserID", "1"}};
  }
  // Without a line end, as the rest of the test compares it.
  std::string Post(const std::string& operation, Pairs form) {
    const Answer answer = harness_.client().Send(
        {.method = "POST",
         .url = absl::StrCat(simulator().url("icash"), "/clientapi/v1/", operation),
         .form = std::move(form)});
    EXPECT_EQ(answer.status, 200);
    return answer.body;
  }
  std::string Login(const char* nonce, const char* signature) {
    return Post("login", Signed(nonce, signature));
  }
  std::string GetOperation(const char* nonce, const char* signature, const std::string& ses) {
    Pairs form = Signed(nonce, signature);
    form.emplace_back("ses", ses);
    form.emplace_back("OperationID", "17");
    return Post("getoperation", form);
  }
  Simulator& simulator() { return harness_.simulator(); }
  int64_t Count(const std::string& outcome) {
    return simulator().counters().Count("icash", "", outcome);
  }

  Harness harness_{"icash"};
};

TEST_F(IcashTest, LoginAnswersAsTheDocumentationShows) {
  ASSERT_TRUE(simulator().QueueSession("icash", "66a891e8b4d7d018d230363bcd0adfbd").ok());
  EXPECT_EQ(Login(kNonce1, kSignature1),
            R"({"nonce":"1552989761","status":1,)"
            R"("data":{"session_id":"66a891e8b4d7d018d230363bcd0adfbd"}})");
}

TEST_F(IcashTest, WrongSignatureIsAnAuthenticationError) {
  const std::string refused = R"({"nonce":"1552989761","status":0,)"
                              R"("error_message":"Authentication Error"})";
  EXPECT_EQ(Login(kNonce1, kSignature2), refused);
  EXPECT_EQ(Count("wrong_signature"), 1);
}

TEST_F(IcashTest, LowerCaseSignatureIsWrong) {
  EXPECT_NE(Login(kNonce1, "b22951c4d7be3d0a8e2eee72ea8b31a71871368587a784d603f661e0cdf18ac7")
                .find("Authentication Error"),
            std::string::npos);
}

TEST_F(IcashTest, NonceThatDoesNotRiseIsRefusedAndCountedByItself) {
  EXPECT_NE(Login(kNonce2, kSignature2).find("session_id"), std::string::npos);
  const std::string step_back = Login(kNonce1, kSignature1);
  EXPECT_EQ(step_back,
            R"({"nonce":"1552989761","status":0,"error_message":"Authentication Error"})");
  EXPECT_EQ(Login(kNonce2, kSignature2).find("session_id"), std::string::npos);
  EXPECT_EQ(Count("nonce_not_risen"), 2);
  EXPECT_NE(Login(kNonce3, kSignature3).find("session_id"), std::string::npos);
}

TEST_F(IcashTest, NoncesOfTwoKeysAreTwoSequences) {
  ASSERT_TRUE(simulator().SetUser("icash", {.name = "another", .access_key = "secret"}).ok());
  Login(kNonce2, kSignature2);
  Pairs form = Signed(kNonce1, "3C90D2A887599CEBD49617546FC3B416C459BC6350319294940A8B1BB78498EB");
  form[0].second = "another";
  EXPECT_NE(Post("login", form).find("session_id"), std::string::npos);
}

TEST_F(IcashTest, ArrivalCountsHoweverLongTheWorkTakes) {
  // The first is held up, the second overtakes it on its way out, and both are good.
  ASSERT_TRUE(
      simulator().AddFault({.kind = FaultKind::kDelay, .latency = absl::Milliseconds(200)}).ok());
  std::string slow;
  std::thread first([&] {
    Client client;
    slow = client
               .Send({.method = "POST",
                      .url = absl::StrCat(simulator().url("icash"), "/clientapi/v1/login"),
                      .form = Signed(kNonce1, kSignature1)})
               .body;
  });
  while (simulator().counters().requests == 0) std::this_thread::yield();
  const std::string fast = Login(kNonce2, kSignature2);
  first.join();
  EXPECT_NE(slow.find("session_id"), std::string::npos) << slow;
  EXPECT_NE(fast.find("session_id"), std::string::npos) << fast;
  EXPECT_EQ(Count("nonce_not_risen"), 0);
}

TEST_F(IcashTest, NonceOfAnotherClientIsPretendedThirtyAbove) {
  ASSERT_TRUE(simulator().AddFault({.kind = FaultKind::kExpiredChallenge}).ok());
  EXPECT_EQ(Login(kNonce1, kSignature1).find("session_id"), std::string::npos);
  EXPECT_EQ(Count("nonce_taken"), 1);
  EXPECT_NE(Login(kNonce2, kSignature2).find("session_id"), std::string::npos);
}

TEST_F(IcashTest, LaterCallsAreSignedAndNameTheSession) {
  ASSERT_TRUE(simulator().QueueSession("icash", "aa").ok());
  Login(kNonce1, kSignature1);
  EXPECT_EQ(GetOperation(kNonce2, kSignature2, "aa"),
            R"({"nonce":"1552990302","status":1,"data":{"OperationID":"17"}})");
  EXPECT_EQ(GetOperation(kNonce2, kSignature2, "aa").find("data"), std::string::npos);
  EXPECT_EQ(Count("nonce_not_risen"), 1);
  EXPECT_EQ(GetOperation(kNonce3, kSignature3, "bb"),
            R"({"nonce":"1552990400","status":0,"error_message":"Authentication Error"})");
  EXPECT_EQ(Count("wrong_session"), 1);
}

TEST_F(IcashTest, ErrorsInTheVendorsWords) {
  EXPECT_EQ(GetOperation(kNonce1, kSignature1, ""),
            R"({"nonce":"1552989761","status":0,"error_message":"Missing value for ses"})");
  ASSERT_TRUE(simulator().QueueSession("icash", "aa").ok());
  Login(kNonce2, kSignature2);
  Pairs form = Signed(kNonce3, kSignature3);
  form.emplace_back("ses", "aa");
  form.emplace_back("OperationID", "all");
  EXPECT_EQ(Post("getoperation", form),
            R"({"nonce":"1552990400","status":0,"error_message":"Wrong value for OperationID"})");
}

TEST_F(IcashTest, QuirksOnDemand) {
  harness_.Change([](Settings& settings) { settings.omit_error_message = true; });
  EXPECT_EQ(Login(kNonce1, kSignature2), R"({"nonce":"1552989761","status":0})");
  harness_.Change([](Settings& settings) { settings.echo_wrong_nonce = true; });
  EXPECT_EQ(Login(kNonce2, kSignature2).substr(0, 30), R"({"nonce":"1552990303","status")");
  // An empty body with 200, after the work is done.
  ASSERT_TRUE(
      simulator().AddFault({.kind = FaultKind::kStatus, .handle_first = true, .status = 200}).ok());
  EXPECT_EQ(Login(kNonce3, kSignature3), "");
}

TEST_F(IcashTest, DeadSessionIsAnAuthenticationErrorToo) {
  ASSERT_TRUE(simulator().QueueSession("icash", "aa").ok());
  Login(kNonce1, kSignature1);
  ASSERT_TRUE(simulator().KillSessions("icash").ok());
  EXPECT_EQ(GetOperation(kNonce2, kSignature2, "aa"),
            R"({"nonce":"1552990302","status":0,"error_message":"Authentication Error"})");
}

}  // namespace
}  // namespace sessionbroker::simulator
