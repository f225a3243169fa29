// What the definition language can say beyond two steps over JSON, run against answers.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "service/crypto/random.h"
#include "service/login/definitions.h"
#include "service/login/run.h"
#include "tests/login/answers.h"
#include "tests/login/programs.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::login::run_language {
namespace {

using ::sessionbroker::testing::HasReason;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

// 2026-11-21T19:42:20Z.
const absl::Time kWall = absl::FromUnixSeconds(1795290140);
constexpr char kSecret[] = "uDFh1i0O56xBHJ9c";

http::Response With(http::Response response, std::string name, std::string value) {
  response.headers.push_back(http::Header{std::move(name), std::move(value)});
  return response;
}

std::string Reveal(const secrets::Secret& secret) {
  return std::string(secret.Reveal(secrets::RevealToken::Issue()));
}

struct Played {
  std::vector<http::Request> requests;
  std::vector<NumberRequest> numbers;
  std::variant<std::monostate, Grant, Failure> result;
  KeptValues::Values kept;

  const Grant& grant() const { return std::get<Grant>(result); }
  const Failure& failure() const { return std::get<Failure>(result); }
};

struct World {
  std::deque<http::Response> answers;
  std::deque<absl::StatusOr<int64_t>> numbers = {};
  KeptValues::Values kept = {};
};

Played Play(const std::shared_ptr<const Account>& account, World world) {
  Run run(account, "session-broker/1", &crypto::SystemRandom());
  run.Recall(std::move(world.kept));
  Played played;
  while (true) {
    Run::Action action = run.Next(base::BootTime(absl::Hours(1)), kWall);
    if (auto* number = std::get_if<NumberRequest>(&action)) {
      played.numbers.push_back(*number);
      run.FeedNumber(world.numbers.front());
      world.numbers.pop_front();
      continue;
    }
    if (auto* request = std::get_if<http::Request>(&action)) {
      played.requests.push_back(std::move(*request));
      if (world.answers.empty()) break;
      run.Feed(std::move(world.answers.front()));
      world.answers.pop_front();
      continue;
    }
    if (auto* grant = std::get_if<Grant>(&action)) played.result = std::move(*grant);
    if (auto* failure = std::get_if<Failure>(&action)) played.result = std::move(*failure);
    EXPECT_TRUE(world.answers.empty()) << "answers were left over";
    break;
  }
  played.kept = run.kept();
  return played;
}

// A definition with one step "s" to which `parts` are added, and a session with `session`.
std::string OneStep(absl::string_view parts, absl::string_view session = "",
                    absl::string_view rest = "") {
  return absl::StrCat(R"yaml(
schema: 1
provider: demo
secrets: {key: The key.}
login:
  - step: s
    request: {method: POST, path: /s, form: {k: "${secret.key}"}}
)yaml",
                      parts, "\nsession:\n  attach: [{query: sid}]\n  id: ${id}\n", session, "\n",
                      rest, "\n");
}

std::shared_ptr<Account> AccountOf(const std::string& yaml) {
  return MakeAccount(MustCompile(yaml), {}, {{"key", kSecret}});
}

const http::Response kOne = Response(200, R"({"id":"s1"})");

TEST(TipMotoTest, EachCombinationOfFormatAndMethodLogsIn) {
  config::Diagnostics diagnostics;
  const auto set = DefinitionSet::Load({"tests/fixtures/definitions/tipmoto"}, &diagnostics);
  ASSERT_TRUE(diagnostics.empty()) << diagnostics.ToString();
  const std::string hash =
      "c8a03f8c2b51e12f53d7b112b9ecaf5083c27127e36283ab44ab6de7401497878bbd7b3b78ff6f50cd284c3dffa5"
      "67453bf9966334418cca3a27a55b125b9de2";
  const std::string hashkey = "9b27cbf4a299b8704499423710ba2c8c90effb8341985aae18bd6c0b79d9389d";
  int combinations = 0;
  for (const auto& [name, program] : set->programs()) {
    if (name.rfind("tipmoto", 0) != 0) continue;
    SCOPED_TRACE(name);
    ++combinations;
    const bool xml = name.find("xml") != std::string::npos;
    const bool html = name.find("html") != std::string::npos;
    const std::string first =
        html  ? absl::StrCat("5e55\t", hashkey, "\r\n")
        : xml ? absl::StrCat("<tipmoto><sessionid>5e55</sessionid><hashkey>", hashkey,
                             "</hashkey></tipmoto>")
              : absl::StrCat(R"({"tipmoto":{"sessionid":"5e55","hashkey":")", hashkey, "\"}}");
    const Played played =
        Play(MakeAccount(program, {{"login", "VASLOGIN"}}, {{"password", "tajneheslo"}}),
             {{Response(200, first), Response(200, "")}});
    ASSERT_THAT(played.requests, SizeIs(2));
    EXPECT_THAT(played.requests[1].url + played.requests[1].body,
                AllOf(HasSubstr(hash), HasSubstr("5e55")));
    EXPECT_EQ(Reveal(played.grant().id), "5e55");
    EXPECT_EQ(played.grant().idle, absl::Minutes(10));
    EXPECT_TRUE(played.grant().bound_to_address);
  }
  EXPECT_EQ(combinations, 7);
}

TEST(ProtocolsTest, EachHasADefinitionWhoseWorkedValuesComeOut) {
  config::Diagnostics diagnostics;
  const auto set = DefinitionSet::Load({"tests/fixtures/definitions/protocols"}, &diagnostics);
  EXPECT_EQ(diagnostics.ToString(), "");
  EXPECT_GE(set->programs().size(), 18u);
}

TEST(ProtocolsTest, GrowattTakesADigestWithItsZerosReplaced) {
  config::Diagnostics diagnostics;
  const auto set = DefinitionSet::Load({"tests/fixtures/definitions/protocols"}, &diagnostics);
  const auto program = set->Find("growatt");
  ASSERT_TRUE(program.ok()) << program.status();
  const auto account = MakeAccount(*program, {{"user", "jane"}}, {{"password", "pw0"}});
  const Played played =
      Play(account, {{With(Response(200, R"({"back":{"success":true,"user":{"id":7}}})"),
                           "Set-Cookie", "JSESSIONID=5e55; Path=/; HttpOnly")}});
  EXPECT_EQ(played.requests[0].body, "userName=jane&password=13abcebfa71ac25365cce8e5a9889dc0");
  EXPECT_EQ(Reveal(played.grant().id), "5e55");
  EXPECT_THAT(Play(account, {{Response(200, R"({"back":{"success":false}})")}}).failure().status,
              HasReason(base::Reason::kCredentialsRejected));
}

class ICashTest : public ::testing::Test {
 protected:
  std::shared_ptr<Account> account_ = MakeAccount(
      Builtin("icash"),
      {{"api_key", "5kdkuujr8l50iv6yp504qxn2grnlhm2h"}, {"warehouse_id", "785"}, {"user_id", "1"}},
      {{"secret_key", "0ptpe0rekdtasktyj1nhjxhzbz1bk5n3"}});
  const http::Response refused_ =
      Response(200, R"({"nonce":"1552989761","status":0,"error_message":"Authentication Error"})");
};

TEST_F(ICashTest, ANumberIsAskedForAndSigned) {
  const Played played =
      Play(account_,
           {{Response(200, R"({"nonce":"1552989761","status":1,"data":{"session_id":"66a8"}})")},
            {1552989761}});
  ASSERT_THAT(played.numbers, SizeIs(1));
  EXPECT_EQ(played.numbers[0].id.origin, "https://example.com");
  EXPECT_EQ(played.numbers[0].id.key, "5kdkuujr8l50iv6yp504qxn2grnlhm2h");
  EXPECT_EQ(played.numbers[0].spec.unit, SequenceSpec::Unit::kSeconds);
  EXPECT_EQ(played.numbers[0].spec.max, 2147483647);
  EXPECT_EQ(played.numbers[0].above, std::nullopt);
  EXPECT_EQ(played.requests[0].body,
            "api_key=5kdkuujr8l50iv6yp504qxn2grnlhm2h&nonce=1552989761&signature="
            "B22951C4D7BE3D0A8E2EEE72EA8B31A71871368587A784D603F661E0CDF18AC7&WareHouseID=785&"
            "UserID=1");
  EXPECT_EQ(Reveal(played.grant().id), "66a8");
  EXPECT_TRUE(played.grant().signing_required);
}

TEST_F(ICashTest, ARefusedNumberIsRaisedOnceAndThenTheCredentialsAreWrong) {
  const Played played = Play(account_, {{refused_, refused_}, {100, 161}});
  ASSERT_THAT(played.numbers, SizeIs(2));
  EXPECT_EQ(played.numbers[1].above, 160);
  EXPECT_THAT(played.requests[1].body, HasSubstr("nonce=161&"));
  EXPECT_THAT(played.failure().status, HasReason(base::Reason::kCredentialsRejected));
}

TEST_F(ICashTest, TheEchoOfAnotherNumberIsNoAnswer) {
  const Played played =
      Play(account_,
           {{Response(200, R"({"nonce":"99","status":1,"data":{"session_id":"66a8"}})")}, {100}});
  EXPECT_THAT(played.failure().status, HasReason(base::Reason::kProviderProtocolError));
}

TEST_F(ICashTest, AnAnswerWithoutABodyIsNoneOfItsProtocol) {
  EXPECT_THAT(Play(account_, {{Response(200, "")}, {100}}).failure().status,
              HasReason(base::Reason::kProviderProtocolError));
}

TEST_F(ICashTest, WithoutANumberNothingIsSent) {
  const Played played = Play(
      account_, {{}, {base::MakeError({base::Reason::kQueueFull, absl::Seconds(7), {}}, "no")}});
  EXPECT_THAT(played.requests, SizeIs(0));
  EXPECT_THAT(played.failure().status, HasReason(base::Reason::kQueueFull));
  EXPECT_EQ(base::DetailsOf(played.failure().status).retry_after, absl::Seconds(7));
}

// As Proxmox and others do: a login with what the last one left, else from the beginning.
constexpr char kRenewing[] = R"yaml(
schema: 1
provider: demo
secrets: {key: The key.}
keep:
  refresh: {value: fresh_token, secret: true}
  device: "has(kept.device) ? kept.device : device"
login:
  - step: register
    if: "!has(kept.device)"
    request: {method: POST, path: /device}
    answers: [{then: ok}]
    extract: {device: json:/device}
  - step: renew
    if: has(kept.refresh)
    request: {method: POST, path: /renew, form: {token: "${kept.refresh}"}}
    answers:
      - {when: {status: 401}, then: session_expired}
      - {then: ok}
    extract: {renewed: json:/token}
  - step: login
    if: "!has(renewed)"
    request: {method: POST, path: /login, form: {password: "${secret.key}"}}
    answers: [{then: ok}]
    extract: {token: json:/token}
  - step: end
    let: {fresh_token: "has(renewed) ? renewed : token"}
    request: {method: GET, path: /me, headers: {X-Token: "${fresh_token}"}}
    answers: [{then: ok}]
    extract: {id: json:/id}
session: {id: "${id}", attach: [{query: sid}]}
)yaml";

TEST(KeptTest, TheFirstLoginLeavesWhatTheNextOneUses) {
  const auto account = AccountOf(kRenewing);
  Played first = Play(
      account, {{Response(200, R"({"device":"d1"})"), Response(200, R"({"token":"t1"})"), kOne}});
  ASSERT_THAT(first.requests, SizeIs(3));
  EXPECT_EQ(first.requests[1].url, "https://example.com/login");
  EXPECT_EQ(Reveal(first.kept["refresh"].value), "t1");
  EXPECT_TRUE(first.kept["refresh"].secret);
  EXPECT_EQ(Reveal(first.kept["device"].value), "d1");
  EXPECT_FALSE(first.kept["device"].secret);

  // The provider may answer with the very token that it was sent.
  Played second = Play(account, {{Response(200, R"({"token":"t1"})"), kOne}, {}, first.kept});
  ASSERT_THAT(second.requests, SizeIs(2));
  EXPECT_EQ(second.requests[0].body, "token=t1");
  EXPECT_EQ(second.requests[1].headers[0].value, "t1");
  EXPECT_EQ(Reveal(second.kept["device"].value), "d1");
}

TEST(KeptTest, WhatIsNoLongerGoodIsForgottenOnce) {
  const auto account = AccountOf(kRenewing);
  Played played =
      Play(account,
           {{Response(401, ""), Response(200, R"({"device":"d2"})"),
             Response(200, R"({"token":"t2"})"), kOne},
            {},
            {{"refresh", {secrets::Secret("dead"), true}}, {"device", {secrets::Secret("d1")}}}});
  ASSERT_THAT(played.requests, SizeIs(4));
  EXPECT_EQ(Reveal(played.kept["refresh"].value), "t2");
  EXPECT_EQ(Reveal(played.kept["device"].value), "d2");
}

TEST(UrlTest, AUrlOfAnAnswerLeadsNoFurtherThanTheAccountAllows) {
  const std::string docker = R"yaml(
schema: 1
provider: demo
secrets: {key: The key.}
login:
  - step: ask
    request: {method: GET, path: /v2/}
    answers: [{when: {status: 401}, then: ok}]
    extract:
      realm: auth:Bearer.realm
      scope: auth:Bearer.scope
  - step: token
    request:
      method: GET
      url: ${realm}
      query: {scope: "${scope}"}
      headers: {Authorization: 'Basic ${base64(bytes("u:" + secret.key))}'}
    answers: [{then: ok}]
    extract: {id: json:/id}
session: {id: "${id}", attach: [{header: Authorization, value: "Bearer ${id}"}]}
)yaml";
  const auto challenge = [](const std::string& realm) {
    return With(Response(401, ""), "WWW-Authenticate",
                absl::StrCat("Bearer realm=\"", realm, "\",scope=\"repo:a:pull,push\""));
  };
  auto account = AccountOf(docker);
  account->origins = {*http::BaseUrl::Create("https://auth.example.com")};
  struct {
    const char* realm;
    const char* url;  // nullptr: refused.
  } const kCases[] = {
      {"https://example.com/token", "https://example.com/token?scope=repo%3Aa%3Apull%2Cpush"},
      {"https://auth.example.com/t?a=1",
       "https://auth.example.com/t?a=1&scope=repo%3Aa%3Apull%2Cpush"},
      {"http://auth.example.com/t", nullptr},
      {"https://auth.example.com:444/t", nullptr},
      {"https://auth.example.com.evil.example/t", nullptr},
      {"https://auth.example.com@evil.example/t", nullptr},
      {"https://auth.example.com/t#x", nullptr},
      {"//evil.example/t", nullptr},
      {"file:///etc/passwd", nullptr},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.realm);
    if (c.url != nullptr) {
      const Played played = Play(account, {{challenge(c.realm), kOne}});
      ASSERT_THAT(played.requests, SizeIs(2));
      EXPECT_EQ(played.requests[1].url, c.url);
    } else {
      const Played played = Play(account, {{challenge(c.realm)}});
      EXPECT_THAT(played.requests, SizeIs(1));
      EXPECT_THAT(played.failure().status, HasReason(base::Reason::kProviderProtocolError));
      EXPECT_THAT(std::string(played.failure().status.message()), Not(HasSubstr("evil")));
    }
  }
}

TEST(WaitTest, TheProviderSaysForHowLong) {
  const std::string definition = OneStep(R"yaml(
    answers:
      - when: {status: 200}
        then: ok
      - when: {"json:/error": throttled}
        then: locked
        extract: {wait_s: {from: json:/wait, type: int}}
        wait: seconds(wait_s)
      - when: {status: 423}
        then: locked
      - when: {status: 503}
        then: transient
    extract: {id: json:/id}
)yaml");
  const http::Response busy = Response(503, "");
  const http::Response locked = Response(423, "");
  const struct {
    http::Response answer;
    base::Reason reason;
    absl::Duration wait;
  } kCases[] = {
      {Response(400, R"({"error":"throttled","wait":300})"), base::Reason::kProviderLockedOut,
       absl::Minutes(5)},
      {Response(400, R"({"error":"throttled"})"), base::Reason::kProviderLockedOut,
       absl::Minutes(15)},
      {Response(400, R"({"error":"throttled","wait":-3})"), base::Reason::kProviderLockedOut,
       absl::Seconds(1)},
      {Response(400, R"({"error":"throttled","wait":999999999})"), base::Reason::kProviderLockedOut,
       absl::Hours(24)},
      {locked, base::Reason::kProviderLockedOut, absl::Minutes(15)},
      {With(locked, "Retry-After", "90"), base::Reason::kProviderLockedOut, absl::Seconds(90)},
      {With(With(locked, "Retry-After", "Wed, 21 Oct 2026 07:30:00 GMT"), "Date",
            "Wed, 21 Oct 2026 07:28:00 GMT"),
       base::Reason::kProviderLockedOut, absl::Minutes(2)},
      {With(locked, "Retry-After", "soon"), base::Reason::kProviderLockedOut, absl::Minutes(15)},
      {busy, base::Reason::kProviderUnreachable, absl::Seconds(1)},
      {With(busy, "Retry-After", "20"), base::Reason::kProviderUnreachable, absl::Seconds(20)},
  };
  for (const auto& c : kCases) {
    const Played played = Play(AccountOf(definition), {{c.answer}});
    EXPECT_THAT(played.failure().status, HasReason(c.reason));
    EXPECT_EQ(base::DetailsOf(played.failure().status).retry_after, c.wait)
        << c.answer.status << " " << c.answer.body;
  }
}

TEST(LifeTest, WhatTheAnswerTellsBecomesADuration) {
  const std::string extract =
      "    answers: [{then: ok}]\n    extract:\n      id: json:/id\n"
      "      n: {from: [json:/n, \"cookie:sid;max-age\", \"cookie:sid;expires\"], type: int, "
      "optional: true}\n"
      "      t: {from: json:/t, optional: true}\n"
      "    check: [has(n) || has(t)]\n";
  const auto dated = [](http::Response response) {
    // Two minutes behind the broker's clock.
    return With(std::move(response), "Date", "Sat, 21 Nov 2026 19:40:20 GMT");
  };
  const struct {
    const char* session;
    http::Response answer;
    absl::Duration life;
  } kCases[] = {
      {"  absolute: ${seconds(n)}", Response(200, R"({"id":"a","n":3600})"), absl::Hours(1)},
      {"  expires: timestamp(n)", Response(200, R"({"id":"a","n":1795290200})"), absl::Minutes(1)},
      {"  expires: timestamp(n)", dated(Response(200, R"({"id":"a","n":1795290200})")),
       absl::Minutes(3)},
      {"  expires: timestamp(t)", Response(200, R"({"id":"a","t":"2026-11-21T20:42:20.5+00:00"})"),
       absl::Milliseconds(3600500)},
      {"  expires: timestamp(\"2009-01-01T00:00:00Z\") + seconds(n)",
       Response(200, R"({"id":"a","n":564522200})"), absl::Minutes(1)},
      {"  absolute: ${seconds(n)}",
       With(Response(200, R"({"id":"a"})"), "Set-Cookie", "sid=x; Max-Age=60"), absl::Minutes(1)},
      {"  expires: timestamp(n)",
       With(Response(200, R"({"id":"a"})"), "Set-Cookie",
            "sid=x; Expires=Sat, 21-Nov-2026 19:43:20 GMT"),
       absl::Minutes(1)},
      {"  absolute: 30s\n  expires: timestamp(n)", Response(200, R"({"id":"a","n":1795290200})"),
       absl::Seconds(30)},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.session);
    const Played played = Play(AccountOf(OneStep(extract, c.session)), {{c.answer}});
    ASSERT_TRUE(std::holds_alternative<Grant>(played.result)) << played.failure().status;
    EXPECT_EQ(played.grant().absolute, c.life);
  }
  // Over before it begins.
  EXPECT_THAT(Play(AccountOf(OneStep(extract, "  expires: timestamp(n)")),
                   {{Response(200, R"({"id":"a","n":1795290140})")}})
                  .failure()
                  .status,
              HasReason(base::Reason::kProviderProtocolError));
  EXPECT_THAT(Play(AccountOf(OneStep(extract, "  idle: ${seconds(n)}")),
                   {{Response(200, R"({"id":"a","n":0})")}})
                  .failure()
                  .status,
              HasReason(base::Reason::kProviderProtocolError));
}

TEST(LifeTest, TheProvidersOwnWordOnItsClockComesBeforeTheDateHeader) {
  const std::string definition = OneStep(
      "    answers: [{then: ok}]\n    extract: {id: json:/id, now_there: {from: json:/now, type: "
      "int}}\n"
      "    clock: timestamp(now_there)\n",
      "  expires: timestamp(1795290200)\n  attributes: {there: \"${unix(provider_now)}\"}");
  const Played played =
      Play(AccountOf(definition), {{With(Response(200, R"({"id":"a","now":1795290190})"), "Date",
                                         "Sat, 21 Nov 2026 19:40:20 GMT")}});
  EXPECT_EQ(played.grant().absolute, absl::Seconds(10));
  EXPECT_EQ(played.grant().attributes[0].second, "1795290190");
}

TEST(LeakTest, ASecretThatComesBackIsFoundWhereverItStands) {
  const std::string hex = "754446683169304f35367842484a3963";
  const struct {
    const char* source;
    http::Response answer;
  } kCases[] = {
      {"json:/id", Response(200, absl::StrCat(R"({"id":"x)", kSecret, "\"}"))},
      {"xml:/id", Response(200, absl::StrCat("<id><![CDATA[", kSecret, "]]></id>"))},
      {"xml:/id/@v", Response(200, absl::StrCat("<id v='", hex, "'/>"))},
      {"regex:id=(.*)", Response(200, absl::StrCat("id=", kSecret))},
      {"header:X-Id", With(Response(200, ""), "X-Id", kSecret)},
      {"cookie:sid", With(Response(200, ""), "Set-Cookie", absl::StrCat("sid=", kSecret))},
      {"auth:Bearer.id",
       With(Response(200, ""), "WWW-Authenticate", absl::StrCat("Bearer id=\"", kSecret, "\""))},
      {"body", Response(200, kSecret)},
      {"json:/m -> json:/id",
       Response(200, absl::StrCat(R"({"m":"{\"id\":\")", kSecret, R"(\"}"})"))},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.source);
    const Played played =
        Play(AccountOf(OneStep(absl::StrCat("    answers: [{then: ok}]\n    extract: {id: \"",
                                            c.source, "\"}\n"))),
             {{c.answer}});
    ASSERT_TRUE(std::holds_alternative<Failure>(played.result));
    EXPECT_THAT(played.failure().status, HasReason(base::Reason::kProviderProtocolError));
    EXPECT_THAT(std::string(played.failure().status.message()),
                AllOf(HasSubstr("holds a secret"), Not(HasSubstr(kSecret)), Not(HasSubstr(hex))));
  }
}

TEST(LetTest, IsComputedOnceAndItsSecretsDoNotComeBackEither) {
  const std::string definition = R"yaml(
schema: 1
provider: demo
secrets: {key: The key.}
login:
  - step: s
    let:
      inner: hex(sha256(secret.key))
      stamp: string(unix(now))
    request: {method: POST, path: /s, form: {t: "${stamp}", p: "${hex(sha256(stamp + inner))}"}}
    answers: [{then: ok}]
    extract: {id: json:/id}
session: {id: "${id}", attach: [{query: sid}]}
)yaml";
  const Played played = Play(AccountOf(definition), {{kOne}});
  EXPECT_THAT(played.requests[0].body, HasSubstr("t=1795290140&p="));
  login::Run run(AccountOf(definition), "x", &crypto::SystemRandom());
  ASSERT_TRUE(std::holds_alternative<http::Request>(run.Next(base::BootTime(), kWall)));
  const std::string actual(run.bindings().at("inner").text());
  run.Feed(Response(200, absl::StrCat(R"({"id":")", actual, "\"}")));
  const login::Run::Action action = run.Next(base::BootTime(), kWall);
  ASSERT_TRUE(std::holds_alternative<Failure>(action));
  EXPECT_THAT(std::get<Failure>(action).status, HasReason(base::Reason::kProviderProtocolError));
}

// A step of which each expression is well below the bound on work.
std::string WithDigests(absl::string_view form, absl::string_view session = "") {
  return absl::StrCat(R"yaml(
schema: 1
provider: demo
secrets: {key: The key.}
login:
  - step: s
    let: {a: "md5_hex(secret.key, 30000)"}
    request: {method: POST, path: /s, form: {a: "${a}")yaml",
                      form, R"yaml(}}
    answers: [{then: ok}]
    extract: {id: json:/id}
    check: ["md5_hex(id, 10000) != id"]
session:
  attach: [{query: sid}]
  id: ${id}
)yaml",
                      session);
}

TEST(WorkTest, AllExpressionsOfAStepShareOneBound) {
  const std::string digest = ", b: \"${md5_hex(secret.key, 30000)}\"";
  EXPECT_TRUE(std::holds_alternative<Grant>(Play(AccountOf(WithDigests(digest)), {{kOne}}).result));
  const Played sent = Play(
      AccountOf(WithDigests(absl::StrCat(digest, ", c: \"${md5_hex(secret.key, 30000)}\""))), {});
  EXPECT_THAT(sent.requests, SizeIs(0));
  EXPECT_THAT(sent.failure().status, HasReason(base::Reason::kProviderProtocolError));
  EXPECT_THAT(
      std::string(sent.failure().status.message()),
      HasSubstr("step \"s\": the request cannot be made: form.c: md5_hex() at offset 0: the "
                "expressions of a step may take work of 10000000 together, with this it "
                "would be 11520"));
  // What is computed from the answer counts too.
  const Played judged =
      Play(AccountOf(WithDigests(absl::StrCat(digest, ", c: \"${md5_hex(secret.key, 10000)}\""))),
           {{kOne}});
  EXPECT_THAT(std::string(judged.failure().status.message()),
              HasSubstr("check[0]: md5_hex() at offset 0: the expressions of a step"));
  // The session is computed after all steps, with a bound of its own.
  EXPECT_TRUE(std::holds_alternative<Grant>(
      Play(AccountOf(WithDigests(digest, "  attributes: {a: \"${md5_hex(id, 70000)}\"}\n")),
           {{kOne}})
          .result));
}

TEST(RandomTest, IsWhatTheLoginIsGiven) {
  class Sevens final : public crypto::RandomSource {
   public:
    absl::Status Fill(absl::Span<char> out) override {
      std::fill(out.begin(), out.end(), '7');
      return absl::OkStatus();
    }
  };
  Sevens sevens;
  login::Run run(AccountOf(absl::StrReplaceAll(
                     WithDigests(", r: \"${random_text('0123456789', 8)}\", k: \"${secret.key}\""),
                     {{"md5_hex(secret.key, 30000)", "hex(random_bytes(8))"}})),
                 "x", &sevens);
  const login::Run::Action action = run.Next(base::BootTime(), kWall);
  EXPECT_EQ(std::get<http::Request>(action).body,
            absl::StrCat("a=3737373737373737&r=55555555&k=", kSecret));
}

TEST(InTest, ReadsTheClaimsOfATokenThatWasExtractedBefore) {
  const std::string definition = OneStep(R"yaml(
    answers: [{then: ok}]
    extract:
      id: json:/token
      exp: {from: json:/exp, in: 'utf8(from_base64url(column(id, ".", 1)))', type: int}
)yaml",
                                         "  expires: timestamp(exp)");
  // printf '{"exp":1795290200}' | basenc --base64url | tr -d =
  const Played played =
      Play(AccountOf(definition), {{Response(200, R"({"token":"h.eyJleHAiOjE3OTUyOTAyMDB9.s"})")}});
  ASSERT_TRUE(std::holds_alternative<Grant>(played.result)) << played.failure().status;
  EXPECT_EQ(played.grant().absolute, absl::Minutes(1));
}

}  // namespace
}  // namespace sessionbroker::login::run_language
