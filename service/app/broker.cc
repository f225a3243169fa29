#include "service/app/broker.h"

#include <chrono>
#include <future>
#include <random>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/app/account_fingerprint.h"
#include "service/app/configured_sequences.h"
#include "service/app/stored_kept_values.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/crypto/random.h"
#include "service/login/memory_kept_values.h"
#include "service/login/program.h"
#include "service/rpc/admin_broker_service.h"
#include "service/rpc/reflection.h"
#include "service/rpc/session_broker_service.h"
#include "service/rpc/session_encoding.h"
#include "service/sessions/lifetime.h"
#include "service/storage/memory_store.h"
#include "service/storage/sqlite_store.h"
#include "service/telemetry/names.h"

namespace sessionbroker::app {
namespace {

using telemetry::LogLevel;

// For answers on their way and for streams of health and reflection, once no login is under way.
constexpr absl::Duration kGraceForAnswers = absl::Seconds(1);

// In the state directory.
constexpr char kStoreFile[] = "durable.db";
constexpr char kSessionStoreFile[] = "sessions.db";

// Makes a call on `loop`, which runs, and waits for what it calls back with.
template <typename T, typename Call>
T CallAndWait(base::EventLoop* loop, Call call) {
  auto promise = std::make_shared<std::promise<T>>();
  std::future<T> result = promise->get_future();
  loop->Post([promise, call = std::move(call)]() mutable {
    call([promise](T value) { promise->set_value(std::move(value)); });
  });
  return result.get();
}

// An account's own setting comes before its definition's.
sessions::AccountPolicy PolicyOf(const login::Account& account, int max_logins_per_hour) {
  const login::SessionTemplate& session = account.program->session();
  sessions::AccountPolicy policy;
  policy.life.idle = account.idle.has_value() ? account.idle : session.idle;
  policy.life.absolute = account.absolute.has_value() ? account.absolute : session.absolute;
  policy.has_probe = account.program->has_probe();
  policy.has_logout = account.program->has_logout();
  policy.budget.limit = max_logins_per_hour;
  policy.budget.for_renewals = max_logins_per_hour / 3;
  return policy;
}

std::string ShownAdminAddress(const config::ListenAddress& address, int port) {
  const bool v6 = address.host().find(':') != std::string::npos;
  return absl::StrCat(v6 ? "[" : "", address.host(), v6 ? "]" : "", ":", port);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Broker>> Broker::Start(const Configuration& configuration,
                                                      telemetry::Logger* log) {
  auto broker = std::unique_ptr<Broker>(new Broker(log));
  SB_ASSIGN_OR_RETURN(broker->loop_, base::EventLoop::Create());
  SB_RETURN_IF_ERROR(broker->OpenStores(configuration.settings));
  SB_RETURN_IF_ERROR(broker->loop_->Start());
  SB_RETURN_IF_ERROR(broker->LoadFingerprintKey(configuration));
  SB_ASSIGN_OR_RETURN(sessions::RestoredAccounts restored, broker->LoadAccounts(configuration));
  SB_RETURN_IF_ERROR(broker->StartLogins(configuration, std::move(restored)));
  SB_RETURN_IF_ERROR(broker->StartServers(configuration));
  return broker;
}

absl::Status Broker::OpenStores(const config::Settings& settings) {
  if (settings.state_directory.empty()) {
    store_ = std::make_unique<storage::MemoryStore>(loop_.get());
    if (settings.allow_nonces_in_memory) {
      log_->Log(LogLevel::kWarning, telemetry::kNoncesInMemoryEvent,
                {{telemetry::kMessageField,
                  "nonces begin anew with each start and can come again: allow_nonces_in_memory "
                  "is set"}});
    }
  } else {
    SB_ASSIGN_OR_RETURN(state_directory_,
                        storage::StateDirectory::Open(
                            settings.state_directory,
                            {.allow_network_file_system = settings.allow_network_file_system}));
    const auto open = [this](const char* name, const storage::DatabaseKind& kind) {
      return storage::SqliteStore::Open(absl::StrCat(state_directory_->path(), "/", name), kind,
                                        loop_.get(), [log = log_](const absl::Status& status) {
                                          log->Log(LogLevel::kError, telemetry::kStoreFailedEvent,
                                                   {{telemetry::kDetailField, status.ToString()}});
                                        });
    };
    SB_ASSIGN_OR_RETURN(store_, open(kStoreFile, storage::kDurableState));
    SB_ASSIGN_OR_RETURN(session_store_, open(kSessionStoreFile, storage::kSessionState));
  }
  sequencer_ = std::make_unique<nonces::Sequencer>(store_.get(), loop_.get(), &clock_);
  sequence_source_ = std::make_unique<SequenceSource>(sequencer_.get());
  return absl::OkStatus();
}

absl::Status Broker::LoadFingerprintKey(const Configuration& configuration) {
  SB_ASSIGN_OR_RETURN(
      fingerprint_key_,
      CallAndWait<absl::StatusOr<sessions::FingerprintKey>>(
          loop_.get(), [this, &configuration](sessions::FingerprintKey::LoadCallback done) {
            sessions::FingerprintKey::LoadOrMake(store_.get(), configuration.sealing_keys,
                                                 &crypto::SystemRandom(), std::move(done));
          }));
  return absl::OkStatus();
}

absl::StatusOr<sessions::RestoredAccounts> Broker::LoadAccounts(
    const Configuration& configuration) {
  records_ = std::make_unique<sessions::AccountRecords>(
      sessions::AccountRecords::Options{.durable = store_.get(),
                                        .sessions = session_store_.get(),
                                        .scheduler = loop_.get(),
                                        .clock = &clock_,
                                        .keys = configuration.sealing_keys,
                                        .boot_id = base::BootId(),
                                        .random = &crypto::SystemRandom()});
  if (session_store_ != nullptr && !records_->KeepsSessions()) {
    log_->Log(LogLevel::kInfo, telemetry::kKeptInMemoryEvent,
              {{telemetry::kMessageField,
                "sessions are lost when the broker ends: there are no sealing_keys"}});
  }
  const base::BootTime begun = clock_.BootNow();
  SB_ASSIGN_OR_RETURN(sessions::RestoredAccounts accounts,
                      CallAndWait<absl::StatusOr<sessions::RestoredAccounts>>(
                          loop_.get(), [this](sessions::AccountRecords::LoadCallback done) {
                            records_->LoadAll(std::move(done));
                          }));
  LogRestored(accounts, clock_.BootNow() - begun);
  return accounts;
}

void Broker::LogRestored(const sessions::RestoredAccounts& accounts,
                         absl::Duration duration) const {
  int64_t sessions = 0;
  int64_t unreadable = 0;
  std::string example;
  for (const auto& [id, account] : accounts) {
    if (account.session.has_value()) ++sessions;
    if (account.unreadable.ok()) continue;
    if (++unreadable == 1) example = std::string(account.unreadable.message());
  }
  log_->Log(unreadable > 0 ? LogLevel::kError : LogLevel::kInfo, telemetry::kRestoredEvent,
            {{telemetry::kAccountsField, static_cast<int64_t>(accounts.size())},
             {telemetry::kSessionsField, sessions},
             {telemetry::kUnreadableField, unreadable},
             {telemetry::kDetailField, example},
             {telemetry::kDurationField, absl::ToDoubleMilliseconds(duration)}});
}

void Broker::MakeKeptValues(const Configuration& configuration) {
  if (state_directory_ == nullptr) {
    kept_values_ = std::make_unique<login::MemoryKeptValues>(loop_.get());
    return;
  }
  kept_values_ =
      std::make_unique<StoredKeptValues>(store_.get(), loop_.get(), configuration.sealing_keys);
  if (configuration.sealing_keys.has_value()) return;
  std::set<std::string> providers;
  for (const auto& account : configuration.accounts) {
    if (account->program->keeps_secrets()) providers.insert(account->id.provider);
  }
  if (providers.empty()) return;
  log_->Log(LogLevel::kWarning, telemetry::kKeptInMemoryEvent,
            {{telemetry::kProviderField, absl::StrJoin(providers, ",")},
             {telemetry::kMessageField,
              "secrets that accounts keep between logins are lost when the broker ends: there are "
              "no sealing_keys"}});
}

absl::Status Broker::StartLogins(const Configuration& configuration,
                                 sessions::RestoredAccounts restored) {
  const config::Outbound& outbound = configuration.settings.outbound;
  const auto in_flight = static_cast<std::size_t>(outbound.max_logins_in_flight);
  SB_ASSIGN_OR_RETURN(transport_,
                      http::CurlTransport::Create({.max_in_flight = in_flight,
                                                   .max_connections = in_flight,
                                                   .user_agent = outbound.user_agent,
                                                   .ca_file = outbound.ca_file.value_or("")},
                                                  loop_.get(), &clock_));
  http::Transport* wire = transport_.get();
  if (log_->Enabled(LogLevel::kDebug)) {
    logging_transport_ = std::make_unique<LoggingTransport>(wire, log_);
    wire = logging_transport_.get();
  }
  MakeKeptValues(configuration);
  driver_ = std::make_unique<login::LoginDriver>(
      loop_.get(), wire, &clock_, &crypto::SystemRandom(),
      login::LoginDriver::Options{.max_in_flight = in_flight,
                                  .login_timeout = outbound.login_timeout,
                                  .request_timeout = outbound.request_timeout,
                                  .user_agent = outbound.user_agent},
      [this](const login::LoginReport& report) { ReportConversation(report); },
      login::LoginDriver::Sources{.sequences = sequence_source_.get(), .kept = kept_values_.get()});
  gate_ = std::make_unique<sessions::GatedAuthenticator>(
      driver_.get(), loop_.get(), &clock_,
      sessions::GatedAuthenticator::Options{.longest_wait = outbound.login_timeout});
  sessions::SessionManager::Dependencies dependencies{
      .clock = &clock_,
      .scheduler = loop_.get(),
      .authenticator = gate_.get(),
      .metrics = &metrics_,
      .records = records_.get(),
      .encoder = rpc::EncodeSession,
      .policy_of = [logins = outbound.max_logins_per_hour](
                       const login::Account& account) { return PolicyOf(account, logins); },
      .fingerprint_of =
          [this](const login::Account& account) {
            return FingerprintOfLogin(*fingerprint_key_, account);
          },
      .inputs_of =
          [this](const login::Account& account) {
            return FingerprintOfInputs(*fingerprint_key_, account);
          },
      .random =
          [generator = std::mt19937_64(std::random_device()())]() mutable {
            return std::uniform_real_distribution<double>(0, 1)(generator);
          }};
  // On the loop's thread, where what it takes up may begin at once.
  using Created = absl::StatusOr<std::unique_ptr<sessions::SessionManager>>;
  SB_ASSIGN_OR_RETURN(
      manager_, CallAndWait<Created>(loop_.get(), [&](absl::AnyInvocable<void(Created)> done) {
        done(sessions::SessionManager::Create(std::move(dependencies), {}, configuration.accounts,
                                              std::move(restored)));
      }));
  return absl::OkStatus();
}

absl::Status Broker::StartServers(const Configuration& configuration) {
  sessions_ = std::make_unique<access::GuardedSessions>(configuration.policy, manager_.get());
  sequences_ = std::make_unique<access::GuardedSequences>(
      configuration.policy, ConfiguredSequences(configuration.accounts), sequencer_.get());
  service_ = rpc::MakeSessionBrokerService(sessions_.get(), &metrics_, log_);
  admin_service_ = rpc::MakeAdminBrokerService(sequences_.get(), sessions_.get(), &metrics_, log_);
  rpc::EnableHealthAndReflection();
  // The admin listener first: once callers are served nothing can fail any more.
  if (const auto& address = configuration.settings.admin; address.has_value()) {
    SB_ASSIGN_OR_RETURN(admin_,
                        AdminServer::Start(address->host(), address->port(),
                                           {.metrics = [this] { return metrics_.Serialize(); },
                                            .serving = [this] { return serving_.load(); }}));
    admin_address_ = ShownAdminAddress(*address, admin_->port());
  }
  SB_ASSIGN_OR_RETURN(
      server_, GrpcServer::Start(configuration.listeners, {service_.get(), admin_service_.get()}));
  server_->SetServing(true);
  serving_ = true;
  return absl::OkStatus();
}

Broker::~Broker() {
  admin_.reset();
  server_.reset();
  // Nothing calls back from now on, so what the rest refers to may go.
  if (loop_ != nullptr) loop_->Stop();
}

void Broker::Drain(absl::Duration bound) {
  // Who has seen that it drains meets a broker that does.
  manager_->Drain();
  serving_ = false;
  server_->SetServing(false);
  const bool idle = WaitUntilIdle(bound);
  log_->Log(idle ? LogLevel::kInfo : LogLevel::kWarning, telemetry::kDrainedEvent,
            {{telemetry::kIdleField, idle}});
  server_->Shutdown(kGraceForAnswers);
}

bool Broker::WaitUntilIdle(absl::Duration bound) {
  // Shared: the manager may call back after the wait was given up.
  auto idle = std::make_shared<std::promise<void>>();
  std::future<void> reached = idle->get_future();
  manager_->WhenIdle([idle] { idle->set_value(); });
  return reached.wait_for(absl::ToChronoMilliseconds(bound)) == std::future_status::ready;
}

void Broker::ReportConversation(const login::LoginReport& report) {
  const std::string outcome(report.status.ok()
                                ? login::NameOf(report.outcome)
                                : base::NameOf(base::DetailsOf(report.status).reason));
  const char* event = telemetry::kLoginEvent;
  switch (report.conversation) {
    case login::Conversation::kLogin:  // The session manager counts it.
      break;
    case login::Conversation::kProbe:
      event = telemetry::kProbeEvent;
      metrics_.CountProbe(report.account.id.provider, outcome);
      break;
    case login::Conversation::kLogout:
      event = telemetry::kLogoutEvent;
      metrics_.CountLogout(report.account.id.provider, outcome);
      break;
  }
  log_->Log(report.status.ok() ? LogLevel::kInfo : LogLevel::kWarning, event,
            {{telemetry::kProviderField, report.account.id.provider},
             {telemetry::kAccountField, report.account.id.account},
             {telemetry::kOutcomeField, outcome},
             {telemetry::kMessageField, std::string(report.status.message())},
             {telemetry::kDetailField, report.operator_detail},
             {telemetry::kRequestsField, static_cast<int64_t>(report.requests)},
             {telemetry::kDurationField, absl::ToDoubleMilliseconds(report.duration)},
             {telemetry::kWaitedField, absl::ToDoubleMilliseconds(report.waited)}});
}

}  // namespace sessionbroker::app
