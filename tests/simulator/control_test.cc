#include "tests/simulator/control.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/simulator/harness.h"

namespace sessionbroker::simulator {
namespace {

using ::testing::HasSubstr;

class ControlTest : public testing::Test {
 protected:
  std::string Url(const std::string& name) {
    return absl::StrCat("http://127.0.0.1:", harness_.port(), "/_control/", name);
  }
  nlohmann::json Get(const std::string& name) {
    return Harness::Json(harness_.client().Send({.url = Url(name)}));
  }
  Answer Post(const std::string& name, const std::string& body) {
    return harness_.client().Send({.method = "POST", .url = Url(name), .body = body});
  }
  void Do(const std::string& name, const std::string& body) {
    const Answer answer = Post(name, body);
    EXPECT_EQ(answer.status, 200) << answer.body;
  }

  Harness harness_{"vtiger"};
};

TEST_F(ControlTest, OverviewNamesFamiliesAndFaults) {
  const nlohmann::json overview = Get("");
  EXPECT_EQ(overview["families"]["abms"]["url"], harness_.simulator().url("abms"));
  EXPECT_EQ(overview["faults"].size(), FaultNames().size());
  EXPECT_EQ(overview["time"], 1795290462);
}

TEST_F(ControlTest, CountersAreThoseOfTheProcessWithoutItsOwnTraffic) {
  harness_.GetChallenge("admin");
  harness_.Get({{"operation", "getchallenge"}, {"username", "no\xffne"}});
  const nlohmann::json counters = Get("counters");
  EXPECT_EQ(counters["requests"], 2);
  EXPECT_EQ(counters["connections"], 1);
  EXPECT_EQ(counters["answers"][0], (nlohmann::json{{"family", "vtiger"},
                                                    {"operation", "getchallenge"},
                                                    {"outcome", "ACCESS_DENIED"},
                                                    {"count", 1}}));
  EXPECT_EQ(counters["answers"][1]["outcome"], "ok");
  EXPECT_EQ(counters["last_request"]["vtiger"]["method"], "GET");
  EXPECT_EQ(counters["last_request"]["vtiger"]["query"][0]["name"], "operation");
  EXPECT_EQ(Get("requests").size(), 2u);
  EXPECT_EQ(Get("requests")[0]["target"],
            "/vtiger/webservice.php?operation=getchallenge&username=admin");
}

TEST_F(ControlTest, FaultsAreAddedAndCleared) {
  Do("fault", R"({"kind":"status","family":"vtiger","operation":"getchallenge","skip":1,"count":0,
                  "latency_ms":0.5,"status":502,"body":"b","content_type":"text/plain"})");
  EXPECT_EQ(harness_.GetChallenge("admin").status, 200);
  EXPECT_EQ(harness_.GetChallenge("admin").status, 502);
  EXPECT_EQ(harness_.GetChallenge("admin").body, "b");
  Do("reset", R"({"only":["faults"]})");
  EXPECT_EQ(harness_.GetChallenge("admin").status, 200);
  EXPECT_EQ(harness_.simulator().counters().Count("vtiger", "", "fault:status"), 2);
  Do("reset", R"({"only":["counters"]})");
  EXPECT_EQ(harness_.simulator().counters().requests, 0);
}

TEST_F(ControlTest, UsersAreAddedAndReplaced) {
  Do("users", R"({"family":"vtiger","name":"new@example.com","access_key":"vT9demoKey4Admin"})");
  harness_.Challenge("new@example.com");
  EXPECT_EQ(Harness::Code(harness_.Login("new@example.com", kVtigerDigest)), "ok");
  Do("users", R"({"family":"vtiger","name":"new@example.com","access_key":null})");
  EXPECT_EQ(Harness::Code(harness_.Login("new@example.com", kVtigerDigest)), "ACCESSKEY_UNDEFINED");
  Do("users", R"({"family":"vtiger","name":"new@example.com","access_key":"vT9demoKey4Admin",
                  "active":false})");
  EXPECT_EQ(Harness::Code(harness_.Login("new@example.com", kVtigerDigest)),
            "INVALID_USER_CREDENTIALS");
}

TEST_F(ControlTest, TimeAndSessionsAreMoved) {
  harness_.Challenge("admin");
  const std::string session =
      Harness::Result(harness_.Login("admin", kVtigerDigest))["sessionName"];
  EXPECT_EQ(Harness::Json(Post("advance", R"({"seconds":100})"))["time"], 1795290562);
  EXPECT_EQ(Harness::Code(harness_.ListTypes(session)), "ok");
  Do("kill", R"({"family":"vtiger","end":"left_idle"})");
  EXPECT_EQ(Harness::Code(harness_.ListTypes(session)), "SESSION_LEFT_IDLE");
  Do("expire", R"({"family":"vtiger"})");
  EXPECT_EQ(Harness::Code(harness_.Login("admin", kVtigerDigest)), "INVALID_AUTH_TOKEN");
  Do("advance", R"({"freeze":1800000000})");
  EXPECT_EQ(harness_.simulator().Now(), absl::FromUnixSeconds(1800000000));
}

TEST_F(ControlTest, SessionsOfOneUserAreKilledAndCounted) {
  Do("users", R"({"family":"vtiger","name":"other","access_key":"vT9demoKey4Admin"})");
  std::map<std::string, std::string> sessions;
  for (const char* user : {"admin", "other"}) {
    harness_.Challenge(user);
    sessions[user] = Harness::Result(harness_.Login(user, kVtigerDigest))["sessionName"];
  }
  Do("kill", R"({"family":"vtiger","user":"admin"})");
  EXPECT_EQ(Harness::Code(harness_.ListTypes(sessions["admin"])), "INVALID_SESSIONID");
  EXPECT_EQ(Harness::Code(harness_.ListTypes(sessions["other"])), "ok");
  EXPECT_EQ(Harness::Code(harness_.ListTypes("neither")), "INVALID_SESSIONID");
  EXPECT_EQ(
      Harness::Code(harness_.Post({{"operation", "logout"}, {"sessionName", sessions["other"]}})),
      "ok");
  EXPECT_EQ(Get("counters")["by_user"],
            nlohmann::json::parse(
                R"([{"family":"vtiger","operation":"listtypes","user":"admin","count":1},
                    {"family":"vtiger","operation":"listtypes","user":"other","count":1},
                    {"family":"vtiger","operation":"logout","user":"other","count":1}])"));
  EXPECT_EQ(harness_.simulator().counters().CountOfUser("vtiger", "other"), 2);
  EXPECT_EQ(harness_.simulator().counters().CountOfUser("vtiger", "other", "logout"), 1);
}

TEST_F(ControlTest, SettingsChangeOnlyWhatIsNamed) {
  Do("settings", R"({"family":"abms","time_style":"text","allowed_clients":["192.0.2.1"],
                     "session_idle":60})");
  const Settings settings = *harness_.simulator().settings("abms");
  EXPECT_EQ(settings.time_style, TimeStyle::kText);
  EXPECT_THAT(settings.allowed_clients, testing::ElementsAre("192.0.2.1"));
  EXPECT_EQ(settings.session_idle, absl::Seconds(60));
  EXPECT_EQ(settings.challenge_life, absl::Seconds(300));
  Do("settings", R"({"family":"corebos","maintenance":true,"lock_user_agent":false})");
  EXPECT_TRUE(harness_.simulator().settings("corebos")->maintenance);
  EXPECT_FALSE(harness_.simulator().settings("corebos")->lock_user_agent);
}

TEST_F(ControlTest, PortOfAFamilyRefuses) {
  const nlohmann::json answer =
      Harness::Json(Post("port", R"({"family":"vtiger","mode":"refuse"})"));
  EXPECT_EQ(answer["url"], *harness_.simulator().dedicated_url("vtiger"));
  EXPECT_NE(SendRaw(PortOf(answer["url"].get<std::string>()), "").connect_error, 0);
}

TEST_F(ControlTest, WrongRequestsSaySoAndChangeNothing) {
  const struct {
    const char* name;
    const char* body;
    int status;
    const char* error;
  } cases[] = {
      {"fault", R"({"kind":"nope"})", 400, "\"nope\" is none of delay, close"},
      {"fault", R"({"kind":"reset","famliy":"vtiger"})", 400, "unknown field \"famliy\""},
      {"fault", R"({"kind":"reset","count":"3"})", 400, "field \"count\": expected a whole number"},
      {"fault", R"({"kind":"reset","family":"vtigre"})", 400, "no family \"vtigre\""},
      {"fault", "[]", 400, "not a JSON object"},
      {"fault", "{", 400, "not a JSON object"},
      {"users", R"({"family":"vtiger"})", 400, "\"name\" is missing"},
      {"users", R"({"family":"x","name":"n"})", 404, "no family \"x\""},
      {"settings", R"({"family":"abms","time_style":"roman"})", 400, "none of number, digits"},
      {"settings", R"({"family":"abms","allowed_clients":[1]})", 400, "a list of texts"},
      {"kill", R"({"family":"vtiger","end":1})", 400, "field \"end\": expected text"},
      {"advance", R"({"seconds":"1"})", 400, "field \"seconds\": expected a number"},
      {"reset", R"({"only":["users"]})", 400, "\"users\" is none of counters, faults"},
      {"nothing", "{}", 404, "no POST /_control/nothing"},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(absl::StrCat(test.name, " ", test.body));
    const Answer answer = Post(test.name, test.body);
    EXPECT_EQ(answer.status, test.status);
    EXPECT_THAT(Harness::Json(answer)["error"].get<std::string>(), HasSubstr(test.error));
  }
  EXPECT_EQ(harness_.client().Send({.url = Url("nothing")}).status, 404);
  EXPECT_EQ(harness_.client().Send({.method = "PUT", .url = Url("fault")}).status, 400);
  EXPECT_EQ(Harness::Code(harness_.GetChallenge("admin")), "ok");
}

}  // namespace
}  // namespace sessionbroker::simulator
