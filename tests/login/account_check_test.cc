#include "service/login/account_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/login/programs.h"

namespace sessionbroker::login {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Sends a digest over a challenge (PLACE empty), or its secret as it is in PLACE.
std::shared_ptr<const Program> Sending(const std::string& place) {
  constexpr char kDefinition[] = R"yaml(
schema: 1
provider: demo
account:
  username: The name.
  tenant: {about: The tenant., default: main}
secrets: {key: The key.}
login:
  - step: challenge
    request: {method: GET, path: /challenge, query: {u: "${account.username}", t: "${account.tenant}"}}
    answers: [{when: {status: 200}, then: ok}]
    extract: {token: json:/token}
  - step: login
    request:
      method: POST
      path: /login
      headers: {X-Proof: "${hex(sha256(token + secret.key))}"}
PLACE
    answers: [{when: {status: 200}, then: ok}]
    extract: {session_id: json:/session}
session: {id: "${session_id}", attach: [{query: sid}]}
)yaml";
  return MustCompile(absl::StrReplaceAll(kDefinition, {{"PLACE", place}}));
}

constexpr char kNowhere[] = "";
constexpr char kInForm[] = "      form: {key: \"${secret.key}\"}";
constexpr char kInQuery[] = "      query: {key: \"${token}${secret.key}\"}";
// As good as the secret: no challenge is in it.
constexpr char kDigest[] = "      form: {key: \"${hex(sha512(account.username + secret.key))}\"}";

AccountFacts Facts(const char* base_url) {
  return AccountFacts{*http::BaseUrl::Create(base_url), false, {"username"}, {"key"}};
}

std::vector<std::string> Check(const Program& program, const AccountFacts& account) {
  std::vector<std::string> mistakes;
  for (const AccountMistake& mistake : CheckAccount(program, account)) {
    mistakes.push_back(absl::StrCat(mistake.path, ": ", mistake.message));
  }
  return mistakes;
}

TEST(AccountCheckTest, ASecretInClearNeedsHttpsOrThisMachine) {
  struct Case {
    const char* place;
    const char* base_url;
    bool allowed;
  };
  for (const Case& c : {Case{kNowhere, "http://crm.example.com", true},
                        {kNowhere, "https://crm.example.com", true},
                        {kInForm, "https://crm.example.com", true},
                        {kInForm, "http://127.0.0.1:8080/crm", true},
                        {kInForm, "http://localhost", true},
                        {kInForm, "http://[::1]:1", true},
                        {kInForm, "http://crm.example.com", false},
                        {kInForm, "http://192.168.1.5", false},
                        {kDigest, "http://crm.example.com", false},
                        {kDigest, "https://crm.example.com", true}}) {
    EXPECT_EQ(Check(*Sending(c.place), Facts(c.base_url)).empty(), c.allowed)
        << c.place << " " << c.base_url;
  }
  EXPECT_THAT(Check(*Sending(kInForm), Facts("http://crm.example.com")),
              ElementsAre("base_url: \"demo\" sends a secret as it is: expected https, found http "
                          "to crm.example.com, which is not this machine"));
}

TEST(AccountCheckTest, WhereAnAnswerMayLeadASecretNeedsHttpsOrThisMachineToo) {
  AccountFacts account = Facts("https://crm.example.com");
  for (const char* origin : {"https://login.example.com", "http://localhost:8080",
                             "http://login.example.com", "http://[::1]", "http://192.168.1.5:81"}) {
    account.origins.push_back(*http::BaseUrl::Create(origin));
  }
  EXPECT_THAT(Check(*Sending(kNowhere), account), IsEmpty());
  EXPECT_THAT(
      Check(*Sending(kInForm), account),
      ElementsAre("origins[2]: \"demo\" sends a secret as it is: expected https, found http "
                  "to login.example.com, which is not this machine",
                  "origins[4]: \"demo\" sends a secret as it is: expected https, found http "
                  "to 192.168.1.5, which is not this machine"));
}

TEST(AccountCheckTest, ASecretInTheUrlNeedsTheAccountsYes) {
  AccountFacts account = Facts("https://crm.example.com");
  EXPECT_THAT(Check(*Sending(kInForm), account), IsEmpty());
  EXPECT_THAT(Check(*Sending(kInQuery), account),
              ElementsAre("allow_secret_in_url: \"demo\" puts a secret into the URL, where proxies "
                          "and access logs see it: expected `allow_secret_in_url: true` if that is "
                          "meant"));
  account.allow_secret_in_url = true;
  EXPECT_THAT(Check(*Sending(kInQuery), account), IsEmpty());
}

TEST(AccountCheckTest, WhatIsMissingOrUnknownIsNamed) {
  AccountFacts account = Facts("https://crm.example.com");
  account.parameters = {"usrname", "tenant"};
  account.secrets = {"key", "password"};
  EXPECT_THAT(
      Check(*Sending(kNowhere), account),
      ElementsAre(
          "parameters.username: missing: the definition of \"demo\" asks for it",
          "parameters.usrname: the definition of \"demo\" knows no \"usrname\"; did you mean "
          "\"username\"?",
          "secrets.password: the definition of \"demo\" knows no \"password\"; it knows: key"));
  account.parameters = {"username"};
  account.secrets = {};
  EXPECT_THAT(Check(*Sending(kNowhere), account),
              ElementsAre("secrets.key: missing: the definition of \"demo\" asks for it"));
}

TEST(ProgramTest, KnowsWhatItSends) {
  EXPECT_FALSE(Sending(kNowhere)->sends_raw());
  EXPECT_TRUE(Sending(kInForm)->sends_raw());
  EXPECT_FALSE(Sending(kInForm)->sends_raw_in_url());
  EXPECT_TRUE(Sending(kDigest)->sends_raw());
  EXPECT_TRUE(Sending(kInQuery)->sends_raw());
  EXPECT_TRUE(Sending(kInQuery)->sends_raw_in_url());
  for (const char* provider : {"vtiger", "corebos", "abms"}) {
    EXPECT_FALSE(Builtin(provider)->sends_raw()) << provider;
  }
}

TEST(ProgramTest, ItsBehaviourIsTheSameUnlessWhatItDoesChanges) {
  const auto behaviour = [](const char* from, const char* to) {
    return MustCompile(absl::StrReplaceAll(kChallengeDefinition, {{from, to}}))->behaviour();
  };
  const std::string base = MustCompile(kChallengeDefinition)->behaviour();
  EXPECT_EQ(behaviour("{username: The name.}", "{username: Something else.}"), base);
  EXPECT_EQ(behaviour("provider: demo", "provider: demo\nsummary: New.\nassumptions: [One.]"),
            base);
  EXPECT_NE(behaviour("sha256(", "sha512("), base);
  EXPECT_NE(behaviour("idle: 10m", "idle: 11m"), base);
  EXPECT_NE(behaviour("stale}, then: challenge_stale", "stale}, then: transient"), base);
}

}  // namespace
}  // namespace sessionbroker::login
