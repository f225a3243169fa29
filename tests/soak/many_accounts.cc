// What many accounts cost: memory for each that is configured and each that is live, and the time
// from an empty process to one that has taken up all their sessions. Fails where that is more than
// the broker promises.
//
// usage: many_accounts fill DIRECTORY ACCOUNTS      writes a session of each account to the stores
//        many_accounts start DIRECTORY ACCOUNTS     starts with them, in a process of its own
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <future>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "service/base/event_loop.h"
#include "service/base/system_clock.h"
#include "service/crypto/random.h"
#include "service/crypto/sealing.h"
#include "service/login/definitions.h"
#include "service/rpc/session_encoding.h"
#include "service/sessions/account_records.h"
#include "service/sessions/lifetime.h"
#include "service/sessions/session_manager.h"
#include "service/storage/sqlite_store.h"
#include "service/telemetry/metrics.h"

namespace sessionbroker {
namespace {

// What the broker promises.
constexpr double kMostConfiguredBytes = 1024;
constexpr double kMostLiveBytes = 4096;
constexpr double kLongestStartSeconds = 10;
constexpr double kPromisedAccounts = 1e6;

template <typename T>
T OrDie(absl::StatusOr<T> value) {
  if (!value.ok()) {
    std::cerr << "many_accounts: " << value.status() << "\n";
    std::exit(1);
  }
  return *std::move(value);
}

double ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  double size = 0;
  double resident = 0;
  statm >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double CpuSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// As an account of vtiger is: one parameter, one secret, a base URL of its own.
std::shared_ptr<const login::Account> AccountOf(
    const std::shared_ptr<const login::Program>& program, int64_t number) {
  auto account = std::make_shared<login::Account>();
  account->id = {.provider = "vtiger", .account = absl::StrCat("customer-", number)};
  account->program = program;
  account->base_url = absl::StrCat("https://crm-", number, ".example.com");
  account->parameters = {{"username", absl::StrCat("integration-", number)}};
  account->secrets.emplace("access_key", secrets::Secret(absl::StrFormat("%016d", number)));
  return account;
}

sessions::AccountPolicy PolicyOf(const login::Account& account) {
  sessions::AccountPolicy policy;
  policy.life.idle = account.program->session().idle;
  policy.life.absolute = account.program->session().absolute;
  policy.has_probe = account.program->has_probe();
  policy.has_logout = account.program->has_logout();
  return policy;
}

class Stores {
 public:
  explicit Stores(const std::string& directory)
      : loop_(OrDie(base::EventLoop::Create())),
        durable_(OrDie(storage::SqliteStore::Open(directory + "/durable.db", storage::kDurableState,
                                                  loop_.get(), nullptr))),
        sessions_(OrDie(storage::SqliteStore::Open(directory + "/sessions.db",
                                                   storage::kSessionState, loop_.get(), nullptr))) {
    std::vector<crypto::SealingKey> keys;
    keys.push_back(OrDie(crypto::SealingKey::FromText(secrets::Secret(std::string(64, '1')))));
    records_ = std::make_unique<sessions::AccountRecords>(sessions::AccountRecords::Options{
        .durable = durable_.get(),
        .sessions = sessions_.get(),
        .scheduler = loop_.get(),
        .clock = &clock_,
        .keys = OrDie(crypto::SealingKeys::Create(std::move(keys))),
        .boot_id = base::BootId(),
        .random = &crypto::SystemRandom()});
    if (!loop_->Start().ok()) std::exit(1);
  }
  ~Stores() { loop_->Stop(); }

  base::EventLoop& loop() { return *loop_; }
  const base::Clock& clock() { return clock_; }
  sessions::AccountRecords& records() { return *records_; }

 private:
  const base::SystemClock clock_;
  const std::unique_ptr<base::EventLoop> loop_;
  std::unique_ptr<storage::SqliteStore> durable_;
  std::unique_ptr<storage::SqliteStore> sessions_;
  std::unique_ptr<sessions::AccountRecords> records_;
};

// The fingerprint's place in a record.
std::string InputsOf(const login::Account& account) {
  std::string inputs = account.base_url;
  inputs.resize(32);
  return inputs;
}

void Fill(const std::string& directory, int64_t accounts,
          const std::shared_ptr<const login::Program>& program) {
  Stores stores(directory);
  constexpr int64_t kAtOnce = 10000;
  for (int64_t from = 0; from < accounts; from += kAtOnce) {
    const int64_t to = std::min(accounts, from + kAtOnce);
    auto left = std::make_shared<int64_t>(2 * (to - from));
    std::promise<void> done;
    stores.loop().Post([&] {
      const auto saved = [left, &done](const absl::Status& status) {
        if (!status.ok()) OrDie(absl::StatusOr<int>(status));
        if (--*left == 0) done.set_value();
      };
      for (int64_t i = from; i < to; ++i) {
        const auto account = AccountOf(program, i);
        login::Grant grant;
        grant.id = secrets::Secret(absl::StrFormat("%021d", i));
        grant.attributes = {{"userId", "19x1"}, {"vtigerVersion", "7.4.0"}};
        for (const auto location : {login::Location::kQuery, login::Location::kForm}) {
          grant.attachments.push_back(
              {.location = location,
               .name = "sessionName",
               .value = grant.id,
               .methods = {location == login::Location::kQuery ? "GET" : "POST"}});
        }
        grant.idle = absl::Hours(24);
        grant.absolute = absl::Hours(24);
        const base::BootTime now = stores.clock().BootNow();
        const auto session = std::make_shared<sessions::Session>(sessions::MakeSession(
            *account, std::move(grant), nullptr, now, stores.clock().WallNow()));
        stores.records().SaveSession(session, InputsOf(*account), saved);
        sessions::Remembered remembered;
        remembered.budget.Spend(sessions::LoginKind::kFirst, now, {});
        stores.records().SaveRemembered(account->id, remembered, saved);
      }
    });
    done.get_future().wait();
  }
}

// False: it costs more than is promised.
bool Start(const std::string& directory, int64_t accounts,
           const std::shared_ptr<const login::Program>& program) {
  const auto begun = std::chrono::steady_clock::now();
  const double cpu_begun = CpuSeconds();
  const double empty = ResidentBytes();
  Stores stores(directory);
  const double opened_at = CpuSeconds();
  telemetry::Metrics metrics;
  std::vector<std::shared_ptr<const login::Account>> configured;
  configured.reserve(static_cast<std::size_t>(accounts));
  const double before = ResidentBytes();
  for (int64_t i = 0; i < accounts; ++i) configured.push_back(AccountOf(program, i));
  // Nobody logs in here.
  class NoLogins final : public login::Authenticator {
    void Login(std::shared_ptr<const login::Account>, Callback) override { std::abort(); }
    void Probe(std::shared_ptr<const login::Account>, std::shared_ptr<const login::Grant>,
               ProbeCallback) override {
      std::abort();
    }
    void Logout(std::shared_ptr<const login::Account>, std::shared_ptr<const login::Grant>,
                LogoutCallback) override {
      std::abort();
    }
  } authenticator;
  sessions::SessionManager::Dependencies all;
  all.clock = &stores.clock();
  all.scheduler = &stores.loop();
  all.authenticator = &authenticator;
  all.metrics = &metrics;
  all.records = &stores.records();
  all.encoder = rpc::EncodeSession;
  all.outage_encoder = rpc::EncodeOutage;
  all.policy_of = PolicyOf;
  all.fingerprint_of = [](const login::Account&) {
    return *sessions::Fingerprint::FromBytes(std::string(32, 'f'));
  };
  all.inputs_of = InputsOf;
  all.random = [] { return 0.5; };
  all.egress = "gateway";
  const auto manager =
      OrDie(sessions::SessionManager::Create(std::move(all), {}, std::exchange(configured, {})));
  const double configured_at = CpuSeconds();
  const double with_accounts = ResidentBytes();
  std::promise<absl::StatusOr<sessions::SessionManager::RestoreReport>> restored;
  manager->Restore([&](auto report) { restored.set_value(std::move(report)); });
  const auto report = OrDie(restored.get_future().get());
  const double restored_at = CpuSeconds();
  const double with_sessions = ResidentBytes();
  const auto lasted = std::chrono::steady_clock::now() - begun;
  const auto count = static_cast<double>(accounts);
  const double configured_bytes = (with_accounts - before) / count;
  const double live_bytes = (with_sessions - empty) / count;
  const double cpu = restored_at - cpu_begun;
  std::cout << absl::StrFormat(
      "%d accounts, %d sessions: %.0f bytes a configured account, %.0f a live one; CPU %.2f s "
      "(opening the stores %.2f s, accounts %.2f s, sessions %.2f s), by the clock %.2f s\n",
      accounts, report.sessions, configured_bytes, live_bytes, cpu, opened_at - cpu_begun,
      configured_at - opened_at, restored_at - configured_at,
      std::chrono::duration<double>(lasted).count());
  return report.sessions == accounts && configured_bytes < kMostConfiguredBytes &&
         live_bytes < kMostLiveBytes && cpu * kPromisedAccounts / count < kLongestStartSeconds;
}

int Main(const std::vector<std::string>& arguments) {
  int64_t accounts = 0;
  if (arguments.size() != 4 || !absl::SimpleAtoi(arguments[3], &accounts) || accounts < 1) {
    std::cerr << "usage: many_accounts fill|start DIRECTORY ACCOUNTS\n";
    return 2;
  }
  config::Diagnostics diagnostics;
  const auto program = OrDie(login::DefinitionSet::Load({}, &diagnostics)->Find("vtiger"));
  if (arguments[1] == "fill") {
    Fill(arguments[2], accounts, program);
    return 0;
  }
  return Start(arguments[2], accounts, program) ? 0 : 1;
}

}  // namespace
}  // namespace sessionbroker

int main(int argc, char** argv) {
  return sessionbroker::Main(std::vector<std::string>(argv, argv + argc));
}
