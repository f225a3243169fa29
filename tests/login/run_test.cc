#include "service/login/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/login/answers.h"
#include "tests/login/programs.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::login {
namespace {

using ::sessionbroker::testing::HasReason;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

constexpr char kKey[] = "uDFh1i0O56xBHJ9c";
constexpr char kAgent[] = "session-broker/1";
const base::BootTime kStart(absl::Hours(1));
const absl::Time kWall = absl::FromUnixSeconds(1795290140);

using Answers = std::deque<absl::StatusOr<http::Response>>;

absl::StatusOr<http::Response> Ok(std::string json) { return Response(200, std::move(json)); }

std::string Reveal(const secrets::Secret& secret) {
  return std::string(secret.Reveal(secrets::RevealToken::Issue()));
}

std::shared_ptr<Account> Demo(absl::string_view definition = kChallengeDefinition) {
  return MakeAccount(MustCompile(definition), {{"username", "jane"}}, {{"key", kKey}});
}

std::string Edited(absl::string_view from, absl::string_view to) {
  return absl::StrReplaceAll(kChallengeDefinition, {{from, to}});
}

// What a run did.
struct Played {
  std::vector<http::Request> requests;
  std::vector<Run::Exchange> exchanges;
  std::variant<std::monostate, Grant, Failure> result;

  const Grant& grant() const { return std::get<Grant>(result); }
  const Failure& failure() const { return std::get<Failure>(result); }
};

// Answers each request in turn; `pace` passes with every exchange. Ends when the answers do.
Played Play(std::shared_ptr<const Account> account, Answers answers,
            absl::Duration pace = absl::Seconds(1)) {
  Run run(std::move(account), kAgent, &crypto::SystemRandom());
  Played played;
  base::BootTime now = kStart;
  while (true) {
    Run::Action action = run.Next(now, kWall);
    if (auto* request = std::get_if<http::Request>(&action)) {
      played.requests.push_back(std::move(*request));
      if (answers.empty()) break;
      now = now + pace;
      run.Feed(std::move(answers.front()));
      answers.pop_front();
      continue;
    }
    if (auto* grant = std::get_if<Grant>(&action)) played.result = std::move(*grant);
    if (auto* failure = std::get_if<Failure>(&action)) played.result = std::move(*failure);
    EXPECT_THAT(answers, IsEmpty()) << "answers were left over";
    break;
  }
  played.exchanges = run.exchanges();
  return played;
}

TEST(RunTest, GoesThroughTheStepsAndYieldsTheSession) {
  const Played played = Play(Demo(), {Ok(R"({"ok":true,"token":"t1"})"),
                                      Ok(R"({"ok":true,"session":"s1","owner":"19x1"})")});
  ASSERT_EQ(played.requests.size(), 2u);
  EXPECT_EQ(played.requests[0].method, "GET");
  EXPECT_EQ(played.requests[0].url, "https://example.com/challenge?user=jane");
  EXPECT_EQ(played.requests[1].method, "POST");
  EXPECT_EQ(played.requests[1].url, "https://example.com/login");
  // printf t1uDFh1i0O56xBHJ9c | sha256sum
  EXPECT_EQ(played.requests[1].body,
            "user=jane&proof=7016150f54673ceef7bedea009d4a1967659db0d15bcd2d63037bb42a47b5f60");
  for (const http::Request& request : played.requests) {
    ASSERT_FALSE(request.headers.empty());
    EXPECT_EQ(request.headers.back().name, "User-Agent");
    EXPECT_EQ(request.headers.back().value, kAgent);
  }
  const Grant& grant = played.grant();
  EXPECT_EQ(Reveal(grant.id), "s1");
  EXPECT_THAT(grant.attributes, ElementsAre(Pair("owner", "19x1"), Pair("kind", "demo")));
  ASSERT_EQ(grant.attachments.size(), 2u);
  EXPECT_EQ(grant.attachments[0].location, Location::kQuery);
  EXPECT_EQ(grant.attachments[0].name, "sid");
  EXPECT_EQ(Reveal(grant.attachments[0].value), "s1");
  EXPECT_THAT(grant.attachments[0].methods, ElementsAre("GET"));
  EXPECT_EQ(grant.attachments[1].location, Location::kHeader);
  EXPECT_EQ(grant.attachments[1].name, "Authorization");
  EXPECT_EQ(Reveal(grant.attachments[1].value), "Demo s1");
  EXPECT_THAT(grant.attachments[1].methods, IsEmpty());
  EXPECT_EQ(grant.idle, absl::Minutes(10));
  EXPECT_EQ(grant.absolute, absl::Hours(8));
  EXPECT_EQ(grant.bound_user_agent, kAgent);
  EXPECT_TRUE(grant.bound_to_address);
}

TEST(RunTest, AnAccountsOwnLifeComesFirst) {
  auto account = Demo();
  account->idle = absl::Minutes(3);
  account->absolute = absl::Hours(1);
  const Played played =
      Play(account, {Ok(R"({"ok":true,"token":"t"})"), Ok(R"({"ok":true,"session":"s1"})")});
  EXPECT_EQ(played.grant().idle, absl::Minutes(3));
  EXPECT_EQ(played.grant().absolute, absl::Hours(1));
}

TEST(RunTest, ADefinitionWithoutLifeOrBindingYieldsNone) {
  std::string definition = Edited("  idle: 10m\n  absolute: 8h\n", "");
  definition =
      absl::StrReplaceAll(definition, {{"  bound_to: [user_agent, client_address]\n", ""}});
  const Played played = Play(
      Demo(definition), {Ok(R"({"ok":true,"token":"t"})"), Ok(R"({"ok":true,"session":"s1"})")});
  EXPECT_EQ(played.grant().idle, std::nullopt);
  EXPECT_EQ(played.grant().absolute, std::nullopt);
  EXPECT_EQ(played.grant().bound_user_agent, "");
  EXPECT_FALSE(played.grant().bound_to_address);
}

TEST(RunTest, AnEmptyAttributeIsLeftOut) {
  const Played played =
      Play(Demo(), {Ok(R"({"ok":true,"token":"t"})"), Ok(R"({"ok":true,"session":"s1"})")});
  EXPECT_THAT(played.grant().attributes, ElementsAre(Pair("kind", "demo")));
}

TEST(RunTest, AParameterHasItsDefaultWhereTheAccountSetsNone) {
  const std::string definition =
      Edited("account: {username: The name.}", "account: {username: {default: somebody}}");
  auto account = MakeAccount(MustCompile(definition), {}, {{"key", kKey}});
  EXPECT_EQ(Play(account, {}).requests[0].url, "https://example.com/challenge?user=somebody");
  account->parameters["username"] = "jane";
  EXPECT_EQ(Play(account, {}).requests[0].url, "https://example.com/challenge?user=jane");
}

struct FailureCase {
  const char* what;
  Answers answers;
  base::Reason reason;
  const char* text;
  const char* detail;
};

TEST(RunTest, AFailureIsToldWithStepStatusAndReasonButWithoutTheProvidersText) {
  const auto challenge = [] { return Ok(R"({"ok":true,"token":"t1"})"); };
  const auto says = [](const char* code) {
    return Ok(absl::StrCat(R"({"error":")", code, R"(","message":"says the provider"})"));
  };
  const std::vector<FailureCase> cases = {
      {"refused",
       {says("unknown")},
       base::Reason::kCredentialsRejected,
       "step \"challenge\": HTTP 200: the provider refuses the credentials (answers[1])",
       R"({"error":"unknown","message":"says the provider"})"},
      {"transient",
       {says("busy")},
       base::Reason::kProviderUnreachable,
       "step \"challenge\": HTTP 200: the provider cannot serve now (answers[2])",
       R"({"error":"busy","message":"says the provider"})"},
      {"permanent",
       {says("gone")},
       base::Reason::kProviderProtocolError,
       "step \"challenge\": HTTP 200: the provider refuses, and waiting will not help (answers[3])",
       R"({"error":"gone","message":"says the provider"})"},
      {"no rule",
       {Response(404, R"({"error":"says the provider"})")},
       base::Reason::kProviderProtocolError,
       "step \"challenge\": HTTP 404: no rule of the definition knows this answer",
       R"({"error":"says the provider"})"},
      {"no JSON",
       {Response(200, "<html>says the provider</html>")},
       base::Reason::kProviderProtocolError,
       "step \"challenge\": HTTP 200: no rule of the definition knows this answer; it is not JSON",
       "<html>says the provider</html>"},
      {"an empty body",
       {Response(500, "")},
       base::Reason::kProviderProtocolError,
       "step \"challenge\": HTTP 500: no rule of the definition knows this answer; it is not JSON",
       ""},
      {"a missing value",
       {Ok(R"({"ok":true,"tokn":"says the provider"})")},
       base::Reason::kProviderProtocolError,
       "step \"challenge\": HTTP 200: the answer has no value for \"token\" at json:/token",
       ""},
      {"a check",
       {Ok(R"({"ok":true,"token":"bad"})")},
       base::Reason::kProviderProtocolError,
       "step \"challenge\": HTTP 200: check[0] does not hold: token != \"bad\"",
       ""},
      {"an empty session id",
       {challenge(), Ok(R"({"ok":true,"session":""})")},
       base::Reason::kProviderProtocolError,
       "step \"session\": session.id: the value is empty",
       ""},
      {"a session id that breaks headers",
       {challenge(), Ok(R"({"ok":true,"session":"a\r\nb"})")},
       base::Reason::kProviderProtocolError,
       "step \"session\": session.id: the value has a control character",
       ""},
      {"no answer",
       {absl::UnavailableError("connection refused")},
       base::Reason::kProviderUnreachable,
       "step \"challenge\": no answer: connection refused",
       ""},
      {"too late",
       {challenge(), absl::DeadlineExceededError("10s passed")},
       base::Reason::kProviderUnreachable,
       "step \"login\": no answer: 10s passed",
       ""},
      {"an address that is not allowed",
       {absl::PermissionDeniedError("169.254.169.254 is link-local")},
       base::Reason::kProviderUnreachable,
       "step \"challenge\": no answer: 169.254.169.254 is link-local",
       ""},
      {"broken off",
       {absl::DataLossError("the answer broke off")},
       base::Reason::kProviderUnreachable,
       "step \"challenge\": no answer: the answer broke off",
       ""},
      {"too large",
       {absl::ResourceExhaustedError("more than 1048576 bytes")},
       base::Reason::kProviderProtocolError,
       "step \"challenge\": no answer: more than 1048576 bytes",
       ""},
      {"cannot be sent",
       {absl::InvalidArgumentError("the URL has no host")},
       base::Reason::kProviderProtocolError,
       "step \"challenge\": no answer: the URL has no host",
       ""},
  };
  for (const FailureCase& c : cases) {
    const Played played = Play(Demo(), c.answers);
    ASSERT_TRUE(std::holds_alternative<Failure>(played.result)) << c.what;
    EXPECT_THAT(played.failure().status, HasReason(c.reason)) << c.what;
    EXPECT_EQ(played.failure().status.message(), c.text) << c.what;
    EXPECT_EQ(played.failure().operator_detail, c.detail) << c.what;
  }
}

TEST(RunTest, AStaleChallengeStartsOverOnceWithAFreshOne) {
  const Played played =
      Play(Demo(), {Ok(R"({"ok":true,"token":"t1"})"), Ok(R"({"error":"stale"})"),
                    Ok(R"({"ok":true,"token":"t2"})"), Ok(R"({"ok":true,"session":"s1"})")});
  EXPECT_EQ(Reveal(played.grant().id), "s1");
  ASSERT_EQ(played.requests.size(), 4u);
  // printf t2uDFh1i0O56xBHJ9c | sha256sum
  EXPECT_EQ(played.requests[3].body,
            "user=jane&proof=37bd548414bfd054a854dd05ed93c76aebca0cd8799a115270dcb9472ed005e1");
}

TEST(RunTest, AStaleChallengeTwiceMeansWhatTheRuleSays) {
  struct Case {
    const char* code;
    base::Reason reason;
    const char* text;
  };
  for (const Case& c :
       {Case{"stale", base::Reason::kProviderUnreachable, "twice: the provider cannot serve now"},
        {"wrong", base::Reason::kCredentialsRejected,
         "twice: the provider refuses the credentials"},
        {"dead", base::Reason::kProviderProtocolError,
         "twice: the provider refuses, and waiting"}}) {
    const auto refusal = [&] { return Ok(absl::StrCat(R"({"error":")", c.code, "\"}")); };
    const Played played = Play(Demo(), {Ok(R"({"ok":true,"token":"t1"})"), refusal(),
                                        Ok(R"({"ok":true,"token":"t2"})"), refusal()});
    EXPECT_THAT(played.failure().status, HasReason(c.reason)) << c.code;
    EXPECT_THAT(
        std::string(played.failure().status.message()),
        AllOf(HasSubstr("step \"login\": HTTP 200: the challenge was used up"), HasSubstr(c.text)))
        << c.code;
    EXPECT_EQ(played.requests.size(), 4u) << c.code;
  }
}

TEST(RunTest, WhatWasExtractedBeforeStartingOverIsForgotten) {
  login::Run run(Demo(), kAgent, &crypto::SystemRandom());
  for (const char* answer : {R"({"ok":true,"token":"t1","life":9})", R"({"error":"stale"})"}) {
    ASSERT_TRUE(std::holds_alternative<http::Request>(run.Next(kStart, kWall)));
    run.Feed(Ok(answer));
  }
  EXPECT_EQ(run.bindings().count("token"), 0u);
  EXPECT_EQ(run.bindings().count("account.username"), 1u);
}

TEST(RunTest, AChallengeIsGoodUntilItsLifeEndsCountedFromItsRequest) {
  const auto play = [](absl::Duration pace) {
    return Play(Demo(),
                {Ok(R"({"ok":true,"token":"t1","life":10})"), Ok(R"({"ok":true,"session":"s1"})")},
                pace);
  };
  // One nanosecond before, and exactly then.
  const Played in_time = play(absl::Seconds(10) - absl::Nanoseconds(1));
  EXPECT_EQ(Reveal(in_time.grant().id), "s1");
  const Played late = play(absl::Seconds(10));
  EXPECT_EQ(late.requests[1].url, "https://example.com/challenge?user=jane");
}

TEST(RunTest, AChallengeThatRunsOutStartsOverOnce) {
  const Played played =
      Play(Demo(),
           {Ok(R"({"ok":true,"token":"t1","life":5})"), Ok(R"({"ok":true,"token":"t2","life":5})")},
           absl::Seconds(5));
  EXPECT_THAT(played.failure().status, HasReason(base::Reason::kProviderUnreachable));
  EXPECT_EQ(played.failure().status.message(),
            "step \"login\": what an earlier step gave has run out before this one, twice");
  EXPECT_EQ(played.requests.size(), 2u);
}

TEST(RunTest, RunningOutAndStaleShareTheOneNewBeginning) {
  const Played played = Play(Demo(),
                             {Ok(R"({"ok":true,"token":"t1","life":5})"),
                              Ok(R"({"ok":true,"token":"t2"})"), Ok(R"({"error":"stale"})")},
                             absl::Seconds(5));
  EXPECT_THAT(played.failure().status, HasReason(base::Reason::kProviderUnreachable));
  EXPECT_THAT(std::string(played.failure().status.message()), HasSubstr("twice"));
}

TEST(RunTest, ALifeThatIsOverAtOnceEndsTheLogin) {
  for (const char* life : {"0", "-5", "-315576000000"}) {
    const std::string answer = absl::StrCat(R"({"ok":true,"token":"t","life":)", life, "}");
    const Played played = Play(Demo(), {Ok(answer), Ok(answer)});
    EXPECT_THAT(played.failure().status, HasReason(base::Reason::kProviderUnreachable)) << life;
  }
}

TEST(RunTest, ALifeThatCannotBeComputedIsAProtocolError) {
  const std::string definition =
      Edited("seconds(has(life) ? life : 300)", "seconds((has(life) ? life : 300) + 1)");
  const Played played =
      Play(Demo(definition), {Ok(R"({"ok":true,"token":"t","life":9223372036854775807})")});
  EXPECT_THAT(played.failure().status, HasReason(base::Reason::kProviderProtocolError));
  EXPECT_THAT(std::string(played.failure().status.message()), HasSubstr("valid_for: "));
}

// Sends the key as it is, twice.
constexpr char kPlainDefinition[] = R"yaml(
schema: 1
provider: plain
secrets: {key: The key.}
login:
  - step: login
    request:
      method: POST
      path: /login
      headers: {X-Digest: "${hex(sha256(secret.key))}"}
      form: {key: "${secret.key}"}
    answers:
      - {when: {"json:/ok": true}, then: ok}
      - {when: {"json:/ok": false}, then: credentials_rejected}
    extract: {session_id: json:/session}
session:
  id: ${session_id}
  attach: [{query: sid}]
)yaml";

TEST(RunTest, AValueThatBringsASecretBackEndsTheLoginUnshown) {
  // printf uDFh1i0O56xBHJ9c | xxd -p; … | base64; … | sha256sum
  for (const char* value :
       {"uDFh1i0O56xBHJ9c", "id-uDFh1i0O56xBHJ9c-1", "754446683169304f35367842484a3963",
        "dURGaDFpME81NnhCSEo5Yw==", "%75DFh1i0O56xBHJ9c",
        "e192c33f64febed79e3095a075847068885a1486b75a3ddd010f538125127f20"}) {
    const Played played = Play(MakeAccount(MustCompile(kPlainDefinition), {}, {{"key", kKey}}),
                               {Ok(absl::StrCat(R"({"ok":true,"session":")", value, "\"}"))});
    ASSERT_TRUE(std::holds_alternative<Failure>(played.result)) << value;
    EXPECT_THAT(played.failure().status, HasReason(base::Reason::kProviderProtocolError));
    EXPECT_EQ(
        played.failure().status.message(),
        "step \"login\": HTTP 200: the value for \"session_id\" holds a secret that was sent");
    EXPECT_EQ(played.failure().operator_detail, "");
  }
}

TEST(RunTest, ASecretThatIsANumberIsFoundInANumber) {
  const std::string definition = absl::StrReplaceAll(
      kPlainDefinition,
      {{"session_id: json:/session", "session_id: {from: json:/session, type: int}"}});
  const Played played = Play(MakeAccount(MustCompile(definition), {}, {{"key", "48151623"}}),
                             {Ok(R"({"ok":true,"session":148151623})")});
  EXPECT_THAT(std::string(played.failure().status.message()), HasSubstr("holds a secret"));
}

TEST(RunTest, OperatorsSeeWhatTheProviderSaidWithoutTheSecrets) {
  const Played played =
      Play(MakeAccount(MustCompile(kPlainDefinition), {}, {{"key", kKey}}),
           {Ok(absl::StrCat(R"({"ok":false,"why":"no such key: )", kKey, "\"}"))});
  EXPECT_EQ(played.failure().operator_detail, R"({"ok":false,"why":"no such key: <redacted>"})");
  EXPECT_THAT(std::string(played.failure().status.message()), Not(HasSubstr("no such key")));
}

TEST(RunTest, OperatorsDoNotSeeTheChallengeOrTheProofEither) {
  const Played played = Play(
      Demo(),
      {Ok(R"({"ok":true,"token":"tttt"})"),
       // printf ttttuDFh1i0O56xBHJ9c | sha256sum
       Response(
           401,
           "token tttt, proof cd78b70c236113297c2393ac2f18c02653c8585b6c7bd538ebfe90cdac464658")});
  EXPECT_EQ(played.failure().operator_detail, "token <redacted>, proof <redacted>");
}

TEST(RunTest, EachExchangeIsKnownWithTheRuleThatDecided) {
  const Played played = Play(Demo(), {Ok(R"({"ok":true,"token":"t1"})"), Ok(R"({"error":"stale"})"),
                                      Ok(R"({"ok":true,"token":"t2"})"), Response(404, "")});
  ASSERT_EQ(played.exchanges.size(), 4u);
  EXPECT_EQ(played.exchanges[0].step, 0u);
  EXPECT_EQ(played.exchanges[0].http_status, 200);
  EXPECT_EQ(played.exchanges[0].rule, 0u);
  EXPECT_EQ(played.exchanges[0].outcome, Outcome::kOk);
  EXPECT_EQ(played.exchanges[1].step, 1u);
  EXPECT_EQ(played.exchanges[1].rule, 1u);
  EXPECT_EQ(played.exchanges[1].outcome, Outcome::kChallengeStale);
  EXPECT_EQ(played.exchanges[2].step, 0u);
  EXPECT_EQ(played.exchanges[3].http_status, 404);
  EXPECT_EQ(played.exchanges[3].rule, std::nullopt);
  EXPECT_EQ(played.exchanges[3].outcome, std::nullopt);
}

TEST(RunTest, WhatTheAccountLacksIsAProtocolErrorThatNamesIt) {
  const auto account = MakeAccount(MustCompile(kChallengeDefinition), {}, {{"key", kKey}});
  const Played played = Play(account, {});
  EXPECT_THAT(played.failure().status, HasReason(base::Reason::kProviderProtocolError));
  EXPECT_THAT(std::string(played.failure().status.message()),
              AllOf(HasSubstr("step \"challenge\": the request cannot be made: query.user: "),
                    HasSubstr("account.username")));
}

}  // namespace
}  // namespace sessionbroker::login
