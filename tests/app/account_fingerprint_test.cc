// What opens a latch, and what a session belongs to.
#include "service/app/account_fingerprint.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "service/login/definitions.h"
#include "service/storage/memory_store.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/fake_scheduler.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::app {
namespace {

constexpr char kDefinition[] = R"(schema: 1
provider: demo
summary: A provider.
account: {user: the user}
secrets: {password: the password}
login:
  - step: login
    request: {method: POST, path: /login, form: {user: "${account.user}", password: "${secret.password}"}}
    answers: [{when: {status: 200}, then: ok}]
    extract: {session: json:/session}
session: {id: "${session}", attach: [{header: X-Session}], idle: 10m}
renewal: {demand: 1m}
)";

class AccountFingerprintTest : public ::testing::Test {
 protected:
  AccountFingerprintTest() {
    sessions::FingerprintKey::LoadOrMake(
        &store_, std::nullopt, &crypto::SystemRandom(),
        [this](absl::StatusOr<sessions::FingerprintKey> key) { key_.emplace(*std::move(key)); });
    scheduler_.RunReady();
  }

  static std::shared_ptr<const login::Program> ProgramOf(const std::string& text) {
    config::Diagnostics diagnostics;
    auto program = login::LoadDefinition("demo.yaml", text, &diagnostics);
    EXPECT_NE(program, nullptr) << diagnostics.ToString();
    return program;
  }
  static login::Account SomeAccount() {
    login::Account account;
    account.id = {.provider = "demo", .account = "main"};
    account.program = ProgramOf(kDefinition);
    account.base_url = "https://api.example";
    account.parameters = {{"user", "jane"}};
    account.secrets.emplace("password", secrets::Secret("hunter2"));
    return account;
  }

  testing::FakeClock clock_;
  testing::FakeScheduler scheduler_{&clock_};
  storage::MemoryStore store_{&scheduler_};
  std::optional<sessions::FingerprintKey> key_;
};

TEST_F(AccountFingerprintTest, WhatChangesALoginOpensALatchAndAllButASecretEndsTheSession) {
  const auto with_definition = [](const char* from, const char* to) {
    return [from, to](login::Account* account) {
      account->program = ProgramOf(absl::StrReplaceAll(kDefinition, {{from, to}}));
    };
  };
  const struct {
    const char* what;
    std::function<void(login::Account*)> change;
    bool is_another_login;
    bool is_another_session;
  } kCases[] = {
      {"nothing", [](login::Account*) {}, false, false},
      {"secret",
       [](login::Account* account) {
         account->secrets.insert_or_assign("password", secrets::Secret("hunter3"));
       },
       true, false},
      {"login name", [](login::Account* account) { account->parameters["user"] = "joe"; }, true,
       true},
      {"base URL", [](login::Account* account) { account->base_url += "/v2"; }, true, true},
      {"definition", with_definition("path: /login", "path: /session"), true, true},
      {"what the definition says of a session", with_definition("idle: 10m", "idle: 20m"), true,
       true},
      {"text for people", with_definition("A provider.", "Another provider."), false, false},
      {"renewal in the definition", with_definition("demand: 1m", "demand: 2m"), false, false},
      {"renewal of the account", [](login::Account* account) { account->renewal.demand = {}; },
       false, false},
      {"life of the account", [](login::Account* account) { account->idle = absl::Minutes(5); },
       false, true},
  };
  const login::Account account = SomeAccount();
  SB_ASSERT_OK_AND_ASSIGN(const sessions::Fingerprint login, FingerprintOfLogin(*key_, account));
  const std::string inputs = FingerprintOfInputs(*key_, account);
  EXPECT_EQ(inputs.size(), 32u);
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.what);
    login::Account other = SomeAccount();
    c.change(&other);
    SB_ASSERT_OK_AND_ASSIGN(const sessions::Fingerprint of_other, FingerprintOfLogin(*key_, other));
    EXPECT_EQ(of_other != login, c.is_another_login);
    EXPECT_EQ(FingerprintOfInputs(*key_, other) != inputs, c.is_another_session);
  }
}

}  // namespace
}  // namespace sessionbroker::app
