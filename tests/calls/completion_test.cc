#include "service/calls/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/calls/verdict.h"
#include "tests/login/programs.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::calls {
namespace {

using base::Reason;
using login::Location;
using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::HasReason;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using ::testing::Not;

const absl::Time kNow = absl::FromUnixSeconds(1795290140);

// A definition with a login, whose session is attached so, and what else it says.
std::shared_ptr<const login::Program> With(const std::string& attach, const std::string& more) {
  return login::MustCompile(absl::StrCat(R"yaml(
schema: 1
provider: demo
account: {user: The name.}
secrets: {key: The key.}
login:
  - step: s
    request: {method: POST, path: /s, form: {u: "${account.user}", p: "${secret.key}"}}
    answers: [{then: ok}]
    extract: {session: json:/session}
session:
  id: ${session}
  attach: )yaml",
                                         attach, "\n", more));
}

// A session of such a definition.
login::Grant SessionOf(const login::Program& program) {
  login::Grant grant;
  grant.id = secrets::Secret("s/1");
  for (const login::AttachTemplate& attach : program.session().attach) {
    grant.attachments.push_back({attach.location, attach.name, grant.id, attach.methods});
  }
  return grant;
}

std::shared_ptr<login::Account> AccountOf(std::shared_ptr<const login::Program> program) {
  auto account =
      login::MakeAccount(std::move(program), {{"user", "jane"}}, {{"key", "k3y-s3cr3t"}});
  account->base_url = "https://Example.com:443/base";
  return account;
}

Request Post(Body body) {
  return Request{"POST", "/x", {{"a", "1 2"}, {"a", "+"}}, {}, std::move(body)};
}

absl::StatusOr<CompletedRequest> CompleteWith(const login::Account& account, const Request& request,
                                              const login::Grant* session,
                                              Sender sender = Sender::kBroker,
                                              std::map<std::string, int64_t> numbers = {}) {
  return Complete(account, request,
                  {.session = session,
                   .numbers = std::move(numbers),
                   .now = kNow,
                   .random = &crypto::SystemRandom(),
                   .sender = sender,
                   .user_agent = "broker/1"});
}

// "NAME: VALUE" each.
std::vector<std::string> HeadersOf(const http::Request& request) {
  std::vector<std::string> lines;
  for (const http::Header& header : request.headers) {
    lines.push_back(absl::StrCat(header.name, ": ", header.value));
  }
  return lines;
}

std::vector<std::string> AddedTo(const CompletedRequest& completed) {
  std::vector<std::string> lines;
  for (const login::Added& added : completed.added) {
    lines.push_back(
        absl::StrCat(NameOf(added.location), " ", added.param.name(), "=", added.param.value()));
  }
  return lines;
}

TEST(CompletionTest, WithoutSigningTheSessionsAttachmentsOfTheMethodAreAdded) {
  const auto program = With(
      "[{query: sid, methods: [GET]}, {form: sid, methods: [POST]}, {header: X-S}, {cookie: c1}, "
      "{cookie: c2}]",
      "");
  const auto account = AccountOf(program);
  login::Grant session = SessionOf(*program);
  session.attachments[3].value = secrets::Secret("one");
  session.attachments[4].value = secrets::Secret("two");
  SB_ASSERT_OK_AND_ASSIGN(const CompletedRequest post,
                          CompleteWith(*account, Post(FormBody{{{"b", "ž"}}}), &session));
  EXPECT_EQ(post.request.method, "POST");
  EXPECT_EQ(post.request.url, "https://example.com/base/x?a=1%202&a=%2B");
  EXPECT_EQ(post.request.body, "b=%C5%BE&sid=s%2F1");
  EXPECT_THAT(
      HeadersOf(post.request),
      ElementsAre("X-S: s/1", "User-Agent: broker/1",
                  "Content-Type: application/x-www-form-urlencoded", "Cookie: c1=one; c2=two"));
  EXPECT_THAT(AddedTo(post),
              ElementsAre("form sid=s/1", "header X-S=s/1", "cookie c1=one", "cookie c2=two"));
  EXPECT_EQ(post.secrets, nullptr);

  SB_ASSERT_OK_AND_ASSIGN(const CompletedRequest get,
                          CompleteWith(*account, {"GET", "/", {}, {}, {}}, &session));
  EXPECT_EQ(get.request.url, "https://example.com/base/?sid=s%2F1");
  EXPECT_EQ(get.request.body, "");
}

TEST(CompletionTest, AFormIsMadeWhereThereIsNoBodyAndNothingIsAddedToARawOne) {
  const auto account = AccountOf(With("[{form: sid}]", ""));
  const login::Grant session = SessionOf(*account->program);
  SB_ASSERT_OK_AND_ASSIGN(const CompletedRequest made, CompleteWith(*account, Post({}), &session));
  EXPECT_EQ(made.request.body, "sid=s%2F1");
  for (const Request& request :
       {Post(RawBody{"b=1"}), Post(RawBody{""}), Request{"GET", "/", {}, {}, {}}}) {
    const auto refused = CompleteWith(*account, request, &session);
    EXPECT_THAT(refused, HasReason(Reason::kInvalidArgument));
    EXPECT_THAT(std::string(refused.status().message()),
                AllOf(HasSubstr("the form field \"sid\" must be added"), Not(HasSubstr("s/1"))));
  }
}

TEST(CompletionTest, ARawBodyIsSentByteForByte) {
  const auto account = AccountOf(With("[{header: X-S}]", ""));
  const login::Grant session = SessionOf(*account->program);
  const std::string bytes("\0\xff\r\n&=", 6);
  Request request = Post(RawBody{bytes});
  request.headers = {{"content-type", "application/octet-stream"}};
  SB_ASSERT_OK_AND_ASSIGN(const CompletedRequest sent, CompleteWith(*account, request, &session));
  EXPECT_EQ(sent.request.body, bytes);
  EXPECT_THAT(HeadersOf(sent.request), ElementsAre("content-type: application/octet-stream",
                                                   "X-S: s/1", "User-Agent: broker/1"));
}

TEST(CompletionTest, ASessionStandsInAPathSegmentOfItsName) {
  const auto account = AccountOf(With("[{path_segment: session}]", ""));
  const login::Grant session = SessionOf(*account->program);
  SB_ASSERT_OK_AND_ASSIGN(
      const CompletedRequest sent,
      CompleteWith(*account, {"GET", "/v1/:session/:sessions", {}, {}, {}}, &session));
  EXPECT_EQ(sent.request.url, "https://example.com/base/v1/s%2F1/:sessions");
  const auto refused = CompleteWith(*account, {"GET", "/v1/x:session", {}, {}, {}}, &session);
  EXPECT_THAT(refused, HasReason(Reason::kInvalidArgument));
}

TEST(CompletionTest, ASessionStandsInAJsonBodyWhoseOtherBytesStay) {
  const auto account = AccountOf(With("[{json_pointer: /auth/session}]", ""));
  const login::Grant session = SessionOf(*account->program);
  Request request = Post(RawBody{R"({ "n": 1.10, "auth": {"x":[{}]} })"});
  request.headers = {{"Content-Type", "application/json"}};
  SB_ASSERT_OK_AND_ASSIGN(const CompletedRequest sent, CompleteWith(*account, request, &session));
  EXPECT_EQ(sent.request.body, R"({ "n": 1.10, "auth": {"session":"s/1","x":[{}]} })");
  for (const char* body : {"{}", "[]", R"({"auth":1})", R"({"auth":{"session":null}})", "no JSON",
                           R"({"auth":{},"auth":{}})", ""}) {
    request.body = RawBody{body};
    EXPECT_THAT(CompleteWith(*account, request, &session), HasReason(Reason::kInvalidArgument))
        << body;
  }
  request.body = FormBody{};
  EXPECT_THAT(CompleteWith(*account, request, &session), HasReason(Reason::kInvalidArgument));
}

TEST(CompletionTest, AMemberOfTheRootMakesADocumentWhereThereIsNone) {
  const auto account = AccountOf(With("[{json_pointer: /session}]", ""));
  const login::Grant session = SessionOf(*account->program);
  SB_ASSERT_OK_AND_ASSIGN(const CompletedRequest sent, CompleteWith(*account, Post({}), &session));
  EXPECT_EQ(sent.request.body, R"({"session":"s/1"})");
  EXPECT_THAT(HeadersOf(sent.request),
              ElementsAre("Content-Type: application/json", "User-Agent: broker/1"));
}

TEST(CompletionTest, AUserAgentIsTheSessionsThenTheCallersThenTheBrokers) {
  const auto account = AccountOf(With("[{header: X-S}]", ""));
  login::Grant session = SessionOf(*account->program);
  const auto agent_of = [&](const std::string& own, Sender sender) {
    Request request{"GET", "/", {}, {}, {}};
    if (!own.empty()) request.headers = {{"user-agent", own}};
    const auto sent = CompleteWith(*account, request, &session, sender);
    if (!sent.ok()) return std::string(base::NameOf(base::DetailsOf(sent.status()).reason));
    for (const http::Header& header : sent->request.headers) {
      if (header.name == "User-Agent" || header.name == "user-agent") return header.value;
    }
    return std::string("none");
  };
  EXPECT_EQ(agent_of("", Sender::kBroker), "broker/1");
  EXPECT_EQ(agent_of("", Sender::kCaller), "none");
  EXPECT_EQ(agent_of("own/2", Sender::kBroker), "own/2");
  session.bound_user_agent = "login/3";
  EXPECT_EQ(agent_of("", Sender::kBroker), "login/3");
  EXPECT_EQ(agent_of("", Sender::kCaller), "login/3");
  EXPECT_EQ(agent_of("login/3", Sender::kCaller), "login/3");
  EXPECT_EQ(agent_of("own/2", Sender::kCaller), "INVALID_ARGUMENT");
}

// The value is that of `printf 'POST7' | openssl dgst -sha256 -hmac k3y-s3cr3t`.
constexpr char kPost7[] = "465c18dc9e5f1701eff04098794f587d036d9b8815bd0a57f56dbbbc53ee9227";

std::shared_ptr<const login::Program> Signed() {
  return With("[{form: sid}]", R"yaml(
sequences: {n: {key: account.user, unit: count, in_order: true, raise_by: 5}}
sign:
  covers: [method]
  form: {nonce: "${next.n}"}
  headers: {X-Sig: "${hex(hmac_sha256(secret.key, request.method + string(next.n)))}"}
)yaml");
}

TEST(CompletionTest, WhatSignsComesBehindTheSession) {
  const auto account = AccountOf(Signed());
  const login::Grant session = SessionOf(*account->program);
  SB_ASSERT_OK_AND_ASSIGN(
      const CompletedRequest sent,
      CompleteWith(*account, Post(FormBody{{{"b", "1"}}}), &session, Sender::kCaller, {{"n", 7}}));
  EXPECT_EQ(sent.request.body, "b=1&sid=s%2F1&nonce=7");
  EXPECT_THAT(HeadersOf(sent.request),
              ElementsAre("Content-Type: application/x-www-form-urlencoded",
                          absl::StrCat("X-Sig: ", kPost7)));
  EXPECT_THAT(AddedTo(sent),
              ElementsAre("form sid=s/1", "form nonce=7", absl::StrCat("header X-Sig=", kPost7)));
  EXPECT_EQ(sent.secrets, nullptr);
}

TEST(CompletionTest, NumbersAreAskedForBySequence) {
  const auto account = AccountOf(Signed());
  SB_ASSERT_OK_AND_ASSIGN(const std::vector<NumberNeed> needs, NumbersFor(*account));
  ASSERT_EQ(needs.size(), 1u);
  EXPECT_EQ(needs[0].sequence, "n");
  EXPECT_EQ(needs[0].number.id.origin, "https://example.com");
  EXPECT_EQ(needs[0].number.id.key, "jane");
  EXPECT_TRUE(needs[0].in_order);
  EXPECT_EQ(needs[0].raise_by, 5);

  account->parameters["user"] = "";
  EXPECT_THAT(NumbersFor(*account), HasReason(Reason::kProviderProtocolError));
  SB_ASSERT_OK_AND_ASSIGN(const std::vector<NumberNeed> none,
                          NumbersFor(*AccountOf(With("[{form: sid}]", ""))));
  EXPECT_THAT(none, IsEmpty());
}

TEST(CompletionTest, WhatTheBrokerAddsACallerMustNotSet) {
  const auto account = AccountOf(With("[{query: sid, methods: [GET]}, {header: X-S}]", R"yaml(
sign:
  covers: [path]
  query: {sig: "${hex(sha256(request.path + secret.key))}"}
  form: {signed: "1"}
  headers: {X-Sig: "1"}
)yaml"));
  const ReservedNames reserved = ReservedBy(*account->program);
  for (const char* name : {"sid", "sig", "signed"})
    EXPECT_TRUE(reserved.HasParameter(name)) << name;
  for (const char* name : {"X-S", "X-Sig"}) EXPECT_TRUE(reserved.HasHeader(name)) << name;
  EXPECT_FALSE(reserved.HasParameter("a"));
}

TEST(CompletionTest, WhatIsInjectedIsSentByTheBrokerAloneAndMustNotComeBack) {
  const auto account = AccountOf(With("[{header: X-S}]", R"yaml(
inject: {headers: {Authorization: 'Basic ${base64(bytes(account.user + ":" + secret.key))}'}}
)yaml"));
  const login::Grant session = SessionOf(*account->program);
  EXPECT_THAT(CheckSender(*account->program, Sender::kCaller), HasReason(Reason::kInjectOnly));
  EXPECT_THAT(CheckSender(*account->program, Sender::kBroker), IsOk());
  SB_ASSERT_OK_AND_ASSIGN(const CompletedRequest sent,
                          CompleteWith(*account, {"GET", "/", {}, {}, {}}, &session));
  // printf jane:k3y-s3cr3t | base64
  EXPECT_THAT(HeadersOf(sent.request), ElementsAre("X-S: s/1", "User-Agent: broker/1",
                                                   "Authorization: Basic amFuZTprM3ktczNjcjN0"));
  ASSERT_NE(sent.secrets, nullptr);
  EXPECT_TRUE(sent.secrets->AppearIn("you sent amFuZTprM3ktczNjcjN0"));
  EXPECT_TRUE(sent.secrets->AppearIn("your key is k3y-s3cr3t"));
  EXPECT_FALSE(sent.secrets->AppearIn("your session is s/1"));
  EXPECT_THAT(CheckSender(*Signed(), Sender::kCaller), IsOk());
}

TEST(CompletionTest, ASignatureOverNothingButTheRequestWantsOneThatSaysSomething) {
  const auto account = AccountOf(With("[{header: X-S}]", R"yaml(
sign:
  covers: [form]
  headers: {X-Sig: '${hex(md5(join(request.form, "=", "&") + secret.key))}'}
)yaml"));
  const login::Grant session = SessionOf(*account->program);
  EXPECT_THAT(CompleteWith(*account, Post(FormBody{{{"b", "1"}}}), &session), IsOk());
  for (const Request& request :
       {Post({}), Post(FormBody{}), Post(RawBody{"b=1"}), Post(FormBody{{{"b", ""}, {"", ""}}})}) {
    EXPECT_THAT(CompleteWith(*account, request, &session), HasReason(Reason::kInvalidArgument));
  }
}

TEST(CompletionTest, EachOfSeveralSignaturesWantsWhatSealsIt) {
  const auto account = AccountOf(With("[{header: X-S}]", R"yaml(
sign:
  covers: [path, query, form, body]
  headers:
    X-Form: '${hex(md5(join(request.form, "=", "&") + secret.key))}'
    X-Query-Or-Body: '${hex(md5(bytes(join(request.query, "=", "&") + secret.key) + request.body))}'
    X-Path: ${request.path}
)yaml"));
  const login::Grant session = SessionOf(*account->program);
  const Body form = FormBody{{{"b", "1"}}};
  EXPECT_THAT(CompleteWith(*account, {"POST", "/x", {{"a", "1"}}, {}, form}, &session), IsOk());
  EXPECT_THAT(CompleteWith(*account, {"POST", "/x", {}, {}, form}, &session), IsOk());
  EXPECT_THAT(CompleteWith(*account, {"POST", "/x", {{"a", "1"}}, {}, RawBody{"b"}}, &session),
              HasReason(Reason::kInvalidArgument));
}

TEST(CompletionTest, WhatCannotBeComputedNamesThePlaceAndNoValue) {
  const auto account = AccountOf(With("[{header: X-S}]", R"yaml(
sign:
  covers: [body]
  headers: {X-Sig: "${hex(sha256(utf8(request.body) + secret.key))}", X-Text: "${utf8(request.body)}"}
)yaml"));
  const login::Grant session = SessionOf(*account->program);
  for (const char* body : {"caf\xe9-body", "two\r\nlines-body"}) {
    const auto refused = CompleteWith(*account, Post(RawBody{body}), &session);
    EXPECT_THAT(refused, HasReason(Reason::kInvalidArgument));
    EXPECT_THAT(std::string(refused.status().message()),
                AllOf(HasSubstr("headers.X-"), Not(HasSubstr("-body"))));
  }
}

TEST(VerdictTest, TheFirstRuleThatHoldsDecides) {
  const auto program = With("[{header: X-S}]", R"yaml(
sequences: {n: {key: account.user}}
sign: {headers: {X-N: "${next.n}"}}
call:
  answers:
    - {when: {"json:/error": nonce}, then: nonce_rejected, after_retry: session_expired}
    - {when: {"json:/error": [dead, gone]}, then: session_expired}
    - {when: {status: {at_least: 500}}, then: transient}
    - {when: {status: 200}, then: ok}
)yaml");
  const auto judge = [&](int status, const std::string& body) {
    http::Response response;
    response.status = status;
    response.body = body;
    return Judge(*program, response);
  };
  const Verdict nonce = judge(200, R"({"error":"nonce"})");
  EXPECT_EQ(nonce.outcome, login::Outcome::kNonceRejected);
  EXPECT_EQ(nonce.after_retry, login::Outcome::kSessionExpired);
  EXPECT_EQ(nonce.rule, 0u);
  EXPECT_EQ(judge(500, R"({"error":"gone"})").outcome, login::Outcome::kSessionExpired);
  EXPECT_EQ(judge(500, "").outcome, login::Outcome::kTransient);
  EXPECT_EQ(judge(200, "<html>").outcome, login::Outcome::kOk);
  EXPECT_EQ(judge(404, "").outcome, std::nullopt);
  EXPECT_EQ(judge(404, "").rule, std::nullopt);
}

TEST(VerdictTest, WithoutRulesNoAnswerSaysAnything) {
  http::Response response;
  response.status = 401;
  EXPECT_EQ(Judge(*With("[{header: X-S}]", ""), response).outcome, std::nullopt);
}

}  // namespace
}  // namespace sessionbroker::calls
