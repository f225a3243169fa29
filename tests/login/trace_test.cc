#include "service/login/trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "service/login/run.h"
#include "tests/login/answers.h"
#include "tests/login/programs.h"

namespace sessionbroker::login {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kTracedSecret[] = "canary/7f3a&\"Key";

// Sends its secret, and what is made of it, in every place that there is; then a session that the
// first answer gives before it is good for anything.
constexpr char kSecretEverywhere[] = R"yaml(
schema: 1
provider: everywhere
account: {user: The name.}
secrets: {key: The key.}
login:
  - step: first
    let: {proof: hex(sha256(secret.key)), nonce: 'random_text("0123456789", 9)'}
    request:
      method: POST
      path: /at/${secret.key}
      query: {user: "${account.user}", key: "k-${secret.key}", half: "${substring(secret.key, 0, 2)}"}
      headers: {Authorization: 'Basic ${base64(bytes("user:" + secret.key))}', X-Nonce: "${nonce}"}
      cookies: {proof: "${proof}"}
      form:
        plain: ${secret.key}
        size: ${size(secret.key)}
        document: {json: {of: "${hex(hmac_sha256(secret.key, nonce))}", open: "${secret.key}"}}
        xml: {xml: {a: {"@b": "${secret.key}", "#text": "${secret.key}"}}}
    answers: [{when: {status: 200}, then: ok}]
    extract:
      session_id: json:/id
      hint: {from: json:/hint, optional: true}
      count: {from: json:/count, type: int}
      device: json:/device
  - step: second
    let: {upper_id: upper(session_id)}
    request:
      method: POST
      path: /login/${session_id}
      json: {id: "${upper_id}", count: "${count}", hint: '${has(hint) ? hint : ""}', device: "${device}"}
    answers: [{when: {status: 200}, then: ok}, {when: {status: 409}, then: challenge_stale}]
session: {id: "${session_id}", attach: [{query: sid}]}
)yaml";

class Recorder final : public Trace {
 public:
  void OnRequest(const TracedRequest& traced) override {
    std::string text =
        absl::StrCat(traced.step, " ", traced.request.method, " ", traced.request.url, "\n");
    for (const http::Header& header : traced.request.headers) {
      absl::StrAppend(&text, header.name, ": ", header.value, "\n");
    }
    requests.push_back(absl::StrCat(text, traced.request.body));
  }
  void OnAnswer(const TracedAnswer& traced) override {
    std::string text = absl::StrCat(traced.step, " ", traced.http_status);
    if (!traced.status.ok()) absl::StrAppend(&text, " ", traced.status.message());
    if (traced.rule.has_value()) absl::StrAppend(&text, " answers[", *traced.rule, "]");
    if (traced.outcome.has_value()) absl::StrAppend(&text, " ", NameOf(*traced.outcome));
    for (const TracedValue& value : traced.values) {
      absl::StrAppend(&text, " ", value.name, "=", value.text);
    }
    answers.push_back(text);
  }

  std::vector<std::string> requests;
  std::vector<std::string> answers;
};

class TraceTest : public ::testing::Test {
 protected:
  // What is sent next; a mark of its kind where the run is over.
  http::Request Next() {
    login::Run::Action action =
        run_.Next(base::BootTime(absl::Hours(1)), absl::FromUnixSeconds(1795290140));
    auto* request = std::get_if<http::Request>(&action);
    return request == nullptr ? http::Request() : std::move(*request);
  }

  Recorder trace_;
  login::Run run_{
      MakeAccount(MustCompile(kSecretEverywhere), {{"user", "jane"}}, {{"key", kTracedSecret}}),
      "agent/1", &crypto::SystemRandom(), &trace_};
};

TEST_F(TraceTest, WhatIsMadeOfASecretIsRedactedInEveryPlaceAndWhateverItsEncoding) {
  const http::Request sent = Next();
  ASSERT_EQ(trace_.requests.size(), 1u);
  // What is random is shown as it is sent, not made once more.
  ASSERT_EQ(sent.headers.size(), 5u);
  EXPECT_EQ(
      trace_.requests[0],
      absl::StrCat("0 POST https://example.com/at/<redacted>"
                   "?user=jane&key=k-<redacted>&half=<redacted>\n"
                   "Authorization: Basic <redacted>\n"
                   "X-Nonce: ",
                   sent.headers[1].value,
                   "\n"
                   "Cookie: proof=<redacted>\n"
                   "Content-Type: application/x-www-form-urlencoded\n"
                   "User-Agent: agent/1\n"
                   "plain=<redacted>&size=<redacted>"
                   "&document=%7B%22of%22%3A%22<redacted>%22%2C%22open%22%3A%22<redacted>%22%7D"
                   "&xml=%3Ca+b%3D%22<redacted>%22%3E<redacted>%3C%2Fa%3E"));
}

TEST_F(TraceTest, WhatMayBeASessionIsCutAndOtherValuesAreShown) {
  Next();
  run_.Feed(Response(200, R"({"id":"0123456789abcdef","hint":"try","count":"7",
                              "device":"dev-4711-and-so-on"})"));
  EXPECT_THAT(trace_.answers,
              ElementsAre("0 200 answers[0] ok session_id=0123… hint=try count=7 device=dev-…"));
  Next();
  ASSERT_EQ(trace_.requests.size(), 2u);
  EXPECT_EQ(trace_.requests[1],
            "1 POST https://example.com/login/0123…\n"
            "Content-Type: application/json\n"
            "User-Agent: agent/1\n"
            R"({"id":"0123…","count":7,"hint":"try","device":"dev-…"})");
}

TEST_F(TraceTest, AShortSessionIsNotShownAtAll) {
  Next();
  run_.Feed(Response(200, R"({"id":"s-1","count":1,"device":"d"})"));
  EXPECT_THAT(trace_.answers, ElementsAre("0 200 answers[0] ok session_id=… count=1 device=d"));
}

TEST_F(TraceTest, ASecretThatComesBackIsRedacted) {
  Next();
  const std::string hex = absl::BytesToHexString(kTracedSecret);
  run_.Feed(
      Response(200, absl::StrCat(R"({"id":"x-)", hex, R"(-y","hint":")",
                                 absl::CEscape(kTracedSecret), R"(","count":1,"device":"ok"})")));
  EXPECT_THAT(trace_.answers,
              ElementsAre("0 200 answers[0] ok session_id=<redacted> hint=<redacted> count=1 "
                          "device=ok"));
}

TEST_F(TraceTest, AnAccountParameterThatIsTheSecretIsRedactedToo) {
  Recorder trace;
  login::Run run(
      MakeAccount(MustCompile(kSecretEverywhere), {{"user", "admin"}}, {{"key", "admin"}}),
      "agent/1", &crypto::SystemRandom(), &trace);
  run.Next(base::BootTime(), absl::UnixEpoch());
  ASSERT_EQ(trace.requests.size(), 1u);
  EXPECT_THAT(trace.requests[0], Not(HasSubstr("admin")));
}

TEST_F(TraceTest, AnAnswerThatNoRuleKnowsAndNoAnswerAtAllAreTold) {
  Next();
  run_.Feed(Response(404, "no"));
  EXPECT_THAT(trace_.answers, ElementsAre("0 404"));

  Recorder trace;
  login::Run run(
      MakeAccount(MustCompile(kSecretEverywhere), {{"user", "jane"}}, {{"key", kTracedSecret}}),
      "agent/1", &crypto::SystemRandom(), &trace);
  run.Next(base::BootTime(), absl::UnixEpoch());
  run.Feed(absl::UnavailableError("refused"));
  EXPECT_THAT(trace.answers, ElementsAre("0 0 refused"));
  EXPECT_THAT(trace.requests, Not(IsEmpty()));
}

}  // namespace
}  // namespace sessionbroker::login
