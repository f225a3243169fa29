// Replays what real servers were asked and holds the simulator's answers against theirs.
#include "tests/simulator/transcript.h"

#include <functional>
#include <map>
#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/simulator/client.h"
#include "tests/simulator/simulator.h"

namespace sessionbroker::simulator {
namespace {

constexpr char kCut[] = " … ";

// One family's simulator, brought into the state that each recorded exchange found.
class Replay {
 public:
  explicit Replay(std::string family) : family_(std::move(family)) {
    Simulator::Options options;
    options.frozen_time = absl::FromUnixSeconds(1795290141);
    absl::StatusOr<std::unique_ptr<Simulator>> started = Simulator::Start(options);
    EXPECT_TRUE(started.ok()) << started.status();
    simulator_ = *std::move(started);
    url_ = absl::StrCat(simulator_->url(family_), "/webservice.php");
  }

  // Things that happened on the recorded server out of sight.
  void Challenge(const std::string& token) {
    EXPECT_TRUE(simulator_->QueueToken(family_, token).ok());
    tokens_.insert(token);
    const Answer answer = client_.Send(
        {.url = url_, .query = {{"operation", "getchallenge"}, {"username", "admin"}}});
    EXPECT_THAT(answer.body, testing::HasSubstr(token));
  }
  void Login(const std::string& session, const std::string& access_key) {
    EXPECT_TRUE(simulator_->QueueSession(family_, session).ok());
    sessions_.insert(session);
    const Answer answer = client_.Send(
        {.method = "POST",
         .url = url_,
         .form = {{"operation", "login"}, {"username", "admin"}, {"accessKey", access_key}}});
    EXPECT_THAT(answer.body, testing::HasSubstr(session));
  }
  // How to make a session of that id appear that was opened out of sight.
  std::function<void(const std::string& session)> open_session;
  Simulator& simulator() { return *simulator_; }
  const std::string& family() const { return family_; }

  void Run(Exchanged exchanged) {
    SCOPED_TRACE(absl::StrCat(exchanged.section, " ", exchanged.title));
    Prepare(exchanged);
    Call call{.method = exchanged.method,
              .url = url_,
              .query = exchanged.query,
              .form = exchanged.form,
              .headers = exchanged.headers};
    if (exchanged.user_agent) call.user_agent = *exchanged.user_agent;
    if (exchanged.title == "login as JSON body") {
      call.body = R"({"operation":"login","username":"admin",)"
                  R"("accessKey":"f2a6fb2febe38ae2a5e91bf4de2e2d59"})";
    }
    const Answer answer = client_.Send(call);
    ASSERT_EQ(answer.error, 0);
    EXPECT_EQ(answer.status, exchanged.status);
    EXPECT_THAT(answer.Header("Content-Type"), testing::ElementsAre(exchanged.content_type));
    if (exchanged.cookies) {
      EXPECT_EQ(answer.Header("Set-Cookie"), *exchanged.cookies);
    }
    CompareBody(exchanged, answer.body);
  }

 private:
  // Lets the simulator draw the recorded time, token and session id.
  void Prepare(const Exchanged& exchanged) {
    const nlohmann::json body =
        nlohmann::json::parse(exchanged.body, /*cb=*/nullptr, /*allow_exceptions=*/false);
    if (!body.is_object() || !body.contains("result")) {
      if (exchanged.status == 200 && absl::StrContains(exchanged.body, "\"success\":true")) {
        OpenNamedSession(exchanged);
      }
      return;
    }
    const nlohmann::json& result = body["result"];
    if (result.contains("serverTime")) {
      simulator_->FreezeTime(absl::FromUnixSeconds(result["serverTime"].get<int64_t>()));
    }
    if (result.contains("token") && tokens_.insert(result["token"]).second) {
      EXPECT_TRUE(simulator_->QueueToken(family_, result["token"]).ok());
    }
    OpenNamedSession(exchanged);
    if (result.contains("sessionName") && sessions_.insert(result["sessionName"]).second) {
      EXPECT_TRUE(simulator_->QueueSession(family_, result["sessionName"]).ok());
    }
  }

  void OpenNamedSession(const Exchanged& exchanged) {
    for (const Pairs* pairs : {&exchanged.query, &exchanged.form}) {
      for (const auto& [name, value] : *pairs) {
        const std::string session = absl::AsciiStrToLower(value);
        const bool login = absl::StrContains(exchanged.title, "login while");
        if (name == "sessionName" && !login && sessions_.count(session) == 0) {
          open_session(session);
        }
      }
    }
  }

  static void CompareBody(const Exchanged& exchanged, const std::string& body) {
    const size_t cut = exchanged.body.find(kCut);
    if (cut == std::string::npos) {
      EXPECT_EQ(body, exchanged.body);
      EXPECT_EQ(body.size(), exchanged.size);
      return;
    }
    // The simulator's list of modules is shorter than the real one: its two ends must agree.
    std::string start = exchanged.body.substr(0, cut);
    constexpr absl::string_view kCommon = "\"PriceBooks\",";
    if (const size_t common = start.find(std::string(kCommon)); common != std::string::npos) {
      start.resize(common + kCommon.size());
    }
    const std::string rest = exchanged.body.substr(cut + sizeof(kCut) - 1);
    EXPECT_THAT(body, testing::StartsWith(start));
    EXPECT_THAT(body, testing::EndsWith(rest.substr(rest.find("},\""))));
    EXPECT_TRUE(nlohmann::json::accept(body)) << body;
  }

  const std::string family_;
  std::unique_ptr<Simulator> simulator_;
  std::string url_;
  Client client_;
  std::set<std::string> tokens_;
  std::set<std::string> sessions_;
};

struct Script {
  // What happened on the server right before the exchange of that title.
  std::map<std::string, std::function<void(Replay&)>> before;
  // Titles of exchanges that the simulator does not take part in.
  std::set<std::string> skipped;
  // Recorded digest → the digest under the simulated user's key, from `openssl md5`.
  std::map<std::string, std::string> digests;
};

void Play(Replay& replay, const Script& script, const std::vector<Exchanged>& transcript,
          size_t expected) {
  size_t played = 0;
  std::set<std::string> met;
  for (Exchanged exchanged : transcript) {
    met.insert(exchanged.title);
    if (script.skipped.count(exchanged.title) != 0) continue;
    if (const auto step = script.before.find(exchanged.title); step != script.before.end()) {
      step->second(replay);
    }
    for (auto& [name, value] : exchanged.form) {
      const auto digest = script.digests.find(absl::AsciiStrToLower(value));
      if (digest == script.digests.end()) continue;
      const bool upper = value != digest->first;
      value = upper ? absl::AsciiStrToUpper(digest->second) : digest->second;
    }
    replay.Run(exchanged);
    ++played;
  }
  EXPECT_EQ(played, expected);
  for (const auto& [title, step] : script.before) EXPECT_TRUE(met.count(title)) << title;
}

std::vector<Exchanged> Transcript(const std::string& name, const std::string& section = "") {
  absl::StatusOr<std::vector<Exchanged>> all =
      ReadTranscript(absl::StrCat("tests/fixtures/observed/", name));
  EXPECT_TRUE(all.ok()) << all.status();
  if (!all.ok()) return {};
  std::vector<Exchanged> chosen;
  for (Exchanged& exchanged : *all) {
    if (exchanged.section == section) chosen.push_back(std::move(exchanged));
  }
  return chosen;
}

void SetAdmin(Replay& replay, const std::function<void(User&)>& change) {
  for (auto [family, user] : Simulator::DemoUsers()) {
    if (family != replay.family()) continue;
    change(user);
    EXPECT_TRUE(replay.simulator().SetUser(family, user).ok());
  }
}

void ForgetKey(Replay& replay) {
  SetAdmin(replay, [](User& user) { user.access_key.reset(); });
}

void Deactivate(Replay& replay) {
  SetAdmin(replay, [](User& user) { user.active = false; });
}

void ExpireChallenges(Replay& replay) {
  EXPECT_TRUE(replay.simulator().ExpireChallenges(replay.family()).ok());
}

void KillSessions(Replay& replay, SessionEnd end) {
  EXPECT_TRUE(replay.simulator().KillSessions(replay.family(), end).ok());
}

TEST(TranscriptTest, CorebosAnswersAsRecorded) {
  Replay replay("corebos");
  // The password form, so that the test needs no digest of its own.
  replay.open_session = [&](const std::string& session) {
    replay.Login(session, "6b01f5ae51b26admin");
  };
  Script script;
  script.before["getchallenge"] = [](Replay& r) { r.Challenge("6b01f41d86fd8"); };
  script.before["login with EXPIRED token"] = ExpireChallenges;
  script.before["login with no challenge asked"] = ExpireChallenges;
  script.before["UA lock: same UA"] = [](Replay& r) {
    r.simulator().FreezeTime(absl::FromUnixSeconds(1795290542));
    r.Challenge("6b01f5ae51b26");
  };
  script.before["UA lock: no UA at all"] = [](Replay& r) {
    r.open_session("52dba865ef32d40c3b20709aec4aa24c");
  };
  script.before["EXPIRED session"] = [](Replay& r) {
    r.open_session("0ba9f03f6946897faae523d188c1b9d3");
    r.simulator().AdvanceTime(absl::Seconds(7200));
  };
  script.before["logout"] = [](Replay& r) { r.simulator().AdvanceTime(-absl::Seconds(7200)); };
  script.before["extendsession no cookie"] = [](Replay& r) {
    r.open_session("e0ddc2e747581000ed0aa772af61a499");
  };
  script.before["login accesskey NULL"] = ForgetKey;
  Play(replay, script, Transcript("corebos.txt"), 71);
}

TEST(TranscriptTest, CorebosAnswersOddCasesAsRecorded) {
  Replay replay("corebos");
  Script script;
  script.before["getchallenge INACTIVE (real)"] = [](Replay& r) {
    r.Challenge("6b01f41d86fd8");
    Deactivate(r);
  };
  const auto maintenance = [](bool on) {
    return [on](Replay& r) {
      Settings settings = *r.simulator().settings("corebos");
      settings.maintenance = on;
      EXPECT_TRUE(r.simulator().Configure("corebos", settings).ok());
    };
  };
  script.before["maintenance mode (cbSMActive)"] = maintenance(true);
  script.before["last: getchallenge"] = maintenance(false);
  script.skipped = {"create GV lifespan=600"};  // There is nothing to create here.
  Play(replay, script, Transcript("extra.txt", "corebos"), 7);
}

TEST(TranscriptTest, VtigerAnswersAsRecorded) {
  Replay replay("vtiger");
  constexpr char kToken[] = "6b01f55e890dd";
  constexpr char kDigest[] = "70fe82862264b301dbee9955947c7ead";
  replay.open_session = [&](const std::string& session) { replay.Login(session, kDigest); };
  const auto open = [](const std::string& session) {
    return [session](Replay& r) { r.open_session(session); };
  };
  Script script;
  script.digests = {{"6e522c6aeadd2b132a032c5b3ed9c7b9", kDigest},
                    {"bf486c0a6d411ef71b200c19ddee3c66", "90395f4a3a52862b8e68d51548a8b213"},
                    {"6dc55859380a5cea983f4e4f82b22d37", "90395f4a3a52862b8e68d51548a8b213"}};
  script.before["login with FIRST of two tokens"] = [=](Replay& r) { r.Challenge(kToken); };
  script.before["login with EXPIRED token"] = [](Replay& r) {
    r.simulator().AdvanceTime(absl::Seconds(301));
  };
  script.before["login with no challenge asked"] = ExpireChallenges;
  script.before["session file gone (PHP gc)"] = [=](Replay& r) {
    r.Challenge(kToken);
    r.open_session("221d8d896b01f55ea9480");
    r.simulator().AdvanceTime(absl::Seconds(1440));
  };
  script.before["doctored: life span over"] = [=](Replay& r) {
    r.Challenge(kToken);
    r.open_session("75ce5f366b01f55eab5be");
    KillSessions(r, SessionEnd::kExpired);
  };
  script.before["doctored: left idle"] = [](Replay& r) {
    r.open_session("410aa61d6b01f55ead9e4");
    KillSessions(r, SessionEnd::kLeftIdle);
  };
  script.before["logout by GET"] = open("206bad96b01f55eafbcf");
  script.before["login accesskey NULL"] = ForgetKey;
  // A session that only getchallenge ran in; its id reaches no client.
  script.skipped = {"listtypes pre-login session (of a getchallenge)"};
  Play(replay, script, Transcript("vtiger.txt"), 62);
}

TEST(TranscriptTest, VtigerAnswersOddCasesAsRecorded) {
  Replay replay("vtiger");
  Script script;
  script.digests = {{"30aca349acc91c188729189f9b2bf519", "db4eb39e603c2d1e65593168ff29bea9"}};
  script.before["getchallenge INACTIVE (real)"] = Deactivate;
  Play(replay, script, Transcript("extra.txt", "vtiger"), 6);
}

}  // namespace
}  // namespace sessionbroker::simulator
