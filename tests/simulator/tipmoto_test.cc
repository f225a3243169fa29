// TipMoto as documented.
#include "tests/simulator/tipmoto.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/simulator/harness.h"
#include "tests/simulator/multipart.h"

namespace sessionbroker::simulator {
namespace {

using ::testing::HasSubstr;

constexpr char kId[] = "56c00b9ccf74116b1bbf49431cd400276c21b54874be3565ca13b335c8a16588";
constexpr char kHashkey[] = "9b27cbf4a299b8704499423710ba2c8c90effb8341985aae18bd6c0b79d9389d";
// hex(sha512("VASLOGIN" + hex(sha512("tajneheslo")) + kHashkey)), from `openssl dgst -sha512`.
constexpr char kPassword[] =
    "c8a03f8c2b51e12f53d7b112b9ecaf5083c27127e36283ab44ab6de7401497878bbd7b3b78ff6f50cd284c3dffa567"
    "453bf9966334418cca3a27a55b125b9de2";

class TipmotoTest : public testing::Test {
 protected:
  Answer Send(Call call, const std::string& resource) {
    call.url = absl::StrCat(simulator().url("tipmoto"), "/", resource);
    return harness_.client().Send(call);
  }
  Answer Get(const std::string& resource, Pairs query) {
    return Send({.query = std::move(query)}, resource);
  }
  Answer Put(const std::string& resource, const std::string& document) {
    return Send({.method = "PUT", .body = document}, resource);
  }
  Answer Post(const std::string& resource, const std::string& document) {
    return Send({.method = "POST",
                 .body = absl::StrCat("--x\r\nContent-Disposition: form-data; name=\"tipmoto\"\r\n",
                                      "\r\n", document, "\r\n--x--\r\n"),
                 .headers = {{"Content-Type", "multipart/form-data; boundary=x"}}},
                resource);
  }
  Answer GetHash() {
    EXPECT_TRUE(simulator().QueueSession("tipmoto", kId).ok());
    EXPECT_TRUE(simulator().QueueToken("tipmoto", kHashkey).ok());
    return Get("gethash.json", {{"login", "VASLOGIN"}});
  }
  Answer LogIn() { return Get("login.json", {{"sessionid", kId}, {"password", kPassword}}); }
  int Test(const std::string& source_address = "") {
    return Client()
        .Send({.url = absl::StrCat(simulator().url("tipmoto"), "/testsessionid.json"),
               .query = {{"sessionid", kId}},
               .source_address = source_address})
        .status;
  }
  Simulator& simulator() { return harness_.simulator(); }

  Harness harness_{"tipmoto"};
};

TEST_F(TipmotoTest, AnswersInTheFormatOfTheRequest) {
  EXPECT_EQ(GetHash().body, absl::StrCat(R"({"tipmoto":{"sessionid":")", kId, R"(","hashkey":")",
                                         kHashkey, R"("}})"));
  ASSERT_TRUE(simulator().QueueSession("tipmoto", "a1").ok());
  ASSERT_TRUE(simulator().QueueToken("tipmoto", "b2").ok());
  EXPECT_EQ(Get("gethash.html", {{"login", "VASLOGIN"}}).body, "a1\tb2");
  ASSERT_TRUE(simulator().QueueSession("tipmoto", "a1").ok());
  ASSERT_TRUE(simulator().QueueToken("tipmoto", "b2").ok());
  EXPECT_THAT(Get("gethash.xml", {{"login", "VASLOGIN"}}).body,
              HasSubstr("<tipmoto>\n  <sessionid>a1</sessionid>\n  <hashkey>b2</hashkey>\n"));
}

TEST_F(TipmotoTest, IdIsGoodFromLoginOn) {
  GetHash();
  EXPECT_EQ(Test(), 401);
  EXPECT_EQ(LogIn().status, 200);
  EXPECT_EQ(Test(), 200);
}

TEST_F(TipmotoTest, EveryMethodBringsTheSameDocument) {
  const std::string json =
      absl::StrCat(R"({"tipmoto":{"sessionid":")", kId, R"(","password":")", kPassword, R"("}})");
  const std::string xml =
      absl::StrCat("<?xml version=\"1.0\"?>\n<tipmoto><sessionid>", kId, "</sessionid> <password>",
                   kPassword, "</password></tipmoto>\n");
  GetHash();
  EXPECT_EQ(Put("login.json", json).status, 200);
  EXPECT_EQ(Post("login.json", json).status, 200);
  EXPECT_EQ(Put("login.xml", xml).status, 200);
  EXPECT_EQ(Post("login.xml", xml).status, 200);
  EXPECT_EQ(Get("login.html", {{"sessionid", kId}, {"password", kPassword}}).status, 200);
  EXPECT_EQ(Put("gethash.xml", "<tipmoto><login>VASLOGIN</login></tipmoto>").status, 200);
  EXPECT_EQ(Put("gethash.json", R"({"tipmoto":{"login":"VASLOGIN"}})").status, 200);
}

TEST_F(TipmotoTest, RefusesWhatTheDocumentationDoesNotShow) {
  const std::string json = R"({"tipmoto":{"login":"VASLOGIN"}})";
  EXPECT_EQ(Send({.method = "POST", .body = json}, "gethash.json").status, 400);
  EXPECT_EQ(Send({.method = "POST", .form = {{"tipmoto", json}}}, "gethash.json").status, 400);
  EXPECT_EQ(Put("gethash.html", "VASLOGIN").status, 405);
  EXPECT_EQ(Post("gethash.html", "VASLOGIN").status, 405);
  EXPECT_EQ(Put("gethash.xml", json).status, 400);
  EXPECT_EQ(Put("gethash.json", R"({"login":"VASLOGIN"})").status, 400);
  EXPECT_EQ(Put("gethash.xml", "<tipmoto><login>a & b</login></tipmoto>").status, 400);
  EXPECT_EQ(Get("gethash.csv", {{"login", "VASLOGIN"}}).status, 406);
  EXPECT_EQ(Get("nothing.json", {}).status, 404);
  EXPECT_EQ(Get("gethash.json", {{"login", "NOBODY"}}).status, 403);
}

TEST_F(TipmotoTest, WrongPasswordIsForbiddenWithTheErrorInTheBody) {
  GetHash();
  const Answer answer = Get("login.xml", {{"sessionid", kId}, {"password", "tajneheslo"}});
  EXPECT_EQ(answer.status, 403);
  EXPECT_THAT(answer.body, HasSubstr("<tipmoto><chyby><chyba>"));
  const Answer silent = Get("login.xml?no-http-errors=true", {});
  EXPECT_EQ(silent.status, 200);
  EXPECT_THAT(silent.body, HasSubstr("<chyba>"));
}

TEST_F(TipmotoTest, EachRequestRenewsTheTenMinutes) {
  GetHash();
  LogIn();
  for (int i = 0; i < 3; ++i) {
    simulator().AdvanceTime(absl::Seconds(599));
    EXPECT_EQ(Test(), 200);
  }
  simulator().AdvanceTime(absl::Seconds(600));
  EXPECT_EQ(Test(), 401);
}

TEST_F(TipmotoTest, SessionBelongsToTheAddressThatAskedForIt) {
  GetHash();
  LogIn();
  EXPECT_EQ(Test("127.0.0.2"), 401);
  EXPECT_EQ(Test("127.0.0.1"), 200);
}

TEST_F(TipmotoTest, LoginFromAnotherAddressIsRefused) {
  GetHash();
  const Answer answer =
      Client().Send({.url = absl::StrCat(simulator().url("tipmoto"), "/login.json"),
                     .query = {{"sessionid", kId}, {"password", kPassword}},
                     .source_address = "127.0.0.2"});
  EXPECT_EQ(answer.status, 401);
}

TEST_F(TipmotoTest, ListsAreFree) { EXPECT_EQ(Get("lists.json", {}).status, 200); }

TEST_F(TipmotoTest, OrdersWantASessionOrBasic) {
  EXPECT_EQ(Get("orders.json", {}).status, 401);
  GetHash();
  LogIn();
  EXPECT_EQ(Get("orders.json", {{"sessionid", kId}, {"order", "7"}}).body,
            R"({"tipmoto":{"orders":"7"}})");
  // printf 'VASLOGIN:tajneheslo' | base64
  const auto with = [&](const std::string& credentials) {
    return Send({.headers = {{"Authorization", credentials}}}, "orders.json").status;
  };
  EXPECT_EQ(with("Basic VkFTTE9HSU46dGFqbmVoZXNsbw=="), 200);
  EXPECT_EQ(with("Basic VkFTTE9HSU46"), 401);
  EXPECT_EQ(with("Basic !"), 401);
}

TEST_F(TipmotoTest, StatusOfADeadSessionIsASetting) {
  harness_.Change([](Settings& settings) { settings.dead_session_status = 403; });
  EXPECT_EQ(Test(), 403);
}

TEST_F(TipmotoTest, PretencesAreAnsweredByStatus) {
  GetHash();
  ASSERT_TRUE(simulator().AddFault({.kind = FaultKind::kWrongCredentials}).ok());
  EXPECT_EQ(LogIn().status, 403);
  EXPECT_EQ(LogIn().status, 200);
  ASSERT_TRUE(simulator().AddFault({.kind = FaultKind::kDeadSession}).ok());
  EXPECT_EQ(Test(), 401);
  EXPECT_EQ(Test(), 401);
  GetHash();
  ASSERT_TRUE(simulator().AddFault({.kind = FaultKind::kExpiredChallenge}).ok());
  EXPECT_EQ(LogIn().status, 401);
}

TEST(MultipartTest, TakesOnlyWhatIsToTheLetter) {
  const std::string type = "multipart/form-data; boundary=\"x\"";
  const std::string good =
      "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n2\r\n"
      "--x\r\nContent-Type: text/plain\r\nContent-Disposition: form-data; "
      "name=b\r\n\r\n\r\n--x--\r\n";
  EXPECT_EQ(ParseMultipart(type, good), (Pairs{{"a", "1\r\n2"}, {"b", ""}}));
  EXPECT_EQ(ParseMultipart("multipart/mixed; boundary=x", good), std::nullopt);
  EXPECT_EQ(ParseMultipart("multipart/form-data; boundary=y", good), std::nullopt);
  EXPECT_EQ(ParseMultipart(type, absl::StrReplaceAll(good, {{"name=", "nome="}})), std::nullopt);
  EXPECT_EQ(ParseMultipart(type, absl::StrReplaceAll(good, {{"--x--", "--x"}})), std::nullopt);
  EXPECT_EQ(ParseMultipart(type, absl::StrReplaceAll(good, {{"\r\n\r\n", "\r\n"}})), std::nullopt);
}

}  // namespace
}  // namespace sessionbroker::simulator
