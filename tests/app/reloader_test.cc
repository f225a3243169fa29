// Reloads by real files: what is applied, what is refused, what a change of files looks like.
#include "service/app/reloader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/base/system_clock.h"
#include "tests/testing/recording_audit_log.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_directory.h"

namespace sessionbroker::app {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kHead[] = "listeners: [{address: \"127.0.0.1:0\"}]\n";
constexpr char kState[] = "state_directory: memory\n";

// An account of its own secret file.
std::string AccountNamed(const std::string& name, const std::string& host = "crm.example.com") {
  return absl::StrCat("  - {provider: abms, account: ", name, ", base_url: \"https://", host,
                      "\", parameters: {username: u}, secrets: {access_key: {file: ", name,
                      ".key}}}\n");
}

class ReloaderTest : public ::testing::Test {
 protected:
  ReloaderTest() {
    for (const char* name : {"a", "b", "c"}) temp_.Write(absl::StrCat(name, ".key"), "the key\n");
    WriteConfig({AccountNamed("a"), AccountNamed("b")});
  }

  static std::string Config(const std::vector<std::string>& accounts, const std::string& more) {
    return absl::StrCat(kHead, more.find("state_directory") == std::string::npos ? kState : "",
                        more, accounts.empty() ? "" : "accounts:\n", absl::StrJoin(accounts, ""));
  }
  // As editors do: beside it, then into its place.
  void WriteConfig(const std::vector<std::string>& accounts, const std::string& more = "") const {
    temp_.Write("broker.yaml.new", Config(accounts, more));
    fs::rename(temp_.File("broker.yaml.new"), temp_.File("broker.yaml"));
  }

  void Start() {
    Reloader::Loaded first = {.configuration = nullptr, .sources = {}, .began = clock_.WallNow()};
    config::Diagnostics mistakes;
    std::optional<Configuration> loaded =
        LoadConfiguration(temp_.File("broker.yaml"),
                          {.environment = &environment_, .sources = &first.sources}, &mistakes);
    ASSERT_TRUE(loaded.has_value()) << mistakes.ToString();
    environment_.Close();
    first.configuration = std::make_shared<const Configuration>(*std::move(loaded));
    SB_ASSERT_OK_AND_ASSIGN(
        reloader_, Reloader::Start({.file = temp_.File("broker.yaml"),
                                    .environment = &environment_,
                                    .clock = &clock_,
                                    .metrics = &metrics_,
                                    .log = &log_,
                                    .audit = &audit_,
                                    .apply =
                                        [this](const Configuration&, ConfigurationChange* change) {
                                          std::lock_guard lock(mutex_);
                                          if (!change->empty()) changes_.push_back(*change);
                                        },
                                    .on_end = [this] { CountEnd(); },
                                    .quiet = absl::Milliseconds(30),
                                    .patience = absl::Milliseconds(300)},
                                   std::move(first)));
    // It may look once more at what was written just before the start.
    reloader_->Reload();
    AwaitEnds(1);
    ASSERT_THAT(changes_, IsEmpty());
  }

  // Waits until so many reloads have ended since it was called last, or more.
  void AwaitEnds(int count) {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [&] { return ends_ >= count; });
    ends_ = 0;
  }
  // Waits for a reload by which `is_there` holds.
  template <typename Predicate>
  void Await(Predicate is_there) {
    while (true) {
      {
        std::unique_lock lock(mutex_);
        if (is_there()) return;
      }
      AwaitEnds(1);
    }
  }

  std::vector<std::string> Configured() const {
    std::vector<std::string> ids;
    for (const ConfigurationChange& change : changes_) {
      for (const auto& account : change.configured) ids.push_back(account->id.ToString());
    }
    return ids;
  }
  std::vector<std::string> Removed() const {
    std::vector<std::string> ids;
    for (const ConfigurationChange& change : changes_) {
      for (const base::AccountId& id : change.removed) ids.push_back(id.ToString());
    }
    return ids;
  }

  testing::TempDirectory temp_;
  const base::SystemClock clock_;
  secrets::EnvironmentSecrets environment_;
  telemetry::Metrics metrics_;
  testing::RecordingAuditLog audit_;
  telemetry::Logger log_{telemetry::LogLevel::kError, [](absl::string_view) {}};
  std::mutex mutex_;
  std::condition_variable ended_;
  int ends_ = 0;
  // What was applied.
  std::vector<ConfigurationChange> changes_;
  std::unique_ptr<Reloader> reloader_;

 private:
  void CountEnd() {
    std::lock_guard lock(mutex_);
    ++ends_;
    ended_.notify_all();
  }
};

TEST_F(ReloaderTest, AccountsThatComeGoAndChangeAreAppliedAndNoOthers) {
  Start();
  WriteConfig({AccountNamed("a", "other.example.com"), AccountNamed("c")});
  Await([&] { return !changes_.empty(); });
  EXPECT_THAT(Configured(), ElementsAre("abms/a", "abms/c"));
  EXPECT_THAT(Removed(), ElementsAre("abms/b"));
  EXPECT_EQ(reloader_->status().generation, 2);
}

TEST_F(ReloaderTest, SecretThatChangesIsItsAccountsChangeAlone) {
  Start();
  temp_.Write("b.key", "another key\n");
  Await([&] { return !changes_.empty(); });
  EXPECT_THAT(Configured(), ElementsAre("abms/b"));
  EXPECT_THAT(Removed(), IsEmpty());
}

TEST_F(ReloaderTest, SameContentWrittenAnewChangesNothing) {
  Start();
  WriteConfig({AccountNamed("a"), AccountNamed("b")});
  temp_.Write("a.key", "the key\n");
  reloader_->Reload();
  AwaitEnds(1);
  EXPECT_THAT(changes_, IsEmpty());
  EXPECT_EQ(reloader_->status().generation, 1);
  EXPECT_THAT(metrics_.Serialize(),
              HasSubstr("sessionbroker_config_reloads_total{outcome=\"unchanged\"}"));
}

TEST_F(ReloaderTest, WhatDoesNotValidateChangesNothingAndSaysWhyUntilItIsMended) {
  Start();
  WriteConfig({AccountNamed("c"), "  - {provider: vtigre, account: x, base_url: \"https://a\"}\n"},
              "rulez: []\n");
  Await([&] { return reloader_->status().mistake_count > 0; });
  const access::ConfigurationStatus refused = reloader_->status();
  EXPECT_THAT(refused.mistakes,
              ElementsAre(HasSubstr("broker.yaml:3:1: rulez: unknown field"),
                          HasSubstr("broker.yaml:6:16: accounts[1].provider: there is no")));
  EXPECT_EQ(refused.generation, 1);
  EXPECT_THAT(changes_, IsEmpty());
  EXPECT_THAT(metrics_.Serialize(), HasSubstr("last_reload_successful 0"));
  EXPECT_EQ(audit_.records().back().action, access::AuditAction::kReload);
  EXPECT_EQ(audit_.records().back().error, base::Reason::kInvalidArgument);
  WriteConfig({AccountNamed("a"), AccountNamed("b"), AccountNamed("c")});
  Await([&] { return !audit_.records().back().error.has_value(); });
  EXPECT_THAT(Configured(), ElementsAre("abms/c"));
  EXPECT_THAT(reloader_->status().mistakes, IsEmpty());
  EXPECT_THAT(metrics_.Serialize(), HasSubstr("last_reload_successful 1"));
}

TEST_F(ReloaderTest, SecretFileThatComesLaterMendsTheReload) {
  Start();
  fs::remove(temp_.File("c.key"));
  WriteConfig({AccountNamed("a"), AccountNamed("b"), AccountNamed("c")});
  Await([&] { return reloader_->status().mistake_count > 0; });
  temp_.Write("c.key", "the key\n");
  Await([&] { return !changes_.empty(); });
  EXPECT_THAT(Configured(), ElementsAre("abms/c"));
}

TEST_F(ReloaderTest, FileThatIsWrittenInPiecesIsReadWhole) {
  Start();
  const std::string whole = Config({AccountNamed("a"), AccountNamed("b"), AccountNamed("c")}, "");
  std::ofstream file(temp_.File("broker.yaml"), std::ios::binary | std::ios::trunc);
  // Each piece but the last is a configuration too, of fewer accounts, or none.
  const std::size_t step = whole.size() / 8;
  for (std::size_t at = 0; at < whole.size(); at += step) {
    file << whole.substr(at, step) << std::flush;
    // Something else that would make it look.
    temp_.Write("a.key", "the key\n");
  }
  file.close();
  Await([&] { return !Configured().empty(); });
  EXPECT_THAT(Configured(), ElementsAre("abms/c"));
  EXPECT_THAT(Removed(), IsEmpty());
}

// As kubelet mounts a Secret and a ConfigMap.
TEST_F(ReloaderTest, KubernetesSwapIsOneReloadOfAllFilesTogether) {
  const auto publish = [&](const std::string& version, const std::string& key) {
    temp_.Write(absl::StrCat("mount/..", version, "/broker.yaml"),
                absl::StrCat(kHead, kState, "accounts:\n  - {provider: abms, account: ", version,
                             ", base_url: \"https://crm.example.com\", parameters: {username: u}, "
                             "secrets: {access_key: {file: key}}}\n"));
    temp_.Write(absl::StrCat("mount/..", version, "/key"), key);
    fs::create_symlink(absl::StrCat("..", version), temp_.File("mount/..data_tmp"));
    fs::rename(temp_.File("mount/..data_tmp"), temp_.File("mount/..data"));
  };
  publish("v1", "one\n");
  fs::create_symlink("..data/broker.yaml", temp_.File("mount/broker.yaml"));
  fs::create_symlink("..data/key", temp_.File("mount/key"));
  fs::remove(temp_.File("broker.yaml"));
  fs::create_symlink("mount/broker.yaml", temp_.File("broker.yaml"));
  temp_.Write("key", "unused\n");
  Start();
  publish("v2", "two\n");
  Await([&] { return !changes_.empty(); });
  EXPECT_THAT(Configured(), ElementsAre("abms/v2"));
  EXPECT_THAT(Removed(), ElementsAre("abms/v1"));
  fs::remove_all(temp_.File("mount/..v1"));
  publish("v3", "three\n");
  Await([&] { return changes_.size() > 1; });
  EXPECT_THAT(Configured(), ElementsAre("abms/v2", "abms/v3"));
}

TEST_F(ReloaderTest, FieldsThatTakeARestartKeepTheirValueAndAreNamedUntilTheyArePutBack) {
  Start();
  WriteConfig({AccountNamed("a"), AccountNamed("b"), AccountNamed("c")},
              "state_directory: elsewhere\noutbound: {user_agent: other/1, login_timeout: 10s}\n");
  Await([&] { return !changes_.empty(); });
  EXPECT_THAT(reloader_->status().needs_restart,
              ElementsAre("state_directory", "outbound.user_agent", "outbound.login_timeout"));
  EXPECT_THAT(Configured(), ElementsAre("abms/c"));
  WriteConfig({AccountNamed("a"), AccountNamed("b"), AccountNamed("c")});
  Await([&] { return reloader_->status().needs_restart.empty(); });
  EXPECT_EQ(reloader_->status().generation, 2);
}

TEST_F(ReloaderTest, NoncesDoNotMoveIntoMemoryBecauseADirectoryIsNamedTooLate) {
  Start();
  WriteConfig({"  - {provider: icash, account: till, base_url: \"https://v5.icash.bg\",\n"
               "     parameters: {api_key: k, warehouse_id: \"7\", user_id: \"1\"},\n"
               "     secrets: {secret_key: {file: a.key}}}\n"},
              "state_directory: elsewhere\n");
  Await([&] { return reloader_->status().mistake_count > 0; });
  EXPECT_THAT(reloader_->status().mistakes,
              ElementsAre(HasSubstr("state_directory: in memory nonces begin anew")));
  EXPECT_THAT(changes_, IsEmpty());
}

TEST_F(ReloaderTest, VariableThatWasNotReadAtTheStartIsRefused) {
  Start();
  WriteConfig(
      {"  - {provider: abms, account: a, base_url: \"https://crm.example.com\", parameters: "
       "{username: u}, secrets: {access_key: {env: PATH}}}\n"});
  Await([&] { return reloader_->status().mistake_count > 0; });
  EXPECT_THAT(reloader_->status().mistakes, ElementsAre(HasSubstr("restart the broker")));
  EXPECT_NE(getenv("PATH"), nullptr);
}

TEST_F(ReloaderTest, RulesAndLogLevelAreToldApartFromAccounts) {
  Start();
  WriteConfig({AccountNamed("a"), AccountNamed("b")},
              "rules: [{callers: [loopback], accounts: [\"*/*\"], allow: [get]}]\n");
  Await([&] { return !changes_.empty(); });
  EXPECT_TRUE(changes_[0].rules);
  EXPECT_FALSE(changes_[0].accounts() || changes_[0].log_level);
  WriteConfig({AccountNamed("a"), AccountNamed("b")},
              "rules: [{callers: [loopback], accounts: [\"*/*\"], allow: [get]}]\n"
              "log: {level: debug}\n");
  Await([&] { return changes_.size() > 1; });
  EXPECT_TRUE(changes_[1].log_level);
  EXPECT_FALSE(changes_[1].rules || changes_[1].accounts());
}

TEST_F(ReloaderTest, DefinitionThatBehavesOtherwiseIsAChangeOfItsAccountsAndACommentIsNone) {
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
  temp_.Write("definitions/demo.yaml", kDefinition);
  const std::string account =
      "  - {provider: demo, account: d, base_url: \"https://crm.example.com\", parameters: {user: "
      "u}, secrets: {password: {file: a.key}}}\n";
  WriteConfig({AccountNamed("a"), account}, "definition_directories: [definitions]\n");
  Start();
  temp_.Write("definitions/demo.yaml", absl::StrCat("# Another comment.\n", kDefinition));
  reloader_->Reload();
  AwaitEnds(1);
  EXPECT_THAT(changes_, IsEmpty());
  std::string other = kDefinition;
  other.replace(other.find("/login,"), 7, "/signin,");
  temp_.Write("definitions/demo.yaml", other);
  Await([&] { return !changes_.empty(); });
  EXPECT_THAT(Configured(), ElementsAre("demo/d"));
}

}  // namespace
}  // namespace sessionbroker::app
