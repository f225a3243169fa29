#ifndef SESSIONBROKER_TESTS_SESSIONS_MANAGER_HARNESS_H_
#define SESSIONBROKER_TESTS_SESSIONS_MANAGER_HARNESS_H_

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "service/base/error.h"
#include "service/login/account.h"
#include "service/secrets/wiped_bytes.h"
#include "service/sessions/fingerprint.h"
#include "service/sessions/session_manager.h"
#include "service/telemetry/metrics.h"
#include "tests/testing/fake_authenticator.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/fake_scheduler.h"

namespace sessionbroker::sessions {

// An account that is known to live 1,000 s idle: 970 s usable, advisory for the last 291 s,
// mandatory for the last 60 s.
inline std::shared_ptr<const login::Account> AccountNamed(std::string provider, std::string name) {
  auto account = std::make_shared<login::Account>();
  account->id = {.provider = std::move(provider), .account = std::move(name)};
  account->base_url = "https://api.example";
  account->idle = absl::Seconds(1000);
  return account;
}

// By base URL and parameters; no cryptography.
inline absl::StatusOr<Fingerprint> PlainFingerprintOf(const login::Account& account) {
  std::vector<Fingerprint::Part> parts = {{"base_url", account.base_url}};
  for (const auto& [name, value] : account.parameters) parts.push_back({name, value});
  return Fingerprint::Of(parts, [](absl::string_view message) {
    const std::size_t hash = std::hash<std::string>()(std::string(message));
    secrets::WipedBytes mac;
    secrets::Append(absl::StrFormat("%032d", hash), mac);
    return absl::StatusOr<secrets::WipedBytes>(std::move(mac));
  });
}

// What a manager needs besides its surroundings: sessions that live so long, no probes, nothing
// that outlasts the process, no rest after a failure.
inline SessionManager::Dependencies PlainDependencies(
    std::function<AccountPolicy(const login::Account&)> policy_of) {
  SessionManager::Dependencies plain;
  plain.encoder = [](const Session& session) { return absl::StrCat("v", session.version); };
  plain.outage_encoder = [](const Outage& outage) {
    return absl::StrCat("no session: ", base::NameOf(base::DetailsOf(outage.cause).reason));
  };
  plain.policy_of = std::move(policy_of);
  plain.fingerprint_of = PlainFingerprintOf;
  plain.inputs_of = [](const login::Account& account) { return account.base_url; };
  plain.random = [] { return 0.0; };
  return plain;
}

// What one Get came to.
struct Answer {
  int calls = 0;
  std::optional<absl::StatusOr<SessionPtr>> result;
};

// A session manager in simulated time, over a scripted authenticator. Nothing rests after a failure
// unless `random` is set.
class ManagerHarness {
 public:
  explicit ManagerHarness(std::vector<std::shared_ptr<const login::Account>> accounts,
                          const SessionManager::Options& options = {}) {
    absl::StatusOr<std::unique_ptr<SessionManager>> created =
        SessionManager::Create(Dependencies(), options, std::move(accounts));
    EXPECT_TRUE(created.ok()) << created.status();
    manager = *std::move(created);
  }

  SessionManager::Dependencies Dependencies() {
    SessionManager::Dependencies all = PlainDependencies([this](const login::Account& account) {
      AccountPolicy with_life = policy;
      with_life.life.idle = account.idle;
      with_life.life.absolute = account.absolute;
      return with_life;
    });
    all.clock = &clock;
    all.scheduler = &scheduler;
    all.authenticator = &authenticator;
    all.metrics = &metrics;
    all.random = [this] { return random; };
    return all;
  }

  // Asks; the answer may come later.
  std::shared_ptr<Answer> Ask(base::AccountIdView id,
                              absl::Duration min_validity = absl::ZeroDuration(),
                              SessionManager::PendingGet* pending = nullptr) {
    auto answer = std::make_shared<Answer>();
    SessionManager::PendingGet get =
        manager->Get(id, min_validity, [answer](absl::StatusOr<SessionPtr> result) {
          ++answer->calls;
          answer->result = std::move(result);
        });
    if (pending != nullptr) *pending = std::move(get);
    return answer;
  }

  // Asks and lets the login run, if there is one.
  absl::StatusOr<SessionPtr> Get(base::AccountIdView id,
                                 absl::Duration min_validity = absl::ZeroDuration()) {
    const std::shared_ptr<Answer> answer = Ask(id, min_validity);
    scheduler.RunReady();
    EXPECT_EQ(answer->calls, 1);
    return answer->result.value_or(absl::UnknownError("no answer"));
  }

  testing::FakeClock clock;
  testing::FakeScheduler scheduler{&clock};
  testing::FakeAuthenticator authenticator{&scheduler};
  telemetry::Metrics metrics;
  // For all accounts; their lives come from the accounts.
  AccountPolicy policy;
  double random = 0;
  std::unique_ptr<SessionManager> manager;
};

}  // namespace sessionbroker::sessions

#endif  // SESSIONBROKER_TESTS_SESSIONS_MANAGER_HARNESS_H_
