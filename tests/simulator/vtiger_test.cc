// What the transcripts do not show: limits in time, faults in the order of steps, ABMS.
#include "tests/simulator/vtiger.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/simulator/harness.h"

namespace sessionbroker::simulator {
namespace {

using ::testing::Contains;
using ::testing::MatchesRegex;

TEST(VtigerTest, NewChallengeKillsTheFormerOne) {
  Harness harness("vtiger");
  harness.Challenge("admin");
  EXPECT_EQ(Harness::Code(harness.GetChallenge("admin")), "ok");
  EXPECT_EQ(Harness::Code(harness.Login("admin", kVtigerDigest)), "INVALID_USER_CREDENTIALS");
}

TEST(VtigerTest, ChallengeIsGoodForThreeHundredSeconds) {
  Harness harness("vtiger");
  harness.Challenge("admin");
  harness.simulator().AdvanceTime(absl::Seconds(300));
  EXPECT_EQ(Harness::Code(harness.Login("admin", kVtigerDigest)), "ok");
  harness.simulator().AdvanceTime(absl::Seconds(1));
  EXPECT_EQ(Harness::Code(harness.Login("admin", kVtigerDigest)), "INVALID_AUTH_TOKEN");
}

TEST(VtigerTest, IdsHaveTheShapesOfTheRealServer) {
  Harness harness("vtiger");
  EXPECT_THAT(Harness::Result(harness.GetChallenge("admin"))["token"].get<std::string>(),
              MatchesRegex("6b01f55e[0-9a-f]{5}"));
  harness.Challenge("admin");
  for (int i = 0; i < 50; ++i) {
    EXPECT_THAT(
        Harness::Result(harness.Login("admin", kVtigerDigest))["sessionName"].get<std::string>(),
        MatchesRegex("[0-9a-f]{7,8}6b01f55e[0-9a-f]{5}"));
  }
}

TEST(VtigerTest, SessionEndsByTimeAsItsSettingsSay) {
  const absl::Duration never = absl::InfiniteDuration();
  const struct {
    const char* name;
    absl::Duration idle, left_idle, life, wait;
    const char* code;
  } cases[] = {
      {"collected by PHP", absl::Seconds(1440), absl::Seconds(1800), never, absl::Seconds(1440),
       "INVALID_SESSIONID"},
      {"a second before", absl::Seconds(1440), absl::Seconds(1800), never, absl::Seconds(1439),
       "ok"},
      {"left idle", never, absl::Seconds(1800), never, absl::Seconds(1800), "SESSION_LEFT_IDLE"},
      {"life over", never, never, absl::Seconds(86400), absl::Seconds(86400), "SESSION_EXPIRED"},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    Harness harness("vtiger");
    harness.Change([&](Settings& settings) {
      settings.session_idle = test.idle;
      settings.session_left_idle = test.left_idle;
      settings.session_life = test.life;
    });
    harness.Challenge("admin");
    const std::string session =
        Harness::Result(harness.Login("admin", kVtigerDigest))["sessionName"];
    harness.simulator().AdvanceTime(test.wait);
    EXPECT_EQ(Harness::Code(harness.ListTypes(session)), test.code);
    if (std::string(test.code) != "ok") {
      EXPECT_EQ(Harness::Code(harness.ListTypes(session)), "INVALID_SESSIONID");
    }
  }
}

TEST(VtigerTest, EachCallRenewsTheIdleTimeButNotTheLife) {
  Harness harness("vtiger");
  harness.Challenge("admin");
  const std::string session = Harness::Result(harness.Login("admin", kVtigerDigest))["sessionName"];
  std::string code;
  int calls = 0;
  for (; calls < 100 && (code = Harness::Code(harness.ListTypes(session))) == "ok"; ++calls) {
    harness.simulator().AdvanceTime(absl::Seconds(1000));
  }
  EXPECT_EQ(code, "SESSION_EXPIRED");
  EXPECT_EQ(calls, 87);  // 0 s to 86,000 s; the call at 87,000 s is beyond 86,400 s.
}

TEST(VtigerTest, LoginInsideALiveSessionKeepsItsId) {
  Harness harness("vtiger");
  harness.Challenge("admin");
  const std::string session = Harness::Result(harness.Login("admin", kVtigerDigest))["sessionName"];
  const Answer again = harness.Post({{"operation", "login"},
                                     {"username", "admin"},
                                     {"accessKey", kVtigerDigest},
                                     {"sessionName", session}});
  EXPECT_EQ(Harness::Result(again)["sessionName"], session);
}

TEST(VtigerTest, PatternUserStandsForManyWhoDoNotShareAChallenge) {
  Harness harness("vtiger");
  ASSERT_TRUE(harness.simulator()
                  .SetUser("vtiger", {.name = "Load-*", .access_key = "vT9demoKey4Admin"})
                  .ok());
  harness.Challenge("load-1");
  EXPECT_EQ(Harness::Code(harness.GetChallenge("load-2")), "ok");
  const nlohmann::json first = Harness::Result(harness.Login("load-1", kVtigerDigest));
  EXPECT_EQ(first["username"], "load-1");
  EXPECT_EQ(first["userId"], "19x2");
  EXPECT_EQ(Harness::Code(harness.GetChallenge("loud-1")), "ACCESS_DENIED");
}

TEST(AbmsTest, AnswersInTheShapesOfItsDocumentation) {
  Harness harness("abms");
  ASSERT_TRUE(harness.simulator().QueueToken("abms", kToken).ok());
  EXPECT_EQ(harness.GetChallenge("jane+crm@example.com").body,
            R"({"success":true,"result":{"token":"6b01f55e890dd","serverTime":"1795290462",)"
            R"("expireTime":"1795290762"}})");
  ASSERT_TRUE(harness.simulator().QueueSession("abms", "2aa344106b01f55e8e7a4").ok());
  // The operation in the query, the rest in the body.
  const Answer answer = harness.client().Send(
      {.method = "POST",
       .url = harness.url(),
       .query = {{"operation", "login"}},
       .form = {{"username", "jane+crm@example.com"}, {"accessKey", kAbmsDigest}}});
  EXPECT_EQ(answer.body,
            R"({"success":true,"result":{"sessionId":"2aa344106b01f55e8e7a4","userId":"19x1",)"
            R"("version":"0.22","vtigerVersion":"8.0.0"}})");
  EXPECT_EQ(Harness::Code(harness.ListTypes("2aa344106b01f55e8e7a4")), "ok");
}

TEST(AbmsTest, PlusInAUserNameIsASpaceUnlessItIsEncoded) {
  Harness harness("abms");
  const auto ask = [&](const std::string& encoded) {
    return Harness::Code(harness.client().Send(
        {.url = absl::StrCat(harness.url(), "?operation=getchallenge&username=", encoded)}));
  };
  EXPECT_EQ(ask("jane%2Bcrm%40example.com"), "ok");
  EXPECT_EQ(ask("jane+crm@example.com"), "ACCESS_DENIED");
}

TEST(AbmsTest, TimesCanBeTextThatIsNoNumber) {
  Harness harness("abms");
  harness.Change([](Settings& settings) { settings.time_style = TimeStyle::kText; });
  const nlohmann::json result = Harness::Result(harness.GetChallenge("jane+crm@example.com"));
  EXPECT_EQ(result["serverTime"], "2026-11-21 19:47:42");
  EXPECT_EQ(result["expireTime"], "2026-11-21 19:52:42");
}

TEST(AbmsTest, UnknownClientAddressGetsABadRequestWithoutJson) {
  Harness harness("abms");
  harness.Change([](Settings& settings) { settings.allowed_clients = {"192.0.2.7"}; });
  const Answer refused = harness.GetChallenge("jane+crm@example.com");
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.Header("Content-Type"), Contains("text/html; charset=UTF-8"));
  EXPECT_EQ(Harness::Code(refused), "http 400");
  EXPECT_EQ(harness.simulator().counters().Count("abms", "getchallenge", "not_whitelisted"), 1);
  harness.Change([](Settings& settings) { settings.allowed_clients = {"192.0.2.7", "127.0.0.1"}; });
  EXPECT_EQ(Harness::Code(harness.GetChallenge("jane+crm@example.com")), "ok");
}

}  // namespace
}  // namespace sessionbroker::simulator
