// Providers that send back what they were sent, in every dress: nothing that a caller, a log or a
// session shows may hold a secret, whatever goes wrong.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "service/login/definitions.h"
#include "service/login/driver.h"
#include "tests/login/answers.h"
#include "tests/login/programs.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/fake_scheduler.h"
#include "tests/testing/fake_transport.h"

namespace sessionbroker::login {
namespace {

using sessionbroker::testing::FakeClock;
using sessionbroker::testing::FakeScheduler;
using sessionbroker::testing::FakeTransport;

constexpr char kCanary[] = "canary/7f3a&Key";

// Sends its secret in every place that there is, plain and encoded.
constexpr char kEverywhere[] = R"yaml(
schema: 1
provider: everywhere
secrets: {key: The key.}
login:
  - step: login
    request:
      method: POST
      path: /${secret.key}
      query: {a: "${secret.key}", b: "${base64(bytes(secret.key))}"}
      headers: {Authorization: 'Basic ${base64(bytes("user:" + secret.key))}'}
      json: {plain: "${secret.key}", hex: "${hex(bytes(secret.key))}", of: "${hex(sha512(secret.key))}"}
    answers:
      - {when: {"json:/success": true}, then: ok}
      - {when: {status: {at_least: 500}}, then: transient}
      - {when: {status: 401}, then: credentials_rejected}
      - {when: {status: 409}, then: challenge_stale}
      - {when: {status: 403}, then: permanent}
    extract: {session_id: json:/result/sessionName}
session: {id: "${session_id}", attach: [{query: sid}]}
)yaml";

std::string JsonQuoted(const std::string& text) {
  return absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\"", "\\\""}, {"/", "\\/"}});
}
std::string JsonAllEscaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    absl::StrAppend(&out, "\\u", absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad4));
  }
  return out;
}
std::string HtmlEscaped(const std::string& text) {
  return absl::StrReplaceAll(text, {{"&", "&amp;"}, {"/", "&#x2F;"}, {"\"", "&quot;"}});
}
std::string PercentAll(const std::string& text) {
  std::string out;
  for (const char c : text) {
    absl::StrAppend(&out, "%", absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
  }
  return out;
}

using Dress = std::function<std::string(const std::string&)>;
const std::vector<Dress>& Dresses() {
  static const auto* const dresses = new std::vector<Dress>{
      [](const std::string& t) { return t; },
      JsonQuoted,
      JsonAllEscaped,
      HtmlEscaped,
      PercentAll,
      [](const std::string& t) { return absl::BytesToHexString(t); },
      [](const std::string& t) { return absl::AsciiStrToUpper(absl::BytesToHexString(t)); },
      [](const std::string& t) { return absl::Base64Escape(t); },
      [](const std::string& t) { return absl::WebSafeBase64Escape(t); },
      [](const std::string& t) { return absl::Base64Escape("x" + t + "y"); },
      [](const std::string& t) { return PercentAll(JsonQuoted(t)); },
  };
  return *dresses;
}

// Bodies that hold `echo`, as a session, as an error and as mere text.
std::vector<http::Response> Bodies(const std::string& echo) {
  std::vector<http::Response> bodies;
  const std::string challenge = absl::StrCat(
      R"({"success":true,"result":{"token":"t","serverTime":1,"expireTime":301,"sessionName":")",
      echo, "\"}}");
  const std::string in_id = absl::StrCat(R"({"success":true,"result":{"token":")", echo,
                                         R"(","serverTime":1,"expireTime":301,"sessionName":"ok-)",
                                         echo, R"(","userId":")", echo, "\"}}");
  const std::string error = absl::StrCat(
      R"({"success":false,"error":{"code":"INVALID_USER_CREDENTIALS","message":")", echo, "\"}}");
  for (const int status : {200, 400, 401, 403, 404, 409, 500}) {
    bodies.push_back(Response(status, challenge));
    bodies.push_back(Response(status, in_id));
    bodies.push_back(Response(status, error));
    bodies.push_back(Response(status, absl::StrCat("<html>", echo, "</html>")));
    bodies.push_back(Response(status, echo));
  }
  return bodies;
}

class CanaryTest : public ::testing::Test {
 protected:
  void Look(absl::string_view what, absl::string_view text) {
    ++looked_;
    const std::string shown(text);
    // The key, and the beginning of it: nothing may be cut out of it either.
    for (const std::string& canary : {std::string(kCanary), std::string("canary/7")}) {
      for (const Dress& dress : Dresses()) {
        std::string wanted = dress(canary);
        // The last digits of base64 hold what comes after.
        while (absl::EndsWith(wanted, "=")) wanted.resize(wanted.size() - 2);
        EXPECT_FALSE(absl::StrContains(shown, wanted)) << std::string(what) << ": " << shown;
      }
    }
    // printf 'canary/7f3a&Key' | sha512sum
    EXPECT_FALSE(
        absl::StrContains(shown,
                          "f21bfeeb092853c74f1a00c705c0f3ab1376658cbe172948711d18007a7bd9572e974556"
                          "e395ff3af497cc94ced063204347892be45dd9fb4e5ed5022691c75f"))
        << std::string(what);
  }

  void Try(const std::shared_ptr<const Program>& program, const http::Response& answer) {
    FakeTransport transport(&scheduler_);
    transport.SetPeer([&](const http::Request&) {
      return FakeTransport::Reply{answer, absl::Seconds(1)};
    });
    LoginDriver driver(&scheduler_, &transport, &clock_, &crypto::SystemRandom(), {},
                       [this](const LoginReport& report) {
                         Look("log", report.status.ToString());
                         Look("detail", report.operator_detail);
                       });
    const auto account = MakeAccount(program,
                                     program->parameters().empty()
                                         ? std::map<std::string, std::string>{}
                                         : std::map<std::string, std::string>{{"username", "u"}},
                                     {{program->secrets()[0], kCanary}});
    driver.Login(account, [this](absl::StatusOr<Grant> result) {
      Look("status", result.status().ToString());
      if (!result.ok()) return;
      ++grants_;
      Look("id", result->id.Reveal(secrets::RevealToken::Issue()));
      for (const auto& [name, value] : result->attributes) Look(name, value);
      for (const Attachment& attachment : result->attachments) {
        Look(attachment.name, attachment.value.Reveal(secrets::RevealToken::Issue()));
      }
    });
    scheduler_.Advance(absl::Minutes(1));
  }

  FakeClock clock_;
  FakeScheduler scheduler_{&clock_};
  int looked_ = 0;
  int grants_ = 0;
};

TEST_F(CanaryTest, NothingThatIsShownHoldsTheSecret) {
  config::Diagnostics diagnostics;
  const auto set = DefinitionSet::Load({"docs/examples/definitions"}, &diagnostics);
  ASSERT_NE(set, nullptr) << diagnostics.ToString();
  std::vector<std::shared_ptr<const Program>> programs = {MustCompile(kEverywhere)};
  for (const auto& [name, program] : set->programs()) programs.push_back(program);
  ASSERT_GE(programs.size(), 5u);
  for (const auto& program : programs) {
    for (const Dress& dress : Dresses()) {
      for (const http::Response& answer : Bodies(dress(kCanary))) Try(program, answer);
    }
  }
  EXPECT_GT(looked_, 3000);
  EXPECT_EQ(grants_, 0) << "a session was made of the secret";
}

TEST_F(CanaryTest, TheSameAnswersWithoutTheSecretYieldSessions) {
  const auto vtiger = Builtin("vtiger");
  for (const http::Response& answer : Bodies("19x1")) Try(vtiger, answer);
  EXPECT_EQ(grants_, 2);
}

}  // namespace
}  // namespace sessionbroker::login
