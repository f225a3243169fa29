// What the transcripts do not show: limits in time, switches, cookies from the first step on.
#include "tests/simulator/corebos.h"

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/simulator/harness.h"

namespace sessionbroker::simulator {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::SizeIs;
using ::testing::StartsWith;

std::string LogIn(Harness& harness) {
  harness.Challenge("admin");
  return Harness::Result(harness.Login("admin", kCorebosDigest))["sessionName"];
}

TEST(CorebosTest, ChallengeIsReusedUntilItExpires) {
  Harness harness("corebos");
  ASSERT_TRUE(harness.simulator().QueueToken("corebos", kToken).ok());
  EXPECT_EQ(harness.GetChallenge("admin").body,
            R"({"success":true,"result":{"token":"6b01f55e890dd","serverTime":1795290462,)"
            R"("expireTime":1795297662},"moreinfo":null})");
  harness.simulator().AdvanceTime(absl::Seconds(7200));
  EXPECT_EQ(harness.GetChallenge("admin").body,
            R"({"success":true,"result":{"token":"6b01f55e890dd","serverTime":1795297662,)"
            R"("expireTime":"1795297662"},"moreinfo":null})");
  harness.simulator().AdvanceTime(absl::Seconds(1));
  EXPECT_NE(Harness::Result(harness.GetChallenge("admin"))["token"], kToken);
}

TEST(CorebosTest, SessionSlidesWithEachCall) {
  Harness harness("corebos");
  const std::string session = LogIn(harness);
  EXPECT_THAT(session, MatchesRegex("[0-9a-f]{32}"));
  for (int i = 0; i < 30; ++i) {
    harness.simulator().AdvanceTime(absl::Seconds(7199));
    EXPECT_EQ(Harness::Code(harness.ListTypes(session)), "ok");
  }
  harness.simulator().AdvanceTime(absl::Seconds(7200));
  EXPECT_EQ(Harness::Code(harness.ListTypes(session)), "AUTHENTICATION_REQUIRED");
}

TEST(CorebosTest, RecordsAreMadeAndFoundWithASessionAlone) {
  Harness harness("corebos");
  const Pairs create = {
      {"operation", "create"}, {"elementType", "Leads"}, {"element", R"({"lastname":"Novák"})"}};
  EXPECT_EQ(Harness::Code(harness.Post(create)), "AUTHENTICATION_REQUIRED");
  const std::string session = LogIn(harness);
  Pairs with_session = create;
  with_session.emplace_back("sessionName", session);
  EXPECT_EQ(Harness::Result(harness.Post(with_session))["id"], "12x1");
  EXPECT_EQ(Harness::Result(harness.Post(with_session))["id"], "12x2");
  with_session[2].second = "no JSON";
  EXPECT_EQ(Harness::Code(harness.Post(with_session)), "MANDATORY_FIELDS_MISSING");
  const auto query = [&](const std::string& text) {
    return harness.Get({{"operation", "query"}, {"query", text}, {"sessionName", session}});
  };
  EXPECT_EQ(Harness::Result(query("select * from Leads;")).size(), 2u);
  EXPECT_EQ(Harness::Result(query("select * from Vendors;")).size(), 0u);
  EXPECT_EQ(Harness::Code(query("drop table Leads;")), "QUERY_SYNTAX_ERROR");
}

TEST(CorebosTest, SettingShortensTheSession) {
  Harness harness("corebos");
  harness.Change([](Settings& settings) { settings.session_idle = absl::Seconds(1440); });
  const std::string session = LogIn(harness);
  harness.simulator().AdvanceTime(absl::Seconds(1440));
  EXPECT_EQ(Harness::Code(harness.ListTypes(session)), "AUTHENTICATION_REQUIRED");
}

TEST(CorebosTest, UserAgentLockCanBeSwitchedOff) {
  Harness harness("corebos");
  harness.Change([](Settings& settings) { settings.lock_user_agent = false; });
  const std::string session = LogIn(harness);
  const Answer other =
      harness.client().Send({.url = harness.url(),
                             .query = {{"operation", "listtypes"}, {"sessionName", session}},
                             .user_agent = "other/2"});
  EXPECT_EQ(Harness::Code(other), "ok");
}

TEST(CorebosTest, PasswordFormNeedsAPassword) {
  Harness harness("corebos");
  ASSERT_TRUE(
      harness.simulator().SetUser("corebos", {.name = "admin", .access_key = "another"}).ok());
  harness.Challenge("admin");
  EXPECT_EQ(Harness::Code(harness.Login("admin", kToken)), "INVALID_USER_CREDENTIALS");
}

TEST(CorebosTest, CookieOfTheChallengeBecomesTheSession) {
  Harness harness("corebos");
  ASSERT_TRUE(harness.simulator().QueueToken("corebos", kToken).ok());
  const std::vector<std::string> set = harness.GetChallenge("admin").Header("Set-Cookie");
  ASSERT_THAT(set, ElementsAre(MatchesRegex(
                       "cb0663ad6e4517fb6eb1d09f8331ef90c2=[0-9a-f]{32}; path=/; HttpOnly; "
                       "SameSite=Strict")));
  const std::string cookie = std::vector<std::string>(absl::StrSplit(set[0], ';'))[0];
  const Call login{
      .method = "POST",
      .url = harness.url(),
      .form = {{"operation", "login"}, {"username", "admin"}, {"accessKey", kCorebosDigest}},
      .headers = {{"Cookie", cookie}}};
  const std::string session = Harness::Result(harness.client().Send(login))["sessionName"];
  EXPECT_THAT(cookie, testing::EndsWith(absl::StrCat("=", session)));
  // A dead session comes back under its old id, the trap for a client with a cookie jar.
  ASSERT_TRUE(harness.simulator().KillSessions("corebos").ok());
  const Answer again = harness.client().Send(login);
  EXPECT_EQ(Harness::Result(again)["sessionName"], session);
  EXPECT_THAT(again.Header("Set-Cookie"), IsEmpty());
}

TEST(CorebosTest, SlashAndTextOutsideAsciiAreWrittenAsPhpWritesThem) {
  Harness harness("corebos");
  EXPECT_EQ(harness.GetChallenge("a/ñ\xf0\x9f\x98\x80\xff").body,
            R"({"success":false,"error":{"message":"Given user cannot be found: )"
            R"(a\/\u00f1\ud83d\ude00\ufffd","code":"AUTHENTICATION_REQUIRED"},"moreinfo":null})");
}

TEST(CorebosTest, LogoutSetsBothCookies) {
  Harness harness("corebos");
  const std::string session = LogIn(harness);
  const Answer answer = harness.Post({{"operation", "logout"}, {"sessionName", session}});
  EXPECT_THAT(answer.Header("Set-Cookie"),
              ElementsAre(StartsWith(absl::StrCat("cb440d0441d7a79684735805b03aef981c=", session)),
                          StartsWith("cb440d0441d7a79684735805b03aef981c=deleted")));
  EXPECT_THAT(harness.Get({{"operation", "listtypes"}}).Header("Set-Cookie"), SizeIs(0));
}

}  // namespace
}  // namespace sessionbroker::simulator
