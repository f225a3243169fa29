// session-broker --check-config: every mistake at once, one a line, and where it is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/e2e/broker_process.h"
#include "tests/simulator/tls_certificate.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_directory.h"

namespace sessionbroker::app {
namespace {

using testing::ChildProcess;
using testing::ExitStatus;
using ::testing::HasSubstr;
using testing::TempDirectory;

// The beginning of every configuration here; ends on line 2.
constexpr char kBegin[] =
    "listeners: [{address: \"127.0.0.1:0\"}]\n"
    "state_directory: state\n";

// An account in which nothing is wrong; 5 lines with the key of the sequence.
constexpr char kAccount[] =
    "accounts:\n"
    "  - {provider: vtiger, account: a, base_url: \"https://crm.example.com\",\n"
    "     parameters: {username: admin},\n"
    "     secrets: {access_key: {file: good.key}}}\n";

constexpr char kDefinition[] = R"(schema: 1
provider: demo
account: {user: the user}
secrets: {password: the password}
login:
  - step: login
    request: {method: POST, path: /login, form: {user: "${account.user}", password: "${secret.password}"}}
    answers: [{when: {status: 200}, then: ok}]
    extract: {session: json:/session}
session: {id: "${session}", attach: [{header: X-Session}]}
)";

class CheckConfigTest : public ::testing::Test {
 protected:
  CheckConfigTest() {
    temp_.Write("good.key", "the key\n");
    temp_.Write("readable.key", "the key\n", 0644);
    temp_.Write("empty.key", "");
  }

  // Runs --check-config on a file with this text.
  void Check(const std::string& yaml) {
    temp_.Write("broker.yaml", yaml);
    process_ = e2e::BrokerProcess::Run({"--check-config", "--config", temp_.File("broker.yaml")});
    const absl::StatusOr<ExitStatus> exit = process_->Wait();
    ASSERT_TRUE(exit.ok()) << exit.status();
    exit_code_ = exit->code;
  }

  // What it said, with "DIR" for the directory.
  std::string Stderr() const {
    return absl::StrReplaceAll(process_->Stderr(), {{temp_.path(), "DIR"}});
  }
  std::string Stdout() const { return process_->Stdout(); }
  int exit_code() const { return exit_code_; }
  const TempDirectory& temp() const { return temp_; }

 private:
  TempDirectory temp_;
  std::unique_ptr<ChildProcess> process_;
  int exit_code_ = -1;
};

TEST_F(CheckConfigTest, WhatIsInOrderIsSummedUp) {
  Check(absl::StrCat(kBegin, kAccount));
  EXPECT_EQ(Stderr(), "");
  EXPECT_EQ(exit_code(), 0);
  EXPECT_EQ(Stdout(),
            "The configuration is in order: 1 listener, 1 account of 1 provider, 5 definitions, 0 "
            "rules: nobody may do anything.\n");
}

TEST_F(CheckConfigTest, ChangesNothing) {
  Check(absl::StrCat(kBegin, kAccount));
  EXPECT_FALSE(std::filesystem::exists(temp().File("state")));
}

TEST_F(CheckConfigTest, FileThatIsNotThereIsAMistake) {
  const auto process =
      e2e::BrokerProcess::Run({"--check-config", "--config", temp().File("none.yaml")});
  SB_ASSERT_OK_AND_ASSIGN(const ExitStatus exit, process->Wait());
  EXPECT_EQ(exit.code, 1);
  EXPECT_EQ(process->Stderr(), absl::StrCat(temp().File("none.yaml"), ": there is no such file\n"));
}

TEST_F(CheckConfigTest, StartRefusesWithTheSameWords) {
  Check(absl::StrCat(kBegin, "rulez: []\n"));
  const std::string said = Stderr();
  EXPECT_EQ(said, "DIR/broker.yaml:3:1: rulez: unknown field; did you mean \"rules\"?\n");
  const auto start = e2e::BrokerProcess::Run({"--config", temp().File("broker.yaml")});
  SB_ASSERT_OK_AND_ASSIGN(const ExitStatus exit, start->Wait());
  EXPECT_EQ(exit.code, 1);
  EXPECT_EQ(absl::StrReplaceAll(start->Stderr(), {{temp().path(), "DIR"}}), said);
  EXPECT_EQ(start->Stdout(), "");
}

TEST_F(CheckConfigTest, CommandLineThatMakesNoSenseIsRefused) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{}, {"--check-config"}, {"--config"}, {"--what"}}) {
    const auto process = e2e::BrokerProcess::Run(arguments);
    SB_ASSERT_OK_AND_ASSIGN(const ExitStatus exit, process->Wait());
    EXPECT_EQ(exit.code, 1);
    EXPECT_THAT(process->Stderr(), HasSubstr("--help"));
  }
}

TEST_F(CheckConfigTest, HelpAndVersionSucceed) {
  const auto help = e2e::BrokerProcess::Run({"--help"});
  SB_ASSERT_OK_AND_ASSIGN(const ExitStatus help_exit, help->Wait());
  EXPECT_EQ(help_exit.code, 0);
  EXPECT_THAT(help->Stdout(), HasSubstr("Exit codes:\n  0  "));
  const auto version = e2e::BrokerProcess::Run({"--version"});
  SB_ASSERT_OK_AND_ASSIGN(const ExitStatus version_exit, version->Wait());
  EXPECT_EQ(version_exit.code, 0);
  EXPECT_THAT(version->Stdout(), ::testing::MatchesRegex("session-broker [0-9.]+\n"));
}

// A configuration that goes on after kBegin, and what is said of it.
struct Mistake {
  const char* name;
  const char* yaml;
  const char* expected;
};

class CheckConfigMistakeTest : public CheckConfigTest,
                               public ::testing::WithParamInterface<Mistake> {};

TEST_P(CheckConfigMistakeTest, IsSaidAtItsPlace) {
  Check(absl::StrCat(kBegin, GetParam().yaml));
  EXPECT_EQ(Stderr(), GetParam().expected);
  EXPECT_EQ(exit_code(), 1);
  EXPECT_EQ(Stdout(), "");
}

constexpr Mistake kMistakes[] = {
    {"UnknownProvider",
     "accounts:\n"
     "  - {provider: vtigre, account: a, base_url: \"https://crm.example.com\"}\n",
     "DIR/broker.yaml:4:16: accounts[0].provider: there is no definition of a provider \"vtigre\"; "
     "did you mean \"vtiger\"?\n"},
    {"UnknownAndMissingNames",
     "accounts:\n"
     "  - provider: corebos\n"
     "    account: a\n"
     "    base_url: https://crm.example.com\n"
     "    parameters: {user_name: admin}\n"
     "    secrets: {acces_key: {file: good.key}}\n",
     "DIR/broker.yaml:7:17: accounts[0].parameters.username: missing: the definition of "
     "\"corebos\" asks for it\n"
     "DIR/broker.yaml:7:29: accounts[0].parameters.user_name: the definition of \"corebos\" knows "
     "no \"user_name\"; did you mean \"username\"?\n"
     "DIR/broker.yaml:8:14: accounts[0].secrets.access_key: missing: the definition of \"corebos\" "
     "asks for it\n"
     "DIR/broker.yaml:8:26: accounts[0].secrets.acces_key: the definition of \"corebos\" knows no "
     "\"acces_key\"; did you mean \"access_key\"?\n"},
    {"CallersThatNobodyIs",
     "rules:\n"
     "  - {callers: [loopback, crm], accounts: [\"*/*\"], allow: [get]}\n"
     "  - {callers: [\"spiffe://*/crm\"], accounts: [\"*/*\"], allow: [get]}\n",
     "DIR/broker.yaml:4:26: rules[0].callers[1]: expected \"loopback\", "
     "\"spiffe://TRUST-DOMAIN/PATH\", \"dns:NAME\", \"k8s:NAMESPACE/SERVICE-ACCOUNT\" or "
     "\"unix:NAME\", with \"*\" for any run of characters in a part, found \"crm\"\n"
     "DIR/broker.yaml:5:16: rules[1].callers[0]: expected a trust domain without \"*\", found "
     "\"spiffe://*/crm\"\n"},
    {"RequestsThatNobodySends",
     "rules:\n"
     "  - callers: [loopback]\n"
     "    accounts: [\"*/*\"]\n"
     "    allow: [call]\n"
     "    requests: {methods: [get], path_prefixes: [api], parameters: {operation: []}}\n"
     "  - callers: [loopback]\n"
     "    accounts: [\"*/*\"]\n"
     "    allow: [get]\n"
     "    requests: {methods: [GET]}\n",
     "DIR/broker.yaml:7:26: rules[0].requests.methods[0]: expected GET, POST, PUT, PATCH or "
     "DELETE, "
     "found \"get\"\n"
     "DIR/broker.yaml:7:48: rules[0].requests.path_prefixes[0]: expected a path from \"/\" on as "
     "it "
     "is sent (request.path: must begin with '/'), found \"api\"\n"
     "DIR/broker.yaml:7:78: rules[0].requests.parameters.operation.values: required, but empty\n"
     "DIR/broker.yaml:11:15: rules[1].requests: goes with sign or call in `allow` only\n"},
    {"SecretFileMissing",
     "accounts:\n"
     "  - provider: abms\n"
     "    account: a\n"
     "    base_url: https://crm.example.com\n"
     "    parameters: {username: admin}\n"
     "    secrets: {access_key: {file: none.key}}\n",
     "DIR/broker.yaml:8:27: accounts[0].secrets.access_key: cannot read DIR/none.key: No such file "
     "or directory\n"},
    {"SecretFileThatOthersCanRead",
     "accounts:\n"
     "  - provider: abms\n"
     "    account: a\n"
     "    base_url: https://crm.example.com\n"
     "    parameters: {username: admin}\n"
     "    secrets: {access_key: {file: readable.key}}\n",
     "DIR/broker.yaml:8:27: accounts[0].secrets.access_key: DIR/readable.key has mode 0644: others "
     "can read it. Take that right away (chmod o-r; in Kubernetes \"defaultMode: 0400\" and an "
     "fsGroup)\n"},
    {"SecretFileEmpty",
     "accounts:\n"
     "  - provider: abms\n"
     "    account: a\n"
     "    base_url: https://crm.example.com\n"
     "    parameters: {username: admin}\n"
     "    secrets: {access_key: {file: empty.key}}\n",
     "DIR/broker.yaml:8:27: accounts[0].secrets.access_key: DIR/empty.key is empty\n"},
    {"EnvironmentVariableUnset",
     "accounts:\n"
     "  - provider: abms\n"
     "    account: a\n"
     "    base_url: https://crm.example.com\n"
     "    parameters: {username: admin}\n"
     "    secrets: {access_key: {env: SB_TEST_UNSET}}\n",
     "DIR/broker.yaml:8:27: accounts[0].secrets.access_key: there is no environment variable "
     "SB_TEST_UNSET\n"},
    {"SealingKeys",
     "sealing_keys:\n"
     "  - {file: good.key}\n"
     "  - {env: SB_TEST_UNSET}\n"
     "  - {insecure_inline: 0000000000000000000000000000000000000000000000000000000000000000}\n"
     "  - {insecure_inline: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=}\n",
     "DIR/broker.yaml:4:5: sealing_keys[0]: a sealing key has 32 bytes, written as 64 hex digits "
     "or "
     "in base64; `openssl rand -hex 32` makes one\n"
     "DIR/broker.yaml:5:5: sealing_keys[1]: there is no environment variable SB_TEST_UNSET\n"
     "DIR/broker.yaml:7:5: sealing_keys[3]: the key stands here twice\n"},
    {"RenewalThatDoesNotGoTogether",
     "accounts:\n"
     "  - provider: abms\n"
     "    account: a\n"
     "    base_url: https://crm.example.com\n"
     "    parameters: {username: admin}\n"
     "    secrets: {access_key: {file: good.key}}\n"
     "    renewal: {advisory_percent: 95}\n",
     "DIR/broker.yaml:9:14: accounts[0].renewal: early_percent: from 0 to 5, got 10\n"},
    {"BaseUrls",
     "accounts:\n"
     "  - {provider: abms, account: a, base_url: \"ftp://crm.example.com\",\n"
     "     parameters: {username: u}, secrets: {access_key: {file: good.key}}}\n"
     "  - {provider: abms, account: b, base_url: \"https://user:hunter2@crm.example.com\",\n"
     "     parameters: {username: u}, secrets: {access_key: {file: good.key}}}\n"
     "  - {provider: abms, account: c, base_url: \"https://crm.example.com/?a=hunter2\",\n"
     "     parameters: {username: u}, secrets: {access_key: {file: good.key}}}\n",
     "DIR/broker.yaml:4:44: accounts[0].base_url: URL: scheme is 'ftp', must be 'https' or 'http'\n"
     "DIR/broker.yaml:6:44: accounts[1].base_url: URL: has user information, which is not allowed\n"
     "DIR/broker.yaml:8:44: accounts[2].base_url: URL: has a query, which is not allowed\n"},
};

INSTANTIATE_TEST_SUITE_P(All, CheckConfigMistakeTest, ::testing::ValuesIn(kMistakes),
                         [](const auto& row) { return row.param.name; });

// A definition with one line replaced, and what is said of it.
struct DefinitionMistake {
  const char* name;
  const char* from;
  const char* to;
  const char* expected;
};

class CheckDefinitionTest : public CheckConfigTest,
                            public ::testing::WithParamInterface<DefinitionMistake> {};

TEST_P(CheckDefinitionTest, IsSaidInTheDefinitionsFile) {
  std::string definition = kDefinition;
  const std::size_t at = definition.find(GetParam().from);
  ASSERT_NE(at, std::string::npos);
  definition.replace(at, std::string(GetParam().from).size(), GetParam().to);
  temp().Write("definitions/demo.yaml", definition);
  Check(absl::StrCat(kBegin, "definition_directories: [definitions]\n"));
  EXPECT_EQ(Stderr(), GetParam().expected);
  EXPECT_EQ(exit_code(), 1);
}

constexpr DefinitionMistake kDefinitionMistakes[] = {
    {"TypeError", "\"${account.user}\"", "\"${account.user + 1}\"",
     "DIR/definitions/demo.yaml:7:72: login[0].request.form.user: \"+\" behind text expects text, "
     "found int; string() makes text of an int\n"},
    {"UnknownName", "\"${account.user}\"", "\"${account.usre}\"",
     "DIR/definitions/demo.yaml:7:59: login[0].request.form.user: unknown name \"account.usre\"; "
     "did you mean \"account.user\"?\n"},
    {"UsedTooEarly", "\"${account.user}\"", "\"${session}\"",
     "DIR/definitions/demo.yaml:7:59: login[0].request.form.user: \"session\" is extracted by step "
     "\"login\", which comes later\n"},
    {"RawSecretLeaks", "id: \"${session}\"", "id: \"${session + secret.password}\"",
     "DIR/definitions/demo.yaml:10:15: session.id: a secret, or what is as good as one, would "
     "reach the session id; only a login request may carry it\n"},
    {"SealedSecretLeaks", "id: \"${session}\"", "id: \"${hex(md5(session + secret.password))}\"",
     "DIR/definitions/demo.yaml:10:15: session.id: a digest over a secret would reach the session "
     "id; only a login request may carry it\n"},
    {"ExampleFails", "session: {id",
     "examples: {wrong: {given: {account.user: jane, secret.password: x}, expect: "
     "{login.form.user: joe}}}\nsession: {id",
     "DIR/definitions/demo.yaml:10:95: examples.wrong.expect.login.form.user: the definition gives "
     "\"jane\", the example expects \"joe\"\n"},
    {"BuiltInName", "provider: demo", "provider: vtiger",
     "DIR/definitions/demo.yaml:2:11: provider: \"vtiger\" is defined already, in "
     "builtin:vtiger.yaml\n"},
};

INSTANTIATE_TEST_SUITE_P(All, CheckDefinitionTest, ::testing::ValuesIn(kDefinitionMistakes),
                         [](const auto& row) { return row.param.name; });

TEST_F(CheckConfigTest, SecretOverPlainHttpIsRefusedButOnLoopback) {
  temp().Write("definitions/demo.yaml", kDefinition);
  Check(absl::StrCat(kBegin,
                     "definition_directories: [definitions]\n"
                     "accounts:\n"
                     "  - {provider: demo, account: a, base_url: \"http://crm.example.com\",\n"
                     "     parameters: {user: u}, secrets: {password: {file: good.key}}}\n"
                     "  - {provider: demo, account: b, base_url: \"http://127.0.0.1:1\",\n"
                     "     parameters: {user: u}, secrets: {password: {file: good.key}}}\n"));
  EXPECT_EQ(Stderr(),
            "DIR/broker.yaml:5:44: accounts[0].base_url: \"demo\" sends a secret as it is: "
            "expected https, found http to crm.example.com, which is not this machine\n");
  EXPECT_EQ(exit_code(), 1);
}

TEST_F(CheckConfigTest, SecretInAUrlIsRefusedUnlessTheAccountAllowsIt) {
  temp().Write("definitions/demo.yaml",
               absl::StrReplaceAll(kDefinition, {{"POST", "GET"}, {"form:", "query:"}}));
  Check(absl::StrCat(kBegin,
                     "definition_directories: [definitions]\n"
                     "accounts:\n"
                     "  - {provider: demo, account: a, base_url: \"https://crm.example.com\",\n"
                     "     parameters: {user: u}, secrets: {password: {file: good.key}}}\n"
                     "  - {provider: demo, account: b, base_url: \"https://crm.example.com\",\n"
                     "     allow_secret_in_url: true,\n"
                     "     parameters: {user: u}, secrets: {password: {file: good.key}}}\n"));
  EXPECT_EQ(Stderr(),
            "DIR/broker.yaml:5:5: accounts[0].allow_secret_in_url: \"demo\" puts a secret into the "
            "URL, where proxies and access logs see it: expected `allow_secret_in_url: true` if "
            "that is meant\n");
  EXPECT_EQ(exit_code(), 1);
}

TEST_F(CheckConfigTest, TlsFilesAreRead) {
  SB_ASSERT_OK_AND_ASSIGN(const auto certificate, simulator::MakeSelfSignedCertificate());
  SB_ASSERT_OK_AND_ASSIGN(const auto other, simulator::MakeSelfSignedCertificate());
  temp().Write("a.pem", certificate.certificate_pem, 0644);
  temp().Write("a.key", certificate.private_key_pem);
  temp().Write("open.key", certificate.private_key_pem, 0644);
  temp().Write("b.key", other.private_key_pem);
  Check(
      "listeners:\n"
      "  - {address: \"127.0.0.1:0\", tls: {certificate_file: a.pem, key_file: a.key}}\n"
      "  - {address: \"127.0.0.1:0\", tls: {certificate_file: none.pem, key_file: none.key}}\n"
      "  - {address: \"127.0.0.1:0\", tls: {certificate_file: a.pem, key_file: open.key}}\n"
      "  - {address: \"127.0.0.1:0\", tls: {certificate_file: a.pem, key_file: b.key}}\n"
      "  - {address: \"127.0.0.1:0\", tls: {certificate_file: a.key, key_file: a.pem}}\n"
      "state_directory: state\n");
  EXPECT_EQ(
      Stderr(),
      "DIR/broker.yaml:3:54: listeners[1].tls.certificate_file: there is no such file\n"
      "DIR/broker.yaml:3:74: listeners[1].tls.key_file: cannot read DIR/none.key: No such file or "
      "directory\n"
      "DIR/broker.yaml:4:71: listeners[2].tls.key_file: DIR/open.key has mode 0644: others can "
      "read it. Take that right away (chmod o-r; in Kubernetes \"defaultMode: 0400\" and an "
      "fsGroup)\n"
      "DIR/broker.yaml:5:71: listeners[3].tls.key_file: not the key of the certificate\n"
      "DIR/broker.yaml:6:54: listeners[4].tls.certificate_file: no certificate in PEM form in it\n"
      "DIR/broker.yaml:6:71: listeners[4].tls.key_file: DIR/a.pem has mode 0644: others can read "
      "it. Take that right away (chmod o-r; in Kubernetes \"defaultMode: 0400\" and an fsGroup)\n");
  EXPECT_EQ(exit_code(), 1);
}

TEST_F(CheckConfigTest, NoncesMustOutlastTheProcessUnlessTheOperatorSaysOtherwise) {
  constexpr char kTill[] =
      "accounts:\n"
      "  - {provider: icash, account: a, base_url: \"https://v5.icash.bg\",\n"
      "     parameters: {api_key: k1, warehouse_id: \"785\", user_id: \"1\"},\n"
      "     secrets: {secret_key: {file: good.key}}}\n";
  const struct {
    const char* state;
    const char* accounts;
    const char* mistakes;
  } kCases[] = {
      {"memory", kTill,
       "DIR/broker.yaml:2:18: state_directory: in memory nonces begin anew with each start and can "
       "come again, and icash refuses one that does: name a directory, or, if that is meant, set "
       "`allow_nonces_in_memory: true`\n"},
      {"memory\nallow_nonces_in_memory: true", kTill, ""},
      {"memory", kAccount, ""},
      {"state", kTill, ""},
      {"[memory]", kTill,
       "DIR/broker.yaml:2:18: state_directory: expected text, found a sequence\n"},
  };
  for (const auto& c : kCases) {
    Check(absl::StrCat("listeners: [{address: \"127.0.0.1:0\"}]\nstate_directory: ", c.state, "\n",
                       c.accounts));
    EXPECT_EQ(Stderr(), c.mistakes) << c.state;
    EXPECT_EQ(exit_code(), *c.mistakes == '\0' ? 0 : 1);
  }
}

TEST_F(CheckConfigTest, MistakesOfEveryKindAreReportedTogether) {
  temp().Write("definitions/a.yaml", absl::StrReplaceAll(kDefinition, {{"md5", "md6"}}));
  temp().Write("definitions/b.yaml",
               absl::StrReplaceAll(kDefinition, {{"demo", "other"}, {"${session}", "${sesion}"}}));
  Check(
      "listeners: [{address: \"127.0.0.1\"}]\n"
      "definition_directories: [definitions]\n"
      "accounts:\n"
      "  - {provider: demo, account: a a, base_url: \"crm.example.com\",\n"
      "     secrets: {password: {file: none.key}, other: {}}}\n");
  EXPECT_EQ(
      Stderr(),
      "DIR/broker.yaml:1:1: state_directory: required, but missing\n"
      "DIR/broker.yaml:1:23: listeners[0].address: expected \"HOST:PORT\", \"[V6]:PORT\" or "
      "\"unix:PATH\", found \"127.0.0.1\"\n"
      "DIR/broker.yaml:4:5: accounts[0].parameters.user: missing: the definition of \"demo\" asks "
      "for it\n"
      "DIR/broker.yaml:4:31: accounts[0].account: expected 1 to 128 letters, digits, \".\", "
      "\"_\", \"-\", \"@\" or \"+\", found \"a a\"\n"
      "DIR/broker.yaml:4:46: accounts[0].base_url: URL: is not absolute, must begin with "
      "'https://' or 'http://'\n"
      "DIR/broker.yaml:5:26: accounts[0].secrets.password: cannot read DIR/none.key: No such "
      "file or directory\n"
      "DIR/broker.yaml:5:51: accounts[0].secrets.other: expected one of file, env, "
      "insecure_inline\n"
      "DIR/definitions/b.yaml:10:18: session.id: unknown name \"sesion\"; did you mean "
      "\"session\"?\n");
  EXPECT_EQ(exit_code(), 1);
}

}  // namespace
}  // namespace sessionbroker::app
