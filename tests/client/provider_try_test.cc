// `brokerctl provider try` against simulated providers, over real HTTP on loopback.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "tests/client/provider_tools.h"
#include "tests/simulator/simulator.h"
#include "tests/testing/temp_directory.h"

namespace sessionbroker::brokerctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// What differs from run to run, or when a definition is edited, in letters.
std::string Stable(std::string text) {
  text = std::regex_replace(text, std::regex("127\\.0\\.0\\.1:[0-9]+"), "HOST");
  text = std::regex_replace(text, std::regex("[0-9]+ bytes in [0-9]+m?s"), "N bytes in T");
  text = std::regex_replace(text, std::regex("request(s?), [0-9]+m?s"), "request$1, T");
  text = std::regex_replace(text, std::regex("line [0-9]+"), "line L");
  return std::regex_replace(text, std::regex("(nonce=|echoed = )[0-9]+"), "$1N");
}

class ProviderTryTest : public ::testing::Test {
 protected:
  ProviderTryTest() {
    simulator::Simulator::Options options;
    options.frozen_time = absl::FromUnixSeconds(1795290462);
    auto started = simulator::Simulator::Start(std::move(options));
    EXPECT_TRUE(started.ok()) << started.status();
    simulator_ = *std::move(started);
  }

  // Secrets of accounts of this family that are not the demo's.
  void SetUser(const std::string& family, const std::string& name, const std::string& secret) {
    simulator::User user;
    user.name = name;
    user.access_key = secret;
    ASSERT_TRUE(simulator_->SetUser(family, user).ok());
  }

  Outcome Try(const std::string& family, const std::vector<std::string>& parameters,
              const std::string& secret_name, const std::string& secret,
              const std::vector<std::string>& further = {}) {
    std::vector<std::string> command = {"try", absl::StrCat("service/providers/", family, ".yaml"),
                                        "--base-url", simulator_->url(family)};
    for (const std::string& parameter : parameters) {
      command.insert(command.end(), {"--parameter", parameter});
    }
    command.insert(command.end(), {"--secret", absl::StrCat(secret_name, "=",
                                                            directory_.Write("secret", secret))});
    command.insert(command.end(), further.begin(), further.end());
    return RunProvider(command);
  }

  // Neither the secret nor a value that was sent in its place stands anywhere in what was said.
  void ExpectNothingOf(const std::vector<std::string>& hidden, const Outcome& outcome) {
    for (const std::string& text : hidden) {
      ASSERT_GE(text.size(), 8u);
      const std::string hex = absl::BytesToHexString(text);
      const std::string base64 = absl::Base64Escape(text);
      for (const std::string& form :
           {text, hex, absl::AsciiStrToUpper(hex), base64.substr(0, base64.find('=')),
            absl::StrReplaceAll(text, {{"/", "%2F"}, {"&", "%26"}}),
            absl::StrReplaceAll(text, {{"/", "\\/"}})}) {
        EXPECT_THAT(outcome.out, Not(HasSubstr(form)));
        EXPECT_THAT(outcome.err, Not(HasSubstr(form)));
      }
    }
  }

  // The value of a field of a form or JSON body that arrived.
  std::string Arrived(const std::string& field) const {
    std::string found;
    for (const auto& [family, request] : simulator_->recent_requests()) {
      std::smatch match;
      const std::regex pattern(absl::StrCat("\"?", field, "\"?[=:]\"?([^\"&]+)"));
      if (std::regex_search(request.body, match, pattern)) found = match[1];
    }
    return found;
  }

  std::unique_ptr<simulator::Simulator> simulator_;
  const testing::TempDirectory directory_;
};

constexpr char kCanary[] = "cAnary/7f3a&key";
constexpr char kSession[] = "5e55104f9d2c7b8a61e03c";

TEST_F(ProviderTryTest, VtigerIsShownStepByStepWithoutItsSecrets) {
  SetUser("vtiger", "jane", kCanary);
  ASSERT_TRUE(simulator_->QueueToken("vtiger", "6b01f55e890dd").ok());
  ASSERT_TRUE(simulator_->QueueSession("vtiger", kSession).ok());
  const Outcome outcome = Try("vtiger", {"username=jane"}, "access_key", kCanary);
  EXPECT_EQ(outcome.code, ExitCode::kOk);
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(Stable(outcome.out),
            "1. getchallenge\n"
            "   > GET http://HOST/vtiger/webservice.php?operation=getchallenge&username=jane\n"
            "   > User-Agent: session-broker/1\n"
            "   < HTTP 200, N bytes in T\n"
            "   answers[0], line L: ok\n"
            "   token = 6b01f55e890dd (text)\n"
            "   server_time = 1795290462 (int)\n"
            "   expire_time = 1795290762 (int)\n"
            "2. login\n"
            "   > POST http://HOST/vtiger/webservice.php\n"
            "   > Content-Type: application/x-www-form-urlencoded\n"
            "   > User-Agent: session-broker/1\n"
            "   >\n"
            "   > operation=login&username=jane&accessKey=<redacted>\n"
            "   < HTTP 200, N bytes in T\n"
            "   answers[0], line L: ok\n"
            "   session_name = 5e55… (text)\n"
            "   user_id = 19x2 (text)\n"
            "   version = 8.0.0 (text)\n"
            "The login succeeded: 2 requests, T.\n"
            "\n"
            "session     vtiger/try\n"
            "id          5e55…\n"
            "issued      2026-11-21 00:00:00 UTC\n"
            "expires     2026-11-21 00:24:00 UTC (in 24m)\n"
            "idle limit  24m without a request\n"
            "base URL    http://HOST/vtiger\n"
            "\n"
            "add to a request\n"
            "  query parameter  sessionName = 5e55…  GET\n"
            "  form field       sessionName = 5e55…  POST\n"
            "\n"
            "attributes\n"
            "  userId         19x2\n"
            "  vtigerVersion  8.0.0\n");
  ExpectNothingOf({kCanary, kSession, Arrived("accessKey")}, outcome);
}

// What else differs from run to run: challenges, sessions and times.
std::string StableValues(std::string text) {
  text = std::regex_replace(Stable(std::move(text)), std::regex("token = [0-9a-f]{13} "),
                            "token = TOKEN ");
  text = std::regex_replace(text, std::regex("_time = [0-9]{10} "), "_time = TIME ");
  text = std::regex_replace(text, std::regex("[0-9a-f]{4}…"), "ID…");
  return std::regex_replace(text, std::regex("[0-9-]{10} [0-9:]{8} UTC"), "TIME");
}

TEST_F(ProviderTryTest, TheGuideShowsWhatItSays) {
  const Outcome outcome = Try("vtiger", {"username=admin"}, "access_key", "vT9demoKey4Admin");
  EXPECT_EQ(outcome.code, ExitCode::kOk);
  std::ifstream file("docs/providers.md");
  const std::string guide((std::istreambuf_iterator<char>(file)), {});
  const std::size_t command = guide.find("$ brokerctl provider try vtiger.yaml --base-url ");
  ASSERT_NE(command, std::string::npos);
  const std::size_t begin = guide.find('\n', command) + 1;
  EXPECT_EQ(StableValues(guide.substr(begin, guide.find("```", begin) - begin)),
            StableValues(outcome.out));
}

TEST_F(ProviderTryTest, RevealShowsTheSessionAndNothingElse) {
  ASSERT_TRUE(simulator_->QueueSession("vtiger", kSession).ok());
  const Outcome outcome =
      Try("vtiger", {"username=admin"}, "access_key", "vT9demoKey4Admin", {"--reveal"});
  EXPECT_EQ(outcome.code, ExitCode::kOk);
  EXPECT_THAT(outcome.out, HasSubstr(absl::StrCat("\nid          ", kSession, "\n")));
  EXPECT_THAT(outcome.out, HasSubstr("   session_name = 5e55… (text)\n"));
  ExpectNothingOf({"vT9demoKey4Admin", Arrived("accessKey")}, outcome);
}

TEST_F(ProviderTryTest, TheSessionIsAskedAfterAndEndedOnRequest) {
  ASSERT_TRUE(simulator_->QueueSession("vtiger", kSession).ok());
  const Outcome outcome =
      Try("vtiger", {"username=admin"}, "access_key", "vT9demoKey4Admin", {"--probe", "--logout"});
  EXPECT_EQ(outcome.code, ExitCode::kOk);
  EXPECT_EQ(outcome.err, "");
  EXPECT_THAT(Stable(outcome.out),
              HasSubstr("   version = 8.0.0 (text)\n"
                        "probe\n"
                        "   > GET http://HOST/vtiger/webservice.php?operation=listtypes&"
                        "sessionName=5e55…\n"
                        "   > User-Agent: session-broker/1\n"
                        "   < HTTP 200, N bytes in T\n"
                        "   answers[0], line L: ok\n"
                        "logout\n"
                        "   > POST http://HOST/vtiger/webservice.php\n"
                        "   > Content-Type: application/x-www-form-urlencoded\n"
                        "   > User-Agent: session-broker/1\n"
                        "   >\n"
                        "   > operation=logout&sessionName=5e55…\n"
                        "   < HTTP 200, N bytes in T\n"
                        "   answers[0], line L: ok\n"
                        "The login succeeded: 2 requests, T.\n"
                        "The probe says that the session is alive.\n"
                        "The session is logged out.\n"
                        "\n"
                        "session     vtiger/try\n"));
  ExpectNothingOf({"vT9demoKey4Admin", kSession}, outcome);
}

TEST_F(ProviderTryTest, AProbeThatFailsIsToldBesideTheSession) {
  simulator::Fault fault;
  fault.kind = simulator::FaultKind::kStatus;
  fault.operation = "listtypes";
  fault.status = 503;
  fault.body = "down for maintenance";
  ASSERT_TRUE(simulator_->AddFault(fault).ok());
  const Outcome outcome =
      Try("vtiger", {"username=admin"}, "access_key", "vT9demoKey4Admin", {"--probe"});
  EXPECT_EQ(outcome.code, ExitCode::kTryAgain);
  EXPECT_THAT(outcome.err, HasSubstr("brokerctl: UNAVAILABLE PROVIDER_UNREACHABLE: step "
                                     "\"probe\": HTTP 503: "));
  EXPECT_THAT(outcome.err, HasSubstr("\nthe provider said: down for maintenance\n"));
  EXPECT_THAT(outcome.out, HasSubstr("\nsession     vtiger/try\n"));
}

TEST_F(ProviderTryTest, WhatTheDefinitionLacksIsNotAskedFor) {
  const Outcome outcome =
      Try("tipmoto", {"login=JANE"}, "password", kCanary, {"--probe", "--logout"});
  EXPECT_EQ(outcome.code, ExitCode::kUsage);
  EXPECT_EQ(outcome.err, "brokerctl: service/providers/tipmoto.yaml has no `logout`\n");
  EXPECT_EQ(simulator_->counters().requests, 0);
}

TEST_F(ProviderTryTest, CorebosIsTriedAsVtigerIs) {
  SetUser("corebos", "jane", kCanary);
  ASSERT_TRUE(simulator_->QueueSession("corebos", kSession).ok());
  const Outcome outcome = Try("corebos", {"username=jane"}, "access_key", kCanary);
  EXPECT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("&username=jane&accessKey=<redacted>\n"));
  EXPECT_THAT(outcome.out, HasSubstr("\nid          5e55…\n"));
  EXPECT_THAT(outcome.out, HasSubstr("User-Agent = session-broker/1  every request\n"));
  ExpectNothingOf({kCanary, kSession, Arrived("accessKey")}, outcome);
}

TEST_F(ProviderTryTest, TipmotosIdIsCutWhereItIsSentToo) {
  SetUser("tipmoto", "JANE", kCanary);
  const Outcome outcome = Try("tipmoto", {"login=JANE"}, "password", kCanary);
  EXPECT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
  const std::string id = Arrived("sessionid");
  ASSERT_GE(id.size(), 16u);
  EXPECT_THAT(outcome.out,
              HasSubstr(absl::StrCat("   > {\"tipmoto\":{\"sessionid\":\"", id.substr(0, 4),
                                     "…\",\"password\":\"<redacted>\"}}\n")));
  ExpectNothingOf({kCanary, id, Arrived("password")}, outcome);
}

TEST_F(ProviderTryTest, IcashIsGivenANumberAndAWarning) {
  const Outcome outcome =
      Try("icash", {"api_key=5kdkuujr8l50iv6yp504qxn2grnlhm2h", "warehouse_id=785", "user_id=1"},
          "secret_key", "0ptpe0rekdtasktyj1nhjxhzbz1bk5n3");
  EXPECT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
  EXPECT_EQ(outcome.err,
            "warning: api: these numbers are not from the broker's own sequence, which will not "
            "know that they are used\n");
  EXPECT_THAT(Stable(outcome.out), HasSubstr("&nonce=N&signature=<redacted>&WareHouseID=785"));
  EXPECT_THAT(Stable(outcome.out), HasSubstr("   echoed = N (int)\n"));
  EXPECT_THAT(outcome.out, HasSubstr("  signature   made by the broker"));
  ExpectNothingOf({"0ptpe0rekdtasktyj1nhjxhzbz1bk5n3", Arrived("signature")}, outcome);
}

TEST_F(ProviderTryTest, ARefusalShowsBothTriesAndWhatTheProviderSaid) {
  const Outcome outcome = Try("vtiger", {"username=admin"}, "access_key", kCanary);
  EXPECT_EQ(outcome.code, ExitCode::kRefused);
  EXPECT_THAT(Stable(outcome.out), HasSubstr("   answers[1], line L: challenge_stale\n"
                                             "The login starts over.\n"
                                             "1. getchallenge\n"));
  EXPECT_THAT(outcome.err,
              HasSubstr("brokerctl: FAILED_PRECONDITION CREDENTIALS_REJECTED: step \"login\": HTTP "
                        "200: "));
  EXPECT_THAT(outcome.err, HasSubstr("\nthe provider said: {\"success\":false,"));
  ExpectNothingOf({kCanary, Arrived("accessKey")}, outcome);
}

TEST_F(ProviderTryTest, TheRuleThatDecidedIsNamedByItsLine) {
  const Outcome outcome = Try("vtiger", {"username=nobody"}, "access_key", kCanary);
  EXPECT_EQ(outcome.code, ExitCode::kRefused);
  std::smatch match;
  ASSERT_TRUE(
      std::regex_search(outcome.out, match,
                        std::regex("answers\\[([0-9]+)\\], line ([0-9]+): credentials_rejected")));
  std::ifstream file("service/providers/vtiger.yaml");
  std::string line;
  for (int i = 0; i < std::stoi(match[2]); ++i) std::getline(file, line);
  EXPECT_THAT(line, HasSubstr("ACCESS_DENIED"));
}

TEST_F(ProviderTryTest, AServerThatIsNotThereIsTemporary) {
  ASSERT_TRUE(simulator_->dedicated_url("vtiger").ok());
  const std::string url = *simulator_->dedicated_url("vtiger");
  ASSERT_TRUE(simulator_->SetPortMode("vtiger", simulator::PortMode::kRefuse).ok());
  const Outcome outcome = RunProvider(
      {"try", "service/providers/vtiger.yaml", "--base-url", url, "--parameter", "username=admin",
       "--secret", absl::StrCat("access_key=", directory_.Write("secret", kCanary))});
  EXPECT_EQ(outcome.code, ExitCode::kTryAgain);
  EXPECT_THAT(Stable(outcome.out), HasSubstr("   < no answer: HOST: "));
  EXPECT_THAT(outcome.err, HasSubstr("brokerctl: UNAVAILABLE PROVIDER_UNREACHABLE: "));
  EXPECT_THAT(outcome.err, HasSubstr("; try again in 1s\n"));
}

TEST_F(ProviderTryTest, StepsThatAreSkippedAreTold) {
  const std::string definition = directory_.Write("once.yaml", R"yaml(
schema: 1
provider: once
account: {username: The name., mode: How.}
secrets: {access_key: The key.}
keep: {device: '"d"'}
login:
  - step: never
    if: account.mode == "other" || has(kept.device)
    request: {method: GET, path: /webservice.php}
    answers: [{then: ok}]
  - step: getchallenge
    request:
      method: GET
      path: /webservice.php
      query: {operation: getchallenge, username: "${account.username}", k: "${hex(md5(secret.access_key))}"}
    answers: [{when: {status: 200}, then: ok}]
    extract: {token: json:/result/token}
  - step: neither
    if: account.mode == "other"
    request: {method: GET, path: /webservice.php}
    answers: [{then: ok}]
session: {id: "${token}", attach: [{header: X-Token}]}
)yaml");
  const Outcome outcome = RunProvider(
      {"try", definition, "--base-url", simulator_->url("vtiger"), "--parameter", "username=admin",
       "--parameter", "mode=this", "--secret",
       absl::StrCat("access_key=", directory_.Write("secret", kCanary)), "--allow-secret-in-url"});
  EXPECT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
  EXPECT_EQ(outcome.err,
            "warning: nothing that the broker keeps of earlier logins is used, and nothing is "
            "kept\n");
  EXPECT_THAT(outcome.out, HasSubstr("1. never: skipped, its `if` does not hold\n"
                                     "2. getchallenge\n"));
  EXPECT_THAT(outcome.out, HasSubstr("3. neither: skipped, its `if` does not hold\n"
                                     "The login succeeded: 1 request, "));
}

}  // namespace
}  // namespace sessionbroker::brokerctl
