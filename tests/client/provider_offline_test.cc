// `brokerctl provider check` and `eval`, and what `try` refuses before it sends anything.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tests/client/provider_tools.h"
#include "tests/testing/temp_directory.h"

namespace sessionbroker::brokerctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kAcme[] = "tests/fixtures/authoring/acme.yaml";

std::string Read(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

TEST(ProviderCheckTest, EveryMistakeOfEveryFileIsToldAtOnceAtItsPlace) {
  std::vector<std::string> command = {"check"};
  for (const auto& entry : std::filesystem::directory_iterator("tests/fixtures/definitions")) {
    if (entry.path().extension() == ".yaml") command.push_back(entry.path().string());
  }
  std::sort(command.begin() + 1, command.end());
  ASSERT_GT(command.size(), 70u);
  const Outcome outcome = RunProvider(command);
  EXPECT_EQ(outcome.code, ExitCode::kUsage);
  EXPECT_EQ(outcome.out, "");
  // Of several files with one name the later ones are told so too, which is tested below.
  std::string told;
  for (const absl::string_view line : absl::StrSplit(outcome.err, '\n')) {
    if (line.find("is defined already, in tests/") == absl::string_view::npos) {
      absl::StrAppend(&told, line, "\n");
    }
  }
  std::string expected;
  for (std::size_t i = 1; i < command.size(); ++i) {
    for (absl::string_view line : absl::StrSplit(Read(command[i]), '\n')) {
      if (!absl::ConsumePrefix(&line, "# expect: ")) continue;
      absl::StrAppend(&expected, command[i], ":", line, "\n");
    }
  }
  EXPECT_EQ(told, absl::StrCat(expected, "\n"));
}

TEST(ProviderCheckTest, WhatIsInOrderIsSaidWithItsStepsAndWorkedValues) {
  const Outcome outcome = RunProvider({"check", kAcme});
  EXPECT_EQ(outcome.code, ExitCode::kOk);
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(outcome.out, absl::StrCat(kAcme,
                                      ": in order: provider \"acme\", 2 steps (challenge, login), "
                                      "1 worked value checked\n"));
}

TEST(ProviderCheckTest, AProbeAndALogoutAreSaid) {
  EXPECT_THAT(RunProvider({"check", "service/providers/vtiger.yaml"}).out,
              HasSubstr("2 steps (getchallenge, login), a probe, a logout, "));
  EXPECT_THAT(RunProvider({"check", "service/providers/tipmoto.yaml"}).out,
              HasSubstr("2 steps (gethash, login), a probe, 4 worked values"));
}

TEST(ProviderCheckTest, WhatIsAddedToRequestsIsSaid) {
  EXPECT_THAT(RunProvider({"check", "service/providers/icash.yaml"}).out,
              HasSubstr("1 step (login), signatures over nothing of a request, 5 worked values"));
  EXPECT_THAT(
      RunProvider({"check", "tests/fixtures/definitions/protocols/aws_sigv4.yaml"}).out,
      HasSubstr("no sessions, signatures over method, host, path, query, body, 3 worked values"));
  EXPECT_THAT(RunProvider({"check", "docs/examples/definitions/tipmoto-basic.yaml"}).out,
              HasSubstr("no sessions, requests that the broker alone sends, 1 worked value"));
}

TEST(ProviderCheckTest, WhatIsBuiltInIsInOrder) {
  std::vector<std::string> command = {"check"};
  for (const auto& entry : std::filesystem::directory_iterator("service/providers")) {
    command.push_back(entry.path().string());
  }
  const Outcome outcome = RunProvider(command);
  EXPECT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
  EXPECT_THAT(outcome.out, Not(HasSubstr("note:")));
}

TEST(ProviderCheckTest, AWorkedValueThatDoesNotComeOutIsAMistake) {
  const testing::TempDirectory directory;
  const std::string file = directory.Write(
      "acme.yaml", absl::StrReplaceAll(Read(kAcme), {{"nonce: c4e1b0f2", "nonce: c4e1b0f3"}}));
  const Outcome outcome = RunProvider({"check", file});
  EXPECT_EQ(outcome.code, ExitCode::kUsage);
  EXPECT_THAT(outcome.err, HasSubstr("examples.from the documentation.expect.login.form.response: "
                                     "the definition gives \""));
}

TEST(ProviderCheckTest, TwoFilesOfOneProviderAndAFileThatIsNotThereAreMistakes) {
  const testing::TempDirectory directory;
  const std::string copy = directory.Write("copy.yaml", Read(kAcme));
  const std::string none = directory.File("none.yaml");
  const Outcome outcome = RunProvider({"check", kAcme, copy, none});
  EXPECT_EQ(outcome.code, ExitCode::kUsage);
  EXPECT_EQ(outcome.err, absl::StrCat(copy, ":3:11: provider: \"acme\" is defined already, in ",
                                      kAcme, "\n", none, ": there is no such file\n"));
}

TEST(ProviderCheckTest, ANameThatIsBuiltInIsNoted) {
  const testing::TempDirectory directory;
  const std::string file = directory.Write(
      "mine.yaml", absl::StrReplaceAll(Read(kAcme), {{"provider: acme", "provider: vtiger"}}));
  const Outcome outcome = RunProvider({"check", file});
  EXPECT_EQ(outcome.code, ExitCode::kOk);
  EXPECT_THAT(outcome.out,
              HasSubstr(absl::StrCat(
                  file,
                  ": note: \"vtiger\" is built in; a broker refuses another definition of "
                  "that name\n")));
}

struct EvalCase {
  std::vector<std::string> arguments;
  ExitCode code;
  const char* out;
  const char* err;
};

TEST(ProviderEvalTest, AnExpressionHasTheNamesAndTypesOfTheDefinition) {
  const EvalCase rows[] = {
      // printf c4e1b0f2s3cr3t-k3y | sha256sum
      {{"hex(sha256(nonce + secret.api_key))", "--with", "nonce=c4e1b0f2", "--with",
        "secret.api_key=s3cr3t-k3y"},
       ExitCode::kOk,
       "value  61ac25a8b28a53d95005a3a3b26f5c69951115646d558f9119922b396c837a5f\n"
       "type   text\n"
       "taint  sealed: made of a secret and something fresh; for login requests only\n",
       ""},
      // printf abc | md5sum
      {{"md5(\"abc\")"},
       ExitCode::kOk,
       "value  900150983cd24fb0d6963f7d28e17f72\n"
       "type   bytes\n"
       "taint  constant: nothing of a secret, the same for every login\n",
       ""},
      {{"secret.api_key", "--with", "secret.api_key=made=up"},
       ExitCode::kOk,
       "value  made=up\n"
       "type   text\n"
       "taint  raw: as good as the secret; for login requests only\n",
       ""},
      {{"seconds(ttl) > seconds(60)", "--with", "ttl=61"},
       ExitCode::kOk,
       "value  true\n"
       "type   bool\n"
       "taint  fresh: nothing of a secret, new with each login\n",
       ""},
      {{"seconds(ttl)", "--with", "ttl=90"},
       ExitCode::kOk,
       "value  1m30s\n"
       "type   duration\n"
       "taint  fresh: nothing of a secret, new with each login\n",
       ""},
      {{"now"},
       ExitCode::kOk,
       "value  2026-11-21T00:00:00+00:00\n"
       "type   time\n"
       "taint  fresh: nothing of a secret, new with each login\n",
       ""},
      {{"unix(now)", "--with", "now=2003-12-15T14:43:07Z"},
       ExitCode::kOk,
       "value  1071499387\n"
       "type   int\n"
       "taint  fresh: nothing of a secret, new with each login\n",
       ""},
      {{"param(\"a\", \"1\") + param(\"b\", nonce)", "--with", "nonce=\x1b[2J"},
       ExitCode::kOk,
       "value  \"a\" = \"1\", \"b\" = \"\\x1b[2J\"\n"
       "type   params\n"
       "taint  fresh: nothing of a secret, new with each login\n",
       ""},
      // A name that the definition lacks.
      {{"utf8(more) + string(count)", "--with", "more:bytes=c5be", "--with", "count:int=-4"},
       ExitCode::kOk,
       "value  ž-4\n"
       "type   text\n"
       "taint  fresh: nothing of a secret, new with each login\n",
       ""},
      // A text of the definition.
      {{"user=${account.user}&$${", "--with", "account.user=jane"},
       ExitCode::kOk,
       "value  user=jane&${\n"
       "type   text\n"
       "taint  constant: nothing of a secret, the same for every login\n",
       ""},
      // What is optional may be missing.
      {{"has(name) ? name : \"nobody\""},
       ExitCode::kOk,
       "value  nobody\n"
       "type   text\n"
       "taint  fresh: nothing of a secret, new with each login\n",
       ""},
  };
  for (const EvalCase& row : rows) {
    std::vector<std::string> command = {"eval", kAcme};
    command.insert(command.end(), row.arguments.begin(), row.arguments.end());
    const Outcome outcome = RunProvider(command);
    EXPECT_EQ(outcome.code, row.code) << row.arguments[0];
    EXPECT_EQ(outcome.out, row.out) << row.arguments[0];
    EXPECT_EQ(outcome.err, row.err) << row.arguments[0];
  }
}

TEST(ProviderEvalTest, AMistakeIsShownAtItsColumn) {
  const EvalCase rows[] = {
      {{"hex(sha256(nonc + secret.api_ky))"},
       ExitCode::kUsage,
       "",
       "expression:1:12: unknown name \"nonc\"; did you mean \"nonce\"?\n"
       "  hex(sha256(nonc + secret.api_ky))\n"
       "             ^\n"
       "expression:1:19: unknown name \"secret.api_ky\"; did you mean \"secret.api_key\"?\n"
       "  hex(sha256(nonc + secret.api_ky))\n"
       "                    ^\n"},
      {{"\"žluť\" +\n  nonc"},
       ExitCode::kUsage,
       "",
       "expression:2:3: unknown name \"nonc\"; did you mean \"nonce\"?\n"
       "    nonc\n"
       "    ^\n"},
      // The caret counts characters, the column bytes.
      {{"\"žluť\" + nonc"},
       ExitCode::kUsage,
       "",
       "expression:1:12: unknown name \"nonc\"; did you mean \"nonce\"?\n"
       "  \"žluť\" + nonc\n"
       "           ^\n"},
      {{"a ${nonc}"},
       ExitCode::kUsage,
       "",
       "expression:1:5: unknown name \"nonc\"; did you mean \"nonce\"?\n"
       "  a ${nonc}\n"
       "      ^\n"},
      {{"nonce"},
       ExitCode::kUsage,
       "",
       "brokerctl: the expression needs nonce: give --with nonce=…\n"},
      {{"int(nonce)", "--with", "nonce=abc"},
       ExitCode::kUsage,
       "",
       "brokerctl: int() at offset 0: the text is not a decimal integer\n"},
      {{"nonce", "--with", "nonse=1"},
       ExitCode::kUsage,
       "",
       "brokerctl: \"nonse\" is no name of the definition, so it needs a type, as in "
       "\"nonse:text=…\"; did you mean \"nonce\"?\n"},
      {{"ttl", "--with", "ttl=secret-looking"},
       ExitCode::kUsage,
       "",
       "brokerctl: --with ttl: the value is no int\n"},
      {{"ttl", "--with", "ttl:text=1"},
       ExitCode::kUsage,
       "",
       "brokerctl: \"ttl\" is int in the definition, not text\n"},
      {{"x", "--with", "x:integer=1"},
       ExitCode::kUsage,
       "",
       "brokerctl: \"integer\" is no type that can be given; known are: text, bytes, int, bool, "
       "time, duration, params\n"},
      {{"x", "--with", "x"}, ExitCode::kUsage, "", "brokerctl: --with: there is no \"=\" in it\n"},
      {{"x", "--with-file", "nonce=/there/is/none"},
       ExitCode::kUsage,
       "",
       "brokerctl: --with-file: /there/is/none: there is no such file\n"},
  };
  for (const EvalCase& row : rows) {
    std::vector<std::string> command = {"eval", kAcme};
    command.insert(command.end(), row.arguments.begin(), row.arguments.end());
    const Outcome outcome = RunProvider(command);
    EXPECT_EQ(outcome.code, row.code) << row.arguments[0];
    EXPECT_EQ(outcome.out, row.out) << row.arguments[0];
    EXPECT_EQ(outcome.err, row.err) << row.arguments[0];
  }
}

TEST(ProviderEvalTest, WhatSignsARequestKnowsTheRequestThatIsGiven) {
  const Outcome outcome =
      RunProvider({"eval", "tests/fixtures/definitions/protocols/aws_sigv4.yaml",
                   R"(join(sort_by_name(request.query), "", "") + hex(md5(request.body)))",
                   "--with", "request.query=b=x+y&a=%26", "--with", "request.body=abc"});
  EXPECT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("a&bx y900150983cd24fb0d6963f7d28e17f72\n"));
}

TEST(ProviderEvalTest, AValueMayComeFromAFile) {
  const testing::TempDirectory directory;
  const std::string file = directory.Write("key", "s3cr3t-k3y\n");
  const Outcome outcome = RunProvider({"eval", kAcme, "secret.api_key + \"|\"", "--with-file",
                                       absl::StrCat("secret.api_key=", file)});
  EXPECT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("value  s3cr3t-k3y|\n"));
}

TEST(ProviderEvalTest, ADefinitionWithMistakesIsNotUsed) {
  const Outcome outcome =
      RunProvider({"eval", "tests/fixtures/definitions/unknown_name.yaml", "1 + 1"});
  EXPECT_EQ(outcome.code, ExitCode::kUsage);
  EXPECT_THAT(outcome.err, HasSubstr("tests/fixtures/definitions/unknown_name.yaml:"));
}

TEST(ProviderTryArgumentsTest, MistakesInTheAccountAreToldByOption) {
  const Outcome outcome =
      RunProvider({"try", kAcme, "--base-url", "http://crm.example", "--parameter", "usr=jane",
                   "--secret", "api_key=/there/is/none"});
  EXPECT_EQ(outcome.code, ExitCode::kUsage);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err,
            "brokerctl: --secret api_key: cannot read /there/is/none: No such file or directory\n"
            "brokerctl: --parameter user: missing: the definition of \"acme\" asks for it\n"
            "brokerctl: --parameter usr: the definition of \"acme\" knows no \"usr\"; did you mean "
            "\"user\"?\n");
}

TEST(ProviderTryArgumentsTest, WithoutALoginThereIsNothingToTry) {
  const Outcome outcome =
      RunProvider({"try", "docs/examples/definitions/tipmoto-basic.yaml", "--base-url",
                   "https://api.example.com", "--parameter", "login=x", "--dry-run"});
  EXPECT_EQ(outcome.code, ExitCode::kUsage);
  EXPECT_THAT(outcome.err, HasSubstr("has no `login`, so there is nothing to try"));
}

TEST(ProviderTryArgumentsTest, ADryRunShowsTheFirstRequestAndWhatLaterOnesDependOn) {
  const testing::TempDirectory directory;
  const std::string key = directory.Write("key", "canary-7f3a\n");
  const Outcome outcome =
      RunProvider({"try", kAcme, "--base-url", "https://crm.example", "--parameter", "user=jane",
                   "--secret", absl::StrCat("api_key=", key), "--dry-run"});
  EXPECT_EQ(outcome.code, ExitCode::kOk);
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(outcome.out,
            "1. challenge\n"
            "   > GET https://crm.example/api/challenge?user=jane\n"
            "   > User-Agent: session-broker/1\n"
            "2. login: needs nonce of challenge\n"
            "Nothing was sent.\n");
}

TEST(ProviderTryArgumentsTest, ADryRunOfASequenceWarnsAndRedacts) {
  const testing::TempDirectory directory;
  const std::string key = directory.Write("key", "canary-7f3a\n");
  const Outcome outcome = RunProvider(
      {"try", "service/providers/icash.yaml", "--base-url", "https://v5.icash.example",
       "--parameter", "api_key=k1", "--parameter", "warehouse_id=785", "--parameter", "user_id=1",
       "--secret", absl::StrCat("secret_key=", key), "--dry-run", "--user-agent", "author/1"});
  EXPECT_EQ(outcome.code, ExitCode::kOk);
  EXPECT_EQ(outcome.err,
            "warning: api: these numbers are not from the broker's own sequence, which will not "
            "know that they are used\n");
  EXPECT_EQ(outcome.out,
            "1. login\n"
            "   > POST https://v5.icash.example/clientapi/v1/login\n"
            "   > Content-Type: application/x-www-form-urlencoded\n"
            "   > User-Agent: author/1\n"
            "   >\n"
            "   > api_key=k1&nonce=1795219200&signature=<redacted>&WareHouseID=785&UserID=1\n"
            "Nothing was sent.\n");
}

TEST(ProviderTryArgumentsTest, AnAccountMayStandInAConfiguration) {
  const testing::TempDirectory directory;
  directory.Write("key", "canary-7f3a\n");
  const std::string config = directory.Write("broker.yaml", R"yaml(
listeners: [{address: 127.0.0.1:7480}]
state_directory: state
outbound: {user_agent: our-broker/2}
accounts:
  - provider: acme
    account: crm-main
    base_url: https://crm.example
    parameters: {user: jane}
    secrets: {api_key: {file: key}}
)yaml");
  const Outcome found =
      RunProvider({"try", kAcme, "--account", absl::StrCat(config, ":crm-main"), "--dry-run"});
  EXPECT_EQ(found.code, ExitCode::kOk) << found.err;
  EXPECT_THAT(found.out, HasSubstr("   > GET https://crm.example/api/challenge?user=jane\n"
                                   "   > User-Agent: our-broker/2\n"));
  EXPECT_EQ(
      RunProvider({"try", kAcme, "--account", absl::StrCat(config, ":acme/crm-main"), "--dry-run"})
          .out,
      found.out);
  const Outcome none =
      RunProvider({"try", kAcme, "--account", absl::StrCat(config, ":crm-man"), "--dry-run"});
  EXPECT_EQ(none.code, ExitCode::kUsage);
  EXPECT_EQ(none.err, absl::StrCat(config,
                                   ": there is no account \"acme/crm-man\"; did you mean "
                                   "\"acme/crm-main\"?\n"));
}

TEST(ProviderToolsTest, TheDocumentationShowsWhatTheyAnswer) {
  const std::string guide = Read("docs/providers.md");
  const std::string text = Read(kAcme);
  EXPECT_THAT(guide, HasSubstr(text.substr(text.find('\n') + 1)));
  EXPECT_THAT(guide, HasSubstr(absl::StrReplaceAll(RunProvider({"check", kAcme}).out,
                                                   {{kAcme, "acme.yaml"}})));
  EXPECT_THAT(guide,
              HasSubstr(RunProvider({"eval", kAcme, "hex(sha256(nonce + secret.api_key))", "--with",
                                     "nonce=c4e1b0f2", "--with", "secret.api_key=s3cr3t-k3y"})
                            .out));
  EXPECT_THAT(guide, HasSubstr(RunProvider({"eval", kAcme, "sha256(nonse)"}).err));
}

TEST(ProviderToolsTest, AWrongCommandLineIsAUsageError) {
  const std::vector<std::string> rows[] = {
      {},
      {"check"},
      {"eval", kAcme},
      {"try", kAcme},
      {"try", kAcme, "--base-url", "https://a.example", "--account", "x:y"},
      {"try", kAcme, "--account", "x:y", "--parameter", "user=jane"},
      {"try", kAcme, "--account", "no-colon"},
      {"try", kAcme, "--base-url", "https://a.example", "--parameter", "jane"},
      {"try", kAcme, "--base-url", "https://a.example", "--parameter", "user=a", "--parameter",
       "user=b"},
  };
  for (const auto& row : rows) {
    const Outcome outcome = RunProvider(row);
    EXPECT_EQ(outcome.code, ExitCode::kUsage) << (row.empty() ? "(nothing)" : row.back());
    EXPECT_EQ(outcome.out, "");
    EXPECT_NE(outcome.err, "");
  }
}

TEST(ProviderToolsTest, HelpWarnsOfRealSecretsAndOfRealSequences) {
  EXPECT_THAT(RunProvider({"eval", "--help"}).out, HasSubstr("Do not give\nreal secrets"));
  EXPECT_THAT(RunProvider({"try", "--help"}).out, HasSubstr("not\nfrom the broker's own sequence"));
}

}  // namespace
}  // namespace sessionbroker::brokerctl
