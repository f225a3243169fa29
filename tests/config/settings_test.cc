#include "service/config/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <variant>

#include "absl/strings/str_cat.h"
#include "service/config/yaml_tree.h"

namespace sessionbroker::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const char kMinimal[] = "listeners: [{address: \"localhost:0\"}]\nstate_directory: state\n";

TEST(Settings, HoldEveryFieldOfTheFile) {
  Diagnostics diagnostics;
  const auto settings = LoadSettings("tests/fixtures/config/good.yaml", &diagnostics);
  ASSERT_TRUE(settings.has_value()) << diagnostics.ToString();

  ASSERT_THAT(settings->listeners, SizeIs(6));
  const auto address = [&](int i) { return settings->listeners[i].address.ToString(); };
  EXPECT_EQ(address(0), "127.0.0.1:50051");
  EXPECT_EQ(address(1), "[::1]:0");
  EXPECT_EQ(address(2), "unix:tests/fixtures/config/run/broker.sock");
  EXPECT_EQ(address(3), "0.0.0.0:50052");
  EXPECT_EQ(address(4), "broker.internal:50053");
  EXPECT_EQ(settings->listeners[4].path, "listeners[4]");
  EXPECT_FALSE(settings->listeners[0].tls.has_value());
  ASSERT_TRUE(settings->listeners[3].tls.has_value());
  EXPECT_EQ(settings->listeners[3].tls->certificate_file, "tests/fixtures/config/tls/tls.crt");
  EXPECT_EQ(settings->listeners[3].tls->key_file, "/etc/broker/tls.key");
  EXPECT_TRUE(settings->listeners[0].callers.loopback);
  EXPECT_FALSE(settings->listeners[0].callers.tokens.has_value());
  EXPECT_FALSE(settings->listeners[4].callers.loopback) << "not an address of this machine";
  const Callers& callers = settings->listeners[3].callers;
  EXPECT_FALSE(callers.loopback);
  EXPECT_EQ(callers.ca_file, "tests/fixtures/config/tls/clients.crt");
  EXPECT_EQ(callers.tokens.value().issuer, "https://kubernetes.default.svc");
  EXPECT_EQ(callers.tokens.value().audience, "session-broker");
  EXPECT_EQ(callers.tokens.value().keys_file, "tests/fixtures/config/jwks.json");
  EXPECT_EQ(settings->listeners[5].callers.unix_name, "php");
  EXPECT_FALSE(settings->listeners[5].callers.loopback);

  ASSERT_TRUE(settings->admin.has_value());
  EXPECT_EQ(settings->admin->host(), "localhost");
  EXPECT_EQ(settings->admin->port(), 9464);
  EXPECT_EQ(settings->state_directory, "tests/fixtures/state");
  EXPECT_THAT(settings->definition_directories,
              ElementsAre("tests/fixtures/config/definitions", "/etc/broker/definitions"));

  ASSERT_THAT(settings->accounts, SizeIs(3));
  const Account& abms = settings->accounts[0];
  EXPECT_EQ(abms.path, "accounts[0]");
  EXPECT_EQ(abms.id.ToString(), "abms/sofia@example.com");
  EXPECT_EQ(abms.base_url, "https://app.abms.co");
  EXPECT_THAT(abms.parameters, ElementsAre(::testing::Pair("server", "7"),
                                           ::testing::Pair("user", "sofia@example.com")));
  const auto& key = std::get<SecretFile>(abms.secrets.at("access_key"));
  EXPECT_EQ(key.file, "tests/fixtures/config/secrets/abms");
  EXPECT_FALSE(key.allow_world_readable);
  const auto& other = std::get<SecretFile>(abms.secrets.at("other"));
  EXPECT_EQ(other.file, "/run/secrets/other");
  EXPECT_TRUE(other.allow_world_readable);
  EXPECT_EQ(abms.idle, absl::Minutes(24));
  EXPECT_EQ(abms.absolute, absl::Minutes(23 * 60 + 30));
  EXPECT_EQ(abms.renewal.advisory_percent, 40);
  EXPECT_EQ(abms.renewal.early_percent, 0);
  EXPECT_EQ(abms.renewal.mandatory_percent, 20);
  EXPECT_EQ(abms.renewal.mandatory_at_most, absl::Hours(1));
  EXPECT_EQ(abms.renewal.margin_percent, 99);
  EXPECT_EQ(abms.renewal.margin_at_most, absl::Minutes(10));
  EXPECT_EQ(abms.renewal.demand, absl::Hours(24));
  EXPECT_EQ(abms.renewal.max_logins_per_hour, 3);
  EXPECT_TRUE(abms.allow_secret_in_url);
  const Account& tipmoto = settings->accounts[1];
  EXPECT_EQ(std::get<SecretVariable>(tipmoto.secrets.at("password")).name, "TIPMOTO_PASSWORD");
  EXPECT_EQ(tipmoto.idle, std::nullopt);
  EXPECT_EQ(tipmoto.renewal.advisory_percent, std::nullopt);
  EXPECT_EQ(tipmoto.renewal.demand, std::nullopt);
  EXPECT_FALSE(tipmoto.allow_secret_in_url);
  EXPECT_EQ(std::get<InlineSecret>(settings->accounts[2].secrets.at("password")).text, "hunter2");

  ASSERT_THAT(settings->sealing_keys, SizeIs(3));
  const auto& sealing = std::get<SecretFile>(settings->sealing_keys[0]);
  EXPECT_EQ(sealing.file, "tests/fixtures/config/secrets/seal");
  EXPECT_TRUE(sealing.allow_world_readable);
  EXPECT_EQ(std::get<SecretVariable>(settings->sealing_keys[1]).name, "OLD_SEALING_KEY");
  EXPECT_EQ(std::get<InlineSecret>(settings->sealing_keys[2]).text, "hunter3");

  ASSERT_THAT(settings->rules, SizeIs(2));
  EXPECT_THAT(settings->rules[0].accounts, ElementsAre("*/*"));
  EXPECT_THAT(settings->rules[0].actions, ElementsAre(Action::kList));
  EXPECT_EQ(settings->rules[1].path, "rules[1]");
  EXPECT_THAT(settings->rules[1].callers, ElementsAre("loopback", "loopback"));
  EXPECT_THAT(settings->rules[1].accounts, ElementsAre("tipmoto/shop-*", "abms/sofia@example.com"));
  EXPECT_THAT(settings->rules[1].actions,
              ElementsAre(Action::kGet, Action::kList, Action::kOperate));

  EXPECT_EQ(settings->outbound.user_agent, "acme-broker/2 (ops@example.com)");
  EXPECT_EQ(settings->outbound.max_logins_in_flight, 64);
  EXPECT_EQ(settings->outbound.login_timeout, absl::Minutes(1));
  EXPECT_EQ(settings->outbound.request_timeout, absl::Seconds(15));
  EXPECT_EQ(settings->outbound.max_calls_in_flight, 32);
  EXPECT_EQ(settings->outbound.call_timeout, absl::Minutes(2));
  EXPECT_EQ(settings->outbound.ca_file, "tests/fixtures/config/tls/providers.pem");
  EXPECT_EQ(settings->outbound.egress, "nat-gateway_1.eu");
  EXPECT_EQ(settings->log_level, LogLevel::kDebug);

  EXPECT_EQ(settings->audit.sink, Audit::Sink::kFile);
  EXPECT_EQ(settings->audit.file, "tests/fixtures/config/audit/audit.jsonl");
  EXPECT_FALSE(settings->audit.required);
  EXPECT_EQ(settings->audit.max_queued, 2000);
  EXPECT_EQ(settings->limits.calls_per_second, 100);
  EXPECT_EQ(settings->limits.calls_in_flight, 50);
  EXPECT_EQ(settings->limits.streams, 20);
  EXPECT_EQ(settings->limits.logins_per_hour, 10);
}

TEST(Settings, WhatIsNotWrittenHasItsDefault) {
  Diagnostics diagnostics;
  const auto settings = ReadSettings("broker.yaml", kMinimal, &diagnostics);
  ASSERT_TRUE(settings.has_value()) << diagnostics.ToString();
  EXPECT_EQ(settings->state_directory, "state") << "relative to a file without a directory";
  EXPECT_FALSE(settings->admin.has_value());
  EXPECT_THAT(settings->definition_directories, IsEmpty());
  EXPECT_THAT(settings->accounts, IsEmpty());
  EXPECT_THAT(settings->rules, IsEmpty());
  EXPECT_EQ(settings->outbound.user_agent, "session-broker/1");
  EXPECT_EQ(settings->outbound.max_logins_in_flight, 512);
  EXPECT_EQ(settings->outbound.login_timeout, absl::Seconds(30));
  EXPECT_EQ(settings->outbound.request_timeout, absl::Seconds(10));
  EXPECT_EQ(settings->outbound.max_calls_in_flight, 512);
  EXPECT_EQ(settings->outbound.call_timeout, absl::Seconds(30));
  EXPECT_EQ(settings->outbound.ca_file, std::nullopt);
  EXPECT_EQ(settings->outbound.egress, std::nullopt);
  EXPECT_EQ(settings->log_level, LogLevel::kInfo);
  EXPECT_EQ(settings->audit.sink, Audit::Sink::kStdout);
  EXPECT_TRUE(settings->audit.required);
  EXPECT_EQ(settings->audit.max_queued, 65536);
  EXPECT_EQ(settings->limits.calls_per_second, 100000);
  EXPECT_EQ(settings->limits.calls_in_flight, 20000);
  EXPECT_EQ(settings->limits.streams, 20000);
  EXPECT_EQ(settings->limits.logins_per_hour, 10000);
}

TEST(Settings, LimitsAreInclusive) {
  for (const std::string text :
       {"{max_logins_in_flight: 1, max_logins_per_hour: 3, login_timeout: 1s, request_timeout: 1s, "
        "max_calls_in_flight: 1, call_timeout: 1s}",
        "{max_logins_in_flight: 4096, max_logins_per_hour: 10000, login_timeout: 5m, "
        "request_timeout: 2m, max_calls_in_flight: 4096, call_timeout: 10m}"}) {
    Diagnostics diagnostics;
    EXPECT_TRUE(ReadSettings("f", absl::StrCat(kMinimal, "outbound: ", text, "\n"), &diagnostics)
                    .has_value())
        << diagnostics.ToString();
  }
}

TEST(Settings, EachStreamOfTheAuditIsKnown) {
  for (const auto& [text, sink] : {std::pair("{stream: stdout}", Audit::Sink::kStdout),
                                   std::pair("{stream: stderr}", Audit::Sink::kStderr),
                                   std::pair("{required: true}", Audit::Sink::kStdout)}) {
    Diagnostics diagnostics;
    const auto settings =
        ReadSettings("f", absl::StrCat(kMinimal, "audit: ", text, "\n"), &diagnostics);
    ASSERT_TRUE(settings.has_value()) << diagnostics.ToString();
    EXPECT_EQ(settings->audit.sink, sink) << text;
  }
}

TEST(Settings, EachLogLevelIsKnown) {
  const std::pair<std::string, LogLevel> levels[] = {{"debug", LogLevel::kDebug},
                                                     {"info", LogLevel::kInfo},
                                                     {"warning", LogLevel::kWarning},
                                                     {"error", LogLevel::kError}};
  for (const auto& [name, level] : levels) {
    Diagnostics diagnostics;
    const auto settings =
        ReadSettings("f", absl::StrCat(kMinimal, "log: {level: ", name, "}\n"), &diagnostics);
    ASSERT_TRUE(settings.has_value()) << diagnostics.ToString();
    EXPECT_EQ(settings->log_level, level);
  }
}

TEST(Settings, LaterMistakesPointIntoTheFile) {
  Diagnostics diagnostics;
  const auto settings = LoadSettings("tests/fixtures/config/good.yaml", &diagnostics);
  ASSERT_TRUE(settings.has_value()) << diagnostics.ToString();
  const auto at = [&](const std::string& path) {
    return settings->places.At(path, "m").ToString();
  };
  const std::string file = "tests/fixtures/config/good.yaml";
  const Account& account = settings->accounts[0];
  EXPECT_EQ(at(account.path + ".base_url"), file + ":25:15: accounts[0].base_url: m");
  EXPECT_EQ(at(account.path + ".parameters.server"),
            file + ":28:15: accounts[0].parameters.server: m");
  EXPECT_EQ(at(account.path + ".secrets.access_key.file"),
            file + ":30:26: accounts[0].secrets.access_key.file: m");
  // What is missing is shown where it should be.
  EXPECT_EQ(at(account.path + ".secrets.password"),
            file + ":30:7: accounts[0].secrets.password: m");
  EXPECT_EQ(at(settings->listeners[3].path + ".tls.key_file"),
            file + ":10:17: listeners[3].tls.key_file: m");
}

TEST(Settings, MistakesOfAllKindsComeInTheOrderOfTheFile) {
  Diagnostics diagnostics;
  diagnostics.Add({"other.yaml", {9, 9}, "", "known before"});
  EXPECT_FALSE(ReadSettings("f",
                            "listeners: [{address: \"0.0.0.0:1\"}]\nlog: {lvel: info}\n"
                            "rules: [{callers: [x], accounts: [ab], allow: [get]}]\nadmin: 7\n",
                            &diagnostics)
                   .has_value());
  std::vector<std::string> places;
  for (const Diagnostic& diagnostic : diagnostics.list()) {
    places.push_back(absl::StrCat(diagnostic.file, ":", diagnostic.position.line));
  }
  EXPECT_THAT(places, ElementsAre("other.yaml:9", "f:1", "f:1", "f:2", "f:3", "f:4"));
}

TEST(Settings, AnInlineSecretIsNotPrinted) {
  EXPECT_EQ(::testing::PrintToString(InlineSecret{"hunter2"}), "<redacted>");
  EXPECT_THAT(::testing::PrintToString(SecretSource(InlineSecret{"hunter2"})),
              ::testing::Not(::testing::HasSubstr("hunter2")));
}

class SettingsFile : public ::testing::Test {
 protected:
  SettingsFile() { std::filesystem::create_directories(directory_); }
  ~SettingsFile() override { std::filesystem::remove_all(directory_); }

  std::string Write(const std::string& name, const std::string& text) {
    std::ofstream(directory_ / name, std::ios::binary) << text;
    return (directory_ / name).string();
  }

  // All that is said about the file, without its name.
  static std::string Complaint(const std::string& file) {
    Diagnostics diagnostics;
    EXPECT_FALSE(LoadSettings(file, &diagnostics).has_value());
    if (diagnostics.list().size() != 1) return diagnostics.ToString();
    EXPECT_EQ(diagnostics.list()[0].file, file);
    return diagnostics.list()[0].message;
  }

  const std::filesystem::path directory_ =
      std::filesystem::path(::testing::TempDir()) / absl::StrCat("settings_test.", getpid());
};

TEST_F(SettingsFile, ThatIsMissingIsAMistake) {
  EXPECT_EQ(Complaint((directory_ / "none.yaml").string()), "there is no such file");
  EXPECT_EQ(Complaint(Write("file", "") + "/x"), "there is no such file");
}

TEST_F(SettingsFile, ThatIsADirectoryIsAMistake) {
  EXPECT_EQ(Complaint(directory_.string()), "expected a file, found a directory");
}

TEST_F(SettingsFile, ThatMayNotBeReadIsAMistake) {
  if (geteuid() == 0) GTEST_SKIP() << "root reads everything";
  const std::string file = Write("secret.yaml", kMinimal);
  chmod(file.c_str(), 0);
  EXPECT_EQ(Complaint(file), "the file may not be read: permission denied");
}

TEST_F(SettingsFile, ThatIsTooLargeIsAMistake) {
  const std::string file = Write("large.yaml", kMinimal + std::string(kMaxYamlBytes, '#'));
  EXPECT_EQ(Complaint(file), "the file is too large: at most 4194304 bytes");
}

TEST_F(SettingsFile, OfTheGreatestSizeIsRead) {
  std::string text = kMinimal;
  text += std::string(kMaxYamlBytes - text.size(), '#');
  Diagnostics diagnostics;
  const auto settings = LoadSettings(Write("large.yaml", text), &diagnostics);
  ASSERT_TRUE(settings.has_value()) << diagnostics.ToString();
  EXPECT_EQ(settings->state_directory, (directory_ / "state").string());
}

TEST(Settings, StateInMemoryIsAskedForByName) {
  const struct {
    const char* state;
    const char* directory;
  } kCases[] = {{"memory", ""}, {"./memory", "memory"}, {"memory2", "memory2"}};
  for (const auto& c : kCases) {
    Diagnostics diagnostics;
    const auto settings = ReadSettings(
        "broker.yaml",
        absl::StrCat("listeners: [{address: \"localhost:0\"}]\nstate_directory: ", c.state, "\n"),
        &diagnostics);
    ASSERT_TRUE(settings.has_value()) << diagnostics.ToString();
    EXPECT_EQ(settings->state_directory, c.directory);
    EXPECT_FALSE(settings->allow_network_file_system);
  }
}

TEST(Settings, NetworkFileSystemIsAllowedForADirectoryOnly) {
  const std::string allow = "allow_network_file_system: true\n";
  Diagnostics diagnostics;
  const auto settings = ReadSettings("f", kMinimal + allow, &diagnostics);
  ASSERT_TRUE(settings.has_value()) << diagnostics.ToString();
  EXPECT_TRUE(settings->allow_network_file_system);
  EXPECT_FALSE(
      ReadSettings("f",
                   "listeners: [{address: \"localhost:0\"}]\nstate_directory: memory\n" + allow,
                   &diagnostics)
          .has_value());
  EXPECT_EQ(diagnostics.ToString(),
            "f:3:28: allow_network_file_system: goes with a directory only\n");
}

TEST(Settings, NoncesInMemoryAreAllowedForMemoryOnly) {
  const std::string allow = "allow_nonces_in_memory: true\n";
  Diagnostics diagnostics;
  const auto settings = ReadSettings(
      "f", "listeners: [{address: \"localhost:0\"}]\nstate_directory: memory\n" + allow,
      &diagnostics);
  ASSERT_TRUE(settings.has_value()) << diagnostics.ToString();
  EXPECT_TRUE(settings->allow_nonces_in_memory);
  EXPECT_FALSE(ReadSettings("f", kMinimal + allow, &diagnostics).has_value());
  EXPECT_EQ(diagnostics.ToString(),
            "f:3:25: allow_nonces_in_memory: goes with `state_directory: memory` only\n");
}

}  // namespace
}  // namespace sessionbroker::config
