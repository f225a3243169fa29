// Protocols of the field as definitions that no code knows: each logs in to a provider that is
// written down here, request by request. Digests are those of tests/fixtures/protocol-vectors.json.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/e2e/broker_config.h"
#include "tests/e2e/broker_process.h"
#include "tests/e2e/call.h"
#include "tests/testing/scripted_server.h"
#include "tests/testing/temp_directory.h"

namespace sessionbroker::e2e {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::HttpAnswer;
using ::testing::MatchesRegex;
using ::testing::Pair;
using testing::ScriptedExchange;
using testing::ScriptedServer;
using ::testing::StartsWith;

using Texts = std::map<std::string, std::string>;

// "cookie uid=1" or "form token=2 [POST]" for each attachment.
std::vector<std::string> Attachments(const v1::Session& session) {
  const std::map<v1::Attachment::Location, std::string> names = {
      {v1::Attachment::LOCATION_QUERY, "query"},
      {v1::Attachment::LOCATION_HEADER, "header"},
      {v1::Attachment::LOCATION_COOKIE, "cookie"},
      {v1::Attachment::LOCATION_FORM, "form"},
      {v1::Attachment::LOCATION_JSON_POINTER, "json"},
      {v1::Attachment::LOCATION_PATH_SEGMENT, "path"},
  };
  std::vector<std::string> attachments;
  for (const v1::Attachment& attachment : session.attachments()) {
    std::string line = absl::StrCat(names.at(attachment.location()), " ", attachment.name(), "=",
                                    attachment.value());
    if (!attachment.methods().empty()) {
      absl::StrAppend(&line, " [", absl::StrJoin(attachment.methods(), ","), "]");
    }
    attachments.push_back(line);
  }
  return attachments;
}

class ProtocolTest : public ::testing::Test {
 protected:
  // A broker with one account, "main", at the provider that `server` plays.
  std::unique_ptr<BrokerProcess> Start(const std::string& provider, const ScriptedServer& server,
                                       const Texts& parameters, const Texts& secrets,
                                       const std::string& more) {
    BrokerConfig config;
    config.accounts = {{.provider = provider,
                        .base_url = server.Url(),
                        .parameters = parameters,
                        .secrets = secrets,
                        .more = more}};
    config.more = top_level_;
    config.definitions = {absl::StrCat("tests/fixtures/definitions/protocols/", provider, ".yaml")};
    auto broker = BrokerProcess::Start(config.Write(directory_.path()));
    EXPECT_TRUE(broker.ok()) << broker.status();
    return broker.ok() ? *std::move(broker) : nullptr;
  }

  // What a caller of it gets.
  Answer LogIn(const std::string& provider, const ScriptedServer& server, const Texts& parameters,
               const Texts& secrets, const std::string& more = "") {
    const auto broker = Start(provider, server, parameters, secrets, more);
    return broker == nullptr ? Answer() : GetSession(broker->Stub().get(), provider, "main");
  }

  testing::TempDirectory directory_;
  // Further top-level lines of the configuration.
  std::string top_level_;
};

int64_t LifeOf(const v1::Session& session) {
  return session.expire_time().seconds() - session.issue_time().seconds();
}

TEST_F(ProtocolTest, DahuaTakesTheChallengeOutOfARefusal) {
  ScriptedServer server({
      {.method = "POST",
       .target = "/RPC2_Login",
       .headers = {{"content-type", "application/json"}},
       .body = R"({"method":"global.login","params":{"userName":"admin","password":"",)"
               R"("clientType":"Dahua3.0-Web3.0"},"id":1})",
       .answer = HttpAnswer(
           200,
           R"({"error":{"code":268632079,"message":"Component error: login challenge!"},"id":1,)"
           R"("params":{"encryption":"Default","random":"1693216742",)"
           R"("realm":"Login to 4K0A1B2C3D4E5F6"},"result":false,"session":"7b3f0c9d2a"})")},
      {.method = "POST",
       .target = "/RPC2_Login",
       .body = R"({"method":"global.login","params":{"userName":"admin",)"
               R"("password":"8BAC66FAA14700A165F40FD599FCBEE2","clientType":"Dahua3.0-Web3.0",)"
               R"("authorityType":"Default"},"session":"7b3f0c9d2a","id":2})",
       .answer = HttpAnswer(200, R"({"id":2,"params":{"keepAliveInterval":60},"result":true,)"
                                 R"("session":"7b3f0c9d2a"})")},
  });
  const Answer answer = LogIn("dahua", server, {{"user", "admin"}}, {{"password", "admin123"}});
  ASSERT_TRUE(answer.ok()) << answer;
  EXPECT_THAT(Attachments(answer.session), ElementsAre("json /session=7b3f0c9d2a"));
  EXPECT_EQ(answer.session.idle_timeout().seconds(), 60);
}

TEST_F(ProtocolTest, DahuaRefusesAWrongPasswordAtTheSecondStepAlone) {
  ScriptedServer server({
      {.method = "POST",
       .body = ::testing::_,
       .answer = HttpAnswer(200, R"({"params":{"random":"1","realm":"r"},"result":false,)"
                                 R"("session":"s"})")},
      {.method = "POST",
       .body = ::testing::_,
       .answer = HttpAnswer(200, R"({"error":{"code":268632086},"result":false,"session":"s"})")},
  });
  EXPECT_EQ(LogIn("dahua", server, {{"user", "admin"}}, {{"password", "admin123"}}).reason,
            "CREDENTIALS_REJECTED");
}

TEST_F(ProtocolTest, HnapSignsWithAKeyThatTheChallengeMakes) {
  constexpr char kLoginAction[] = "\"http://purenetworks.com/HNAP1/Login\"";
  const auto soap = [](const std::string& body) {
    return HttpAnswer(
        200,
        absl::StrCat(R"(<?xml version="1.0" encoding="utf-8"?>)"
                     R"(<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">)"
                     "<soap:Body>",
                     body, "</soap:Body></soap:Envelope>"),
        {"Content-Type: text/xml; charset=utf-8"});
  };
  ScriptedServer server({
      {.method = "POST",
       .target = "/HNAP1/",
       .headers = {{"soapaction", kLoginAction},
                   {"content-type", "text/xml; charset=utf-8"},
                   {"cookie", ""}},
       .body = AllOf(StartsWith(R"(<?xml version="1.0" encoding="utf-8"?>)"),
                     HasSubstr(R"(<Login xmlns="http://purenetworks.com/HNAP1/">)"
                               "<Action>request</Action><Username>admin</Username>")),
       .answer = soap(R"(<LoginResponse xmlns="http://purenetworks.com/HNAP1/">)"
                      "<LoginResult>OK</LoginResult><Challenge>hMGeX2hT0V6BvN7x</Challenge>"
                      "<Cookie>2f9b0c1d</Cookie><PublicKey>T4PPpWoU+pwHGQhQgCP3</PublicKey>"
                      "</LoginResponse>")},
      {.method = "POST",
       .target = "/HNAP1/",
       .headers = {{"soapaction", kLoginAction}, {"cookie", "uid=2f9b0c1d"}},
       .body = HasSubstr("<Action>login</Action><Username>admin</Username>"
                         "<LoginPassword>55C4AD24DC2F3433E8114BC9F3442910</LoginPassword>"),
       .answer = soap(R"(<LoginResponse xmlns="http://purenetworks.com/HNAP1/">)"
                      "<LoginResult>success</LoginResult></LoginResponse>")},
      {.method = "POST",
       .target = "/HNAP1/",
       .headers = {{"soapaction", "\"http://purenetworks.com/HNAP1/GetDeviceSettings\""},
                   {"hnap_auth", MatchesRegex("[0-9A-F]{32} [0-9]{10}")},
                   {"cookie", "uid=2f9b0c1d"}},
       .body = HasSubstr("GetDeviceSettings"),
       .answer = soap(R"(<GetDeviceSettingsResponse xmlns="http://purenetworks.com/HNAP1/">)"
                      "<GetDeviceSettingsResult>OK</GetDeviceSettingsResult>"
                      "<ModelName>DSP-W215</ModelName></GetDeviceSettingsResponse>")},
  });
  const Answer answer = LogIn("hnap", server, {}, {{"password", "123456"}});
  ASSERT_TRUE(answer.ok()) << answer;
  EXPECT_THAT(Attachments(answer.session), ElementsAre("cookie uid=2f9b0c1d"));
  EXPECT_TRUE(answer.session.constraints().signing_required());
  EXPECT_THAT(answer.session.attributes(), ElementsAre(Pair("model", "DSP-W215")));
}

struct LoxoneCase {
  const char* algorithm;
  const char* digest;
};

class LoxoneTest : public ProtocolTest, public ::testing::WithParamInterface<LoxoneCase> {};

INSTANTIATE_TEST_SUITE_P(
    Algorithms, LoxoneTest,
    ::testing::Values(
        LoxoneCase{"SHA1", "01d7c34a8728043b43ef66ce7d1f9cad137489f6"},
        LoxoneCase{"SHA256", "acf63adce428992a7f82c71b93d1b7cc23e6896762eb89e4056d96948b957724"}),
    [](const auto& row) { return std::string(row.param.algorithm); });

TEST_P(LoxoneTest, DigestsWithTheAlgorithmThatTheAnswerNames) {
  // A day after a moment of 2036, in seconds since 2009.
  constexpr int64_t kValidUntil = 852163200;
  ScriptedServer server({
      {.target = "/jdev/sys/getkey2/admin",
       .answer = HttpAnswer(
           200,
           absl::StrCat(R"({"LL":{"control":"jdev/sys/getkey2/admin","code":"200","value":{"key":)",
                        R"("41434633443134324337383441373035453336344533463430314333384332373342)",
                        R"(463630323034","salt":"31306461393237652d303031642d303232322d666666)",
                        R"(66353034663934313031353536","hashAlg":")", GetParam().algorithm,
                        R"("}}})"))},
      {.target = absl::StrCat("/jdev/sys/getjwt/", GetParam().digest,
                              "/admin/2/0988-02e1/session-broker"),
       .answer = HttpAnswer(
           200, absl::StrCat(R"({"LL":{"control":"x","code":200,"value":{"token":"ey.J0",)",
                             R"("key":"41","validUntil":)", kValidUntil,
                             R"(,"tokenRights":2,"unsecurePass":false}}})"))},
  });
  const Answer answer = LogIn("loxone", server, {{"user", "admin"}, {"client", "0988-02e1"}},
                              {{"password", "loxpw"}});
  ASSERT_TRUE(answer.ok()) << answer;
  EXPECT_THAT(Attachments(answer.session), ElementsAre("header Authorization=Bearer ey.J0"));
  // 1230768000 is 2009-01-01T00:00:00Z; a usable time ends a little before the provider's.
  EXPECT_LE(answer.session.expire_time().seconds(), 1230768000 + kValidUntil);
  EXPECT_GT(answer.session.expire_time().seconds(), 1230768000 + kValidUntil - 120);
}

TEST_F(ProtocolTest, KeystoneGivesTheTokenInAHeaderAndItsEndInTheBody) {
  ScriptedServer server({
      {.method = "POST",
       .target = "/v3/auth/tokens",
       .body = R"({"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"demo",)"
               R"("domain":{"name":"Default"},"password":"s3cr\"t"}}},"scope":{"project":)"
               R"({"name":"shop","domain":{"name":"Default"}}}}})",
       .answer = HttpAnswer(201,
                            R"({"token":{"expires_at":"2036-01-31T12:34:56.000000Z",)"
                            R"("user":{"id":"4f2a","name":"demo"},"catalog":[]}})",
                            {"X-Subject-Token: gAAAAABk"})},
  });
  const Answer answer =
      LogIn("keystone", server, {{"user", "demo"}, {"project", "shop"}}, {{"password", "s3cr\"t"}});
  ASSERT_TRUE(answer.ok()) << answer;
  EXPECT_THAT(Attachments(answer.session), ElementsAre("header X-Auth-Token=gAAAAABk"));
  EXPECT_THAT(answer.session.attributes(), ElementsAre(Pair("user_id", "4f2a")));
  EXPECT_LE(answer.session.expire_time().seconds(), 2085395696);
  EXPECT_GT(answer.session.expire_time().seconds(), 2085395696 - 120);
}

std::vector<ScriptedExchange> MediaWikiLogin(const std::string& answer) {
  return {
      {.target = "/api.php?action=query&meta=tokens&type=login&format=json",
       .headers = {{"cookie", ""}},
       .answer = HttpAnswer(200, R"({"query":{"tokens":{"logintoken":"d9a7+\\"}}})",
                            {"Set-Cookie: wiki_session=anon7; path=/; secure; HttpOnly"})},
      {.method = "POST",
       .target = "/api.php",
       .headers = {{"cookie", "wiki_session=anon7"}},
       .body = "action=login&lgname=Jane%40bot&lgpassword=pw&lgtoken=d9a7%2B%5C&format=json",
       .answer = answer},
  };
}

TEST_F(ProtocolTest, MediaWikiCarriesCookiesFromStepToStep) {
  std::vector<ScriptedExchange> script = MediaWikiLogin(HttpAnswer(
      200, R"({"login":{"result":"Success","lguserid":7,"lgusername":"Jane"}})",
      {"Set-Cookie: wiki_session=live9; path=/; HttpOnly", "Set-Cookie: wikiUserID=7; path=/"}));
  script.push_back({.target = "/api.php?action=query&meta=tokens&format=json",
                    .headers = {{"cookie", "wiki_session=live9; wikiUserID=7"}},
                    .answer = HttpAnswer(200, R"({"query":{"tokens":{"csrftoken":"8c1+\\"}}})")});
  ScriptedServer server(std::move(script));
  const Answer answer =
      LogIn("mediawiki", server, {{"user", "Jane@bot"}}, {{"bot_password", "pw"}});
  ASSERT_TRUE(answer.ok()) << answer;
  EXPECT_THAT(
      Attachments(answer.session),
      ElementsAre("cookie wiki_session=live9", "cookie wikiUserID=7", "form token=8c1+\\ [POST]"));
}

TEST_F(ProtocolTest, MediaWikiSaysHowLongToWait) {
  ScriptedServer server(
      MediaWikiLogin(HttpAnswer(200, R"({"login":{"result":"Throttled","wait":300}})")));
  const Answer answer =
      LogIn("mediawiki", server, {{"user", "Jane@bot"}}, {{"bot_password", "pw"}});
  EXPECT_EQ(answer.reason, "PROVIDER_LOCKED_OUT") << answer;
  EXPECT_EQ(answer.retry_pushback, "300000");
}

TEST_F(ProtocolTest, RegistryNamesThePlaceToLogInAt) {
  ScriptedServer issuer({
      {.target = "/token?service=registry.example%2Ceu&scope=repository%3Alibrary%2Falpine%3Apull",
       .headers = {{"authorization", "Basic amFuZTpwOncx"}},
       .answer =
           HttpAnswer(200, R"({"access_token":"eyJ.tok","issued_at":"2026-11-22T00:00:00Z"})")},
  });
  ScriptedServer server({
      {.target = "/v2/",
       .headers = {{"authorization", ""}},
       .answer = HttpAnswer(401, R"({"errors":[{"code":"UNAUTHORIZED"}]})",
                            {absl::StrCat("Www-Authenticate: Bearer realm=\"", issuer.Url("/token"),
                                          "\",service=\"registry.example,eu\",scope=\"x\"")})},
  });
  const Answer answer = LogIn(
      "docker_registry", server, {{"user", "jane"}, {"scope", "repository:library/alpine:pull"}},
      {{"password", "p:w1"}}, absl::StrCat("    origins: [\"", issuer.Url(), "\"]\n"));
  ASSERT_TRUE(answer.ok()) << answer;
  EXPECT_THAT(Attachments(answer.session), ElementsAre("header Authorization=Bearer eyJ.tok"));
  EXPECT_LE(LifeOf(answer.session), 60);
}

TEST_F(ProtocolTest, RegistryThatNamesAPlaceOfItsOwnChoiceGetsNoPassword) {
  ScriptedServer thief({});
  ScriptedServer server({
      {.target = "/v2/",
       .answer = HttpAnswer(401, "",
                            {absl::StrCat("Www-Authenticate: Bearer realm=\"", thief.Url("/token"),
                                          "\",service=\"s\"")})},
  });
  EXPECT_EQ(
      LogIn("docker_registry", server, {{"user", "jane"}, {"scope", "s"}}, {{"password", "p:w1"}})
          .reason,
      "PROVIDER_PROTOCOL_ERROR");
}

TEST_F(ProtocolTest, LastFmSignsTheParametersInTheOrderOfTheirNames) {
  ScriptedServer server({
      {.method = "POST",
       .target = "/2.0/",
       .body = "method=auth.getMobileSession&api_key=b25b959554ed76058ac220b7b2e0a026&username=rj"
               "&authToken=4136d7a4f09defca65860dbe938bc243"
               "&api_sig=b8c2b0e1cf3e10f0735be8170405317f",
       .answer = HttpAnswer(200,
                            "<lfm status=\"ok\">\n  <session>\n    <name>RJ</name>\n"
                            "    <key>d580d57f32848f5dcf574d1ce18d78b2</key>\n"
                            "    <subscriber>0</subscriber>\n  </session>\n</lfm>",
                            {"Content-Type: text/xml; charset=UTF-8"})},
  });
  const Answer answer =
      LogIn("lastfm", server, {{"user", "rj"}, {"api_key", "b25b959554ed76058ac220b7b2e0a026"}},
            {{"password", "s3cr3t"}, {"shared_secret", "361505f8eca5d4e5ab7d5a53a4f7e7ca"}});
  ASSERT_TRUE(answer.ok()) << answer;
  EXPECT_THAT(Attachments(answer.session), ElementsAre("form sk=d580d57f32848f5dcf574d1ce18d78b2"));
  EXPECT_TRUE(answer.session.constraints().signing_required());
  EXPECT_FALSE(answer.session.has_expire_time());
}

TEST_F(ProtocolTest, LastFmTellsErrorsApartByAnAttribute) {
  ScriptedServer server({{.method = "POST",
                          .body = ::testing::_,
                          .answer = HttpAnswer(403,
                                               "<lfm status=\"failed\"><error code=\"29\">Rate "
                                               "limit exceeded</error></lfm>")}});
  EXPECT_EQ(LogIn("lastfm", server, {{"user", "rj"}, {"api_key", "k"}},
                  {{"password", "s3cr3t"}, {"shared_secret", "s"}})
                .reason,
            "PROVIDER_UNREACHABLE");
}

ScriptedExchange SercommPage() {
  return {.target = "/login.html",
          .answer = HttpAnswer(200, "<html><script>var csrf_token = 'c0ffee';</script></html>",
                               {"Set-Cookie: session_id=5e55; path=/"})};
}

ScriptedExchange SercommSalt(const std::string& answer) {
  return {.target = MatchesRegex("/data/user_lang.json\\?_=[0-9]{13}&csrf_token=c0ffee"),
          .headers = {{"cookie", "session_id=5e55"}},
          .answer = HttpAnswer(200, answer)};
}

TEST_F(ProtocolTest, SercommHidesThePasswordWithTheKeyThatItGets) {
  ScriptedServer server({
      SercommPage(),
      SercommSalt(R"({"encryption_key":"k3y","salt":"s4lt"})"),
      {.method = "POST",
       .target = MatchesRegex("/data/login.json\\?_=[0-9]{13}&csrf_token=c0ffee"),
       .headers = {{"cookie", "session_id=5e55"}},
       .body = "LoginName=e600ad3c2046392affa6c7c11fd25cdf054b29789de63c1b9f36e8c26a3c2516"
               "&LoginPWD=076cd0d2e571837303ffd7d2ea4aeacd49b17ad8bb4284b99cb69186bcd27962",
       .answer = HttpAnswer(200, "1")},
  });
  const Answer answer = LogIn("sercomm", server, {{"user", "vodafone"}}, {{"password", "pw"}});
  ASSERT_TRUE(answer.ok()) << answer;
  EXPECT_THAT(Attachments(answer.session),
              ElementsAre("cookie session_id=5e55", "query csrf_token=c0ffee"));
}

TEST_F(ProtocolTest, SercommAsksForAChallengeWhereThereIsNoKey) {
  ScriptedServer server({
      SercommPage(),
      SercommSalt(R"({"salt":"s4lt"})"),
      {.target = "/data/login.json",
       .headers = {{"cookie", "session_id=5e55"}},
       .answer = HttpAnswer(200, R"({"challenge":"0123456789abcdef"})")},
      {.method = "POST",
       .body = "LoginName=vodafone"
               "&LoginPWD=ff8dc54e16981849fd0d10619ddde0d6856e9338d912ad9e1481e09cbbc5e94f",
       .answer = HttpAnswer(200, "2")},
  });
  // Somebody else is logged in.
  const Answer answer = LogIn("sercomm", server, {{"user", "vodafone"}}, {{"password", "pw"}});
  EXPECT_EQ(answer.reason, "PROVIDER_UNREACHABLE") << answer;
  EXPECT_EQ(answer.retry_pushback, "60000");
}

TEST_F(ProtocolTest, ProxmoxWantsAHeaderBesideTheCookieToWrite) {
  ScriptedServer server({
      {.method = "POST",
       .target = "/api2/json/access/ticket",
       .body = "username=root%40pam&password=pw",
       .answer = HttpAnswer(200, R"({"data":{"ticket":"PVE:root@pam:65::abc==",)"
                                 R"("CSRFPreventionToken":"65:xyz","username":"root@pam"}})")},
  });
  const Answer answer = LogIn("proxmox", server, {{"user", "root@pam"}}, {{"password", "pw"}});
  ASSERT_TRUE(answer.ok()) << answer;
  EXPECT_THAT(Attachments(answer.session),
              ElementsAre("cookie PVEAuthCookie=PVE:root@pam:65::abc==",
                          "header CSRFPreventionToken=65:xyz [POST,PUT,DELETE]"));
}

TEST_F(ProtocolTest, ProxmoxRenewsWithTheLastTicketAndFallsBackToThePassword) {
  const auto ticket = [](const std::string& body, const std::string& answer) {
    return ScriptedExchange{.method = "POST",
                            .target = "/api2/json/access/ticket",
                            .body = absl::StrCat("username=root%40pam&password=", body),
                            .answer = answer};
  };
  const auto issued = [](const std::string& id) {
    return HttpAnswer(
        200, absl::StrCat(R"({"data":{"ticket":")", id, R"(","CSRFPreventionToken":"c"}})"));
  };
  ScriptedServer server({ticket("pw", issued("first")), ticket("first", issued("second")),
                         ticket("second", HttpAnswer(401, "")), ticket("pw", issued("third"))});
  const auto broker = Start("proxmox", server, {{"user", "root@pam"}}, {{"password", "pw"}},
                            "    life: {absolute: 1s}\n");
  ASSERT_NE(broker, nullptr);
  const auto stub = broker->Stub();
  std::vector<std::string> ids;
  while (ids.size() < 3) {
    const Answer answer = GetSession(stub.get(), "proxmox", "main");
    ASSERT_TRUE(answer.ok()) << answer;
    if (ids.empty() || ids.back() != answer.session.id()) ids.push_back(answer.session.id());
  }
  EXPECT_THAT(ids, ElementsAre("first", "second", "third"));
}

// The ticket is kept as a secret. Each login is a broker's first and only one: the session itself,
// which outlasts the broker too, is lost each time.
TEST_F(ProtocolTest, ATicketOutlastsTheBrokerAndIsNotTouchedWithoutItsKey) {
  const auto ticket = [](const std::string& password, const std::string& id) {
    return ScriptedExchange{
        .method = "POST",
        .target = "/api2/json/access/ticket",
        .body = absl::StrCat("username=root%40pam&password=", password),
        .answer = HttpAnswer(
            200, absl::StrCat(R"({"data":{"ticket":")", id, R"(","CSRFPreventionToken":"c"}})"))};
  };
  ScriptedServer server(
      {ticket("pw", "first"), ticket("first", "second"), ticket("second", "third")});
  const auto log_in = [this, &server](const std::string& keys) {
    for (const char* file : {"sessions.db", "sessions.db-wal", "sessions.db-shm"}) {
      std::filesystem::remove(absl::StrCat(directory_.path(), "/state/", file));
    }
    top_level_ = absl::StrCat("sealing_keys: [", keys, "]\n");
    return LogIn("proxmox", server, {{"user", "root@pam"}}, {{"password", "pw"}});
  };
  const std::string old_key = absl::StrCat("{insecure_inline: ", std::string(64, 'a'), "}");
  const std::string new_key = absl::StrCat("{insecure_inline: ", std::string(64, 'b'), "}");
  const std::string both = absl::StrCat(new_key, ", ", old_key);
  EXPECT_EQ(log_in(old_key).session.id(), "first");
  // The old key goes before the account has logged in under the new one.
  top_level_ = absl::StrCat("sealing_keys: [", both, "]\n");
  EXPECT_NE(Start("proxmox", server, {{"user", "root@pam"}}, {{"password", "pw"}}, ""), nullptr);
  EXPECT_EQ(log_in(new_key).reason, "STORE_UNAVAILABLE");
  EXPECT_EQ(log_in(both).session.id(), "second");
  EXPECT_EQ(log_in(new_key).session.id(), "third");
}

TEST_F(ProtocolTest, WithoutASealingKeyATicketEndsWithTheBrokerWhichSaysSo) {
  const auto first = ScriptedExchange{
      .method = "POST",
      .body = "username=root%40pam&password=pw",
      .answer = HttpAnswer(200, R"({"data":{"ticket":"t","CSRFPreventionToken":"c"}})")};
  ScriptedServer server({first, first});
  const Texts user = {{"user", "root@pam"}};
  for (int i = 0; i < 2; ++i) {
    const auto broker = Start("proxmox", server, user, {{"password", "pw"}}, "");
    ASSERT_NE(broker, nullptr);
    EXPECT_TRUE(GetSession(broker->Stub().get(), "proxmox", "main").ok());
    EXPECT_THAT(broker->process().Stderr(), HasSubstr("\"event\":\"kept_in_memory\""));
  }
}

TEST_F(ProtocolTest, ProxmoxNullInPlaceOfATicketIsARefusal) {
  ScriptedServer server(
      {{.method = "POST", .body = ::testing::_, .answer = HttpAnswer(200, R"({"data":null})")}});
  EXPECT_EQ(LogIn("proxmox", server, {{"user", "root@pam"}}, {{"password", "pw"}}).reason,
            "CREDENTIALS_REJECTED");
}

TEST_F(ProtocolTest, SynologyTakesThePasswordInTheUrlWhereTheAccountAllowsIt) {
  ScriptedServer server({
      {.target = "/webapi/entry.cgi?api=SYNO.API.Auth&version=6&method=login&account=jane"
                 "&passwd=p%26w&format=sid&enable_device_token=yes&device_name=session-broker"
                 "&device_id=",
       .answer = HttpAnswer(200, R"({"data":{"did":"d1d","sid":"s1d","synotoken":"t0k"},)"
                                 R"("success":true})")},
  });
  const Answer answer = LogIn("synology", server, {{"user", "jane"}}, {{"password", "p&w"}},
                              "    allow_secret_in_url: true\n");
  ASSERT_TRUE(answer.ok()) << answer;
  EXPECT_THAT(Attachments(answer.session),
              ElementsAre("query _sid=s1d", "header X-SYNO-TOKEN=t0k"));
}

TEST_F(ProtocolTest, ShellyWrapsItsChallengeInTheTextOfAnError) {
  ScriptedServer server({
      {.method = "POST",
       .target = "/rpc",
       .body = R"({"id":1,"src":"session-broker","method":"Shelly.GetStatus"})",
       .answer = HttpAnswer(
           401, R"({"id":1,"error":{"code":401,"message":"{\"auth_type\": \"digest\", \"nonce\": )"
                R"(1625038762, \"nc\": 1, \"realm\": \"shellyplus1-aabbccddeeff\", \"algorithm\": )"
                R"(\"SHA-256\"}"}})")},
      {.method = "POST",
       .target = "/rpc",
       .body = MatchesRegex(
           R"(\{"id":2,"src":"session-broker","method":"Shelly\.GetStatus","auth":\{)"
           R"("realm":"shellyplus1-aabbccddeeff","username":"admin","nonce":1625038762,)"
           R"("cnonce":"[0-9]{9}","response":"[0-9a-f]{64}","algorithm":"SHA-256"\}\})"),
       .answer = HttpAnswer(200, R"({"id":2,"result":{"sys":{"mac":"AABBCCDDEEFF"}}})")},
  });
  const Answer answer = LogIn("shelly", server, {}, {{"password", "pw"}});
  ASSERT_TRUE(answer.ok()) << answer;
  EXPECT_EQ(answer.session.id(), "1625038762");
  EXPECT_TRUE(answer.session.constraints().signing_required());
}

TEST_F(ProtocolTest, QnapAnswersXmlWithCdata) {
  ScriptedServer server({
      {.method = "POST",
       .target = "/cgi-bin/authLogin.cgi",
       .body = "user=admin&pwd=czNjcjN0",
       .answer =
           HttpAnswer(200,
                      "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<QDocRoot version=\"1.0\">"
                      "<authPassed><![CDATA[1]]></authPassed>"
                      "<authSid><![CDATA[h3l10]]></authSid></QDocRoot>")},
  });
  const Answer answer = LogIn("qnap", server, {{"user", "admin"}}, {{"password", "s3cr3t"}});
  ASSERT_TRUE(answer.ok()) << answer;
  EXPECT_THAT(Attachments(answer.session), ElementsAre("query sid=h3l10"));
}

}  // namespace
}  // namespace sessionbroker::e2e
