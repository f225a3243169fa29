// TipMoto as a caller and as the provider see it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/e2e/end_to_end_test.h"
#include "tests/e2e/session_user.h"
#include "tests/simulator/client.h"
#include "tests/testing/scripted_server.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::e2e {
namespace {

using ::testing::ElementsAre;
using testing::HttpAnswer;

constexpr char kVariants[] = "tests/fixtures/definitions/tipmoto";

class TipmotoTest : public EndToEndTest {
 protected:
  BrokerConfig Config() const {
    BrokerConfig config;
    config.accounts = {DemoAccount("tipmoto")};
    return config;
  }
  int64_t Count(const std::string& operation, const std::string& outcome = "") {
    return simulator().counters().Count("tipmoto", operation, outcome);
  }
  // The status of a testsessionid from that address of this host.
  int Test(const std::string& session, const std::string& source_address) {
    return simulator::Client()
        .Send({.url = absl::StrCat(simulator().url("tipmoto"), "/testsessionid.json"),
               .query = {{"sessionid", session}},
               .source_address = source_address})
        .status;
  }
};

TEST_F(TipmotoTest, LogsInWithEveryCombinationOfFormatAndMethod) {
  BrokerConfig config = Config();
  for (const auto& entry : std::filesystem::directory_iterator(kVariants)) {
    config.definitions.push_back(entry.path());
    config.accounts.push_back(DemoAccount("tipmoto"));
    // json_get.yaml defines tipmoto-json-get.
    config.accounts.back().provider =
        absl::StrCat("tipmoto-", absl::StrReplaceAll(entry.path().stem().string(), {{"_", "-"}}));
  }
  const auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  const auto stub = broker->Stub();
  int64_t tested = 0;
  for (const AccountConfig& account : config.accounts) {
    const Answer answer = GetSession(stub.get(), account.provider, "main");
    ASSERT_TRUE(answer.ok()) << account.provider << " " << answer;
    EXPECT_THAT(Call(answer.session, "GET", "/testsessionid.json", {}).status(), testing::IsOk());
    EXPECT_EQ(Count("testsessionid", "ok"), ++tested) << account.provider;
  }
  std::set<std::string> combinations;
  for (const auto& [family, request] : simulator().recent_requests()) {
    if (request.path.find("testsessionid") != std::string::npos) continue;
    combinations.insert(absl::StrCat(request.method, " ", request.resource()));
  }
  EXPECT_THAT(combinations, ElementsAre("GET /gethash.html", "GET /gethash.json",
                                        "GET /gethash.xml", "GET /login.html", "GET /login.json",
                                        "GET /login.xml", "POST /gethash.json", "POST /gethash.xml",
                                        "POST /login.json", "POST /login.xml", "PUT /gethash.json",
                                        "PUT /gethash.xml", "PUT /login.json", "PUT /login.xml"));
}

TEST_F(TipmotoTest, SessionSlidesAndIsBoundToTheBrokersAddress) {
  const auto broker = StartBroker(Config());
  ASSERT_NE(broker, nullptr);
  const Answer answer = GetSession(broker->Stub().get(), "tipmoto", "main");
  ASSERT_TRUE(answer.ok()) << answer;
  EXPECT_EQ(answer.session.idle_timeout().seconds(), 600);
  EXPECT_NE(answer.session.constraints().egress(), "");
  EXPECT_EQ(Test(answer.session.id(), "127.0.0.2"), 401);
  EXPECT_EQ(Test(answer.session.id(), "127.0.0.1"), 200);
}

TEST_F(TipmotoTest, WrongPasswordIsRefused) {
  BrokerConfig config = Config();
  config.accounts[0].secrets["password"] = "not the password";
  const auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  const Answer answer = GetSession(broker->Stub().get(), "tipmoto", "main");
  EXPECT_EQ(answer.reason, "CREDENTIALS_REJECTED") << answer;
  EXPECT_EQ(Count("login", "http_403"), Count("login"));
}

TEST_F(TipmotoTest, UnknownLoginIsRefusedAtTheFirstStep) {
  BrokerConfig config = Config();
  config.accounts[0].parameters["login"] = "NOBODY";
  const auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  const Answer answer = GetSession(broker->Stub().get(), "tipmoto", "main");
  EXPECT_EQ(answer.reason, "CREDENTIALS_REJECTED") << answer;
  EXPECT_EQ(Count("gethash"), 1);
  EXPECT_EQ(Count("login"), 0);
}

// An answer that the documentation does not show, and what becomes of it.
struct OddAnswer {
  const char* name;
  std::string gethash;
  // Empty: it does not come to that.
  std::string login;
  const char* reason;
};

class TipmotoOddAnswerTest : public TipmotoTest, public ::testing::WithParamInterface<OddAnswer> {};

constexpr char kChallenge[] = R"({"tipmoto":{"sessionid":"5e55","hashkey":"9b27"}})";

INSTANTIATE_TEST_SUITE_P(
    Answers, TipmotoOddAnswerTest,
    ::testing::Values(
        OddAnswer{"NoContentAtLogin", HttpAnswer(200, kChallenge), HttpAnswer(204, ""), ""},
        OddAnswer{
            "AnotherTypeAndMoreMembers",
            HttpAnswer(200, R"({"x":1,"tipmoto":{"hashkey":"9b27","a":[],"sessionid":"5e55"}})",
                       {"Content-Type: text/plain"}),
            HttpAnswer(200, "OK"), ""},
        OddAnswer{"NoHashkey", HttpAnswer(200, R"({"tipmoto":{"sessionid":"5e55"}})"), "",
                  "PROVIDER_PROTOCOL_ERROR"},
        OddAnswer{"MembersOutsideOfTheirObject",
                  HttpAnswer(200, R"({"sessionid":"5e55","hashkey":"9b27"})"), "",
                  "PROVIDER_PROTOCOL_ERROR"},
        OddAnswer{"Gone", HttpAnswer(410, ""), "", "PROVIDER_PROTOCOL_ERROR"},
        OddAnswer{"NoSuchStatus", HttpAnswer(200, kChallenge), HttpAnswer(299, ""), ""}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_P(TipmotoOddAnswerTest, IsASessionOrNamedForWhatItIs) {
  std::vector<testing::ScriptedExchange> script = {{.method = ::testing::_,
                                                    .target = ::testing::StartsWith("/gethash."),
                                                    .body = ::testing::_,
                                                    .answer = GetParam().gethash}};
  if (!GetParam().login.empty()) {
    script.push_back({.method = ::testing::_,
                      .target = ::testing::StartsWith("/login."),
                      .body = ::testing::_,
                      .answer = GetParam().login});
  }
  testing::ScriptedServer server(std::move(script));
  BrokerConfig config = Config();
  config.accounts[0].base_url = server.Url();
  const auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  const Answer answer = GetSession(broker->Stub().get(), "tipmoto", "main");
  EXPECT_EQ(answer.reason, GetParam().reason) << answer;
  if (answer.ok()) {
    EXPECT_EQ(answer.session.id(), "5e55");
  }
}

}  // namespace
}  // namespace sessionbroker::e2e
