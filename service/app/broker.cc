#include "service/app/broker.h"

#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <future>
#include <iterator>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/app/account_fingerprint.h"
#include "service/app/call_and_wait.h"
#include "service/app/configured_sequences.h"
#include "service/app/log_level.h"
#include "service/app/version.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/crypto/random.h"
#include "service/login/program.h"
#include "service/login/zone_policy.h"
#include "service/rpc/admin_broker_service.h"
#include "service/rpc/reflection.h"
#include "service/rpc/session_broker_service.h"
#include "service/rpc/session_encoding.h"
#include "service/sessions/lifetime.h"
#include "service/telemetry/names.h"

namespace sessionbroker::app {
namespace {

using telemetry::LogLevel;

// For answers on their way and for streams of health and reflection, once no login is under way.
constexpr absl::Duration kGraceForAnswers = absl::Seconds(1);

// A sink that hangs is noticed only by looking.
constexpr absl::Duration kAuditCheckedEvery = absl::Seconds(1);

// An account's own setting comes before its definition's, and that before the configuration's.
sessions::AccountPolicy PolicyOf(const login::Account& account, int max_logins_per_hour) {
  const login::SessionTemplate& session = account.program->session();
  sessions::AccountPolicy policy;
  policy.life.idle = account.idle.has_value() ? account.idle : session.idle;
  policy.life.absolute = account.absolute.has_value() ? account.absolute : session.absolute;
  policy.has_probe = account.program->has_probe();
  if (!account.program->has_sessions()) {
    policy.no_sessions = account.program->inject().has_value() ? base::Reason::kInjectOnly
                                                               : base::Reason::kSigningRequired;
  }
  policy.has_logout = account.program->has_logout();
  const config::Renewal renewal = login::RenewalOf(account);
  policy.life.zones = login::ZonesOf(renewal);
  policy.demand = renewal.demand.value_or(policy.demand);
  policy.budget.limit = renewal.max_logins_per_hour.value_or(max_logins_per_hour);
  policy.budget.for_renewals = policy.budget.limit / 3;
  return policy;
}

// Calls `change` for each of `items`, and lets the loop go on with other work after a few: each
// leaves some there.
template <typename T, typename Change>
void InTurns(base::EventLoop* loop, const std::vector<T>& items, Change change) {
  constexpr std::size_t kInOneTurn = 16;
  const auto wait_for_loop = [loop] { CallAndWait<bool>(loop, [](auto done) { done(true); }); };
  std::size_t done = 0;
  for (const T& item : items) {
    change(item);
    if (++done % kInOneTurn == 0) wait_for_loop();
  }
}

// Of this machine, as the system has it.
std::string HostName() {
  // POSIX's HOST_NAME_MAX and the NUL.
  char name[256] = {};
  return gethostname(name, sizeof(name) - 1) == 0 ? name : "localhost";
}

std::string ShownAdminAddress(const config::ListenAddress& address, int port) {
  const bool v6 = address.host().find(':') != std::string::npos;
  return absl::StrCat(v6 ? "[" : "", address.host(), v6 ? "]" : "", ":", port);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Broker>> Broker::Start(const std::string& file,
                                                      Reloader::Loaded loaded,
                                                      secrets::EnvironmentSecrets* environment,
                                                      telemetry::Logger* log) {
  const std::shared_ptr<const Configuration> first = loaded.configuration;
  const Configuration& configuration = *first;
  auto broker = std::unique_ptr<Broker>(new Broker(log));
  SB_ASSIGN_OR_RETURN(broker->audit_, Audit::Start(configuration.settings.audit, &broker->clock_,
                                                   &broker->metrics_, log));
  SB_ASSIGN_OR_RETURN(broker->loop_, base::EventLoop::Create());
  SB_ASSIGN_OR_RETURN(
      broker->state_,
      LastingState::Open(configuration.settings, broker->loop_.get(), &broker->clock_, log));
  broker->turns_ = std::make_unique<login::SequenceTurns>(broker->loop_.get());
  SB_RETURN_IF_ERROR(broker->loop_->Start());
  SB_RETURN_IF_ERROR(broker->state_->Load(configuration));
  SB_ASSIGN_OR_RETURN(
      broker->logins_,
      LoginStack::Create(configuration.settings.outbound,
                         {.loop = broker->loop_.get(),
                          .clock = &broker->clock_,
                          .metrics = &broker->metrics_,
                          .log = log,
                          .sources = {.sequences = &broker->state_->sequence_source(),
                                      .kept = &broker->state_->kept_values(),
                                      .turns = broker->turns_.get()}}));
  SB_RETURN_IF_ERROR(broker->MakeManager(configuration));
  SB_RETURN_IF_ERROR(broker->RestoreAccounts());
  SB_RETURN_IF_ERROR(broker->StartReloader(file, std::move(loaded), environment));
  SB_RETURN_IF_ERROR(broker->StartServers(configuration));
  return broker;
}

absl::Status Broker::MakeManager(const Configuration& configuration) {
  SB_ASSIGN_OR_RETURN(lazy_accounts_,
                      LazyAccounts::Create(configuration.catalog, loop_.get(), log_));
  sessions::SessionManager::Dependencies dependencies{
      .clock = &clock_,
      .scheduler = loop_.get(),
      .authenticator = &logins_->authenticator(),
      .metrics = &metrics_,
      .records = &state_->records(),
      .directory = lazy_accounts_.get(),
      .encoder = rpc::EncodeSession,
      .outage_encoder = rpc::EncodeOutage,
      .id_hash_of =
          [this](const sessions::Session& session) {
            return HashOfSessionId(state_->fingerprint_key(), session.grant);
          },
      .policy_of = [logins = configuration.settings.outbound.max_logins_per_hour](
                       const login::Account& account) { return PolicyOf(account, logins); },
      .fingerprint_of =
          [this](const login::Account& account) {
            return FingerprintOfLogin(state_->fingerprint_key(), account);
          },
      .inputs_of =
          [this](const login::Account& account) {
            return FingerprintOfInputs(state_->fingerprint_key(), account);
          },
      .on_event = [this](const sessions::AccountEvent& event) { audit_->Record(event); },
      .random =
          [generator = std::mt19937_64(std::random_device()())]() mutable {
            return std::uniform_real_distribution<double>(0, 1)(generator);
          },
      .egress = configuration.settings.outbound.egress.value_or(HostName())};
  SB_ASSIGN_OR_RETURN(manager_, sessions::SessionManager::Create(std::move(dependencies), {},
                                                                 configuration.accounts));
  return absl::OkStatus();
}

absl::Status Broker::RestoreAccounts() {
  using Report = sessions::SessionManager::RestoreReport;
  const base::BootTime begun = clock_.BootNow();
  SB_ASSIGN_OR_RETURN(const Report report,
                      CallAndWait<absl::StatusOr<Report>>(
                          loop_.get(), [this](sessions::SessionManager::RestoreCallback done) {
                            manager_->Restore(std::move(done));
                          }));
  log_->Log(report.unreadable > 0 ? LogLevel::kError : LogLevel::kInfo, telemetry::kRestoredEvent,
            {{telemetry::kSessionsField, report.sessions},
             {telemetry::kUnreadableField, report.unreadable},
             {telemetry::kLeftAloneField, report.left_alone},
             {telemetry::kDetailField, std::string(report.example.message())},
             {telemetry::kDurationField, absl::ToDoubleMilliseconds(clock_.BootNow() - begun)}});
  return absl::OkStatus();
}

absl::Status Broker::StartReloader(const std::string& file, Reloader::Loaded loaded,
                                   secrets::EnvironmentSecrets* environment) {
  policy_ = std::make_unique<access::PolicyHolder>(loaded.configuration->policy);
  const config::Limits& limits = loaded.configuration->settings.limits;
  quotas_ = std::make_unique<access::CallerQuotas>(
      access::CallerLimits{.calls_per_second = limits.calls_per_second,
                           .calls_in_flight = limits.calls_in_flight,
                           .streams = limits.streams,
                           .logins_per_hour = limits.logins_per_hour},
      &clock_);
  watches_ = std::make_unique<access::GuardedWatches>(
      policy_.get(), manager_.get(), &clock_, loop_.get(),
      access::Oversight{.quotas = quotas_.get(), .audit = &audit_->log()});
  known_sequences_ = std::make_unique<access::GuardedSequences::Known>(ConfiguredSequences(
      loaded.configuration->accounts, loaded.configuration->catalog->sequences()));
  SB_ASSIGN_OR_RETURN(
      reloader_,
      Reloader::Start({.file = file,
                       .environment = environment,
                       .clock = &clock_,
                       .metrics = &metrics_,
                       .log = log_,
                       .audit = &audit_->log(),
                       .apply = [this](const Configuration& next,
                                       ConfigurationChange* change) { Apply(next, change); }},
                      std::move(loaded)));
  return absl::OkStatus();
}

void Broker::Apply(const Configuration& next, ConfigurationChange* change) {
  // A right that was taken away is gone before anything else changes.
  if (change->rules) {
    policy_->Set(next.policy);
    watches_->Recheck();
  }
  if (change->listeners) {
    base::MutexLock lock(&material_mutex_);
    missed_material_ = next.listeners;
    // Listeners themselves do not change while the broker runs, so that it cannot fail.
    if (follows_material_) server_->Update(next.listeners).IgnoreError();
  }
  LazyAccounts::Change lazy = lazy_accounts_->Update(next.catalog);
  std::move(lazy.configured.begin(), lazy.configured.end(), std::back_inserter(change->configured));
  std::move(lazy.removed.begin(), lazy.removed.end(), std::back_inserter(change->removed));
  // In this order: an account may have moved from one file to another.
  InTurns(loop_.get(), change->removed,
          [this](const base::AccountId& id) { manager_->Remove(id); });
  InTurns(loop_.get(), change->configured,
          [this](const std::shared_ptr<const login::Account>& account) {
            manager_->Configure(account);
          });
  CallAndWait<bool>(loop_.get(), [this](absl::AnyInvocable<void(bool)> done) {
    manager_->WhenConfigured([done = std::move(done)]() mutable { done(true); });
  });
  if (change->accounts()) {
    known_sequences_->Set(ConfiguredSequences(next.accounts, next.catalog->sequences()));
  }
  if (change->log_level) log_->SetLevel(LevelOf(next.settings.log_level));
}

access::BrokerStatus Broker::Status() const {
  return {.version = Version(),
          .start_time = start_time_,
          .uptime = clock_.BootNow() - started_at_,
          .configuration = reloader_->status(),
          .accounts = manager_->CountStandings()};
}

absl::Status Broker::StartServers(const Configuration& configuration) {
  const access::Oversight oversight = {.quotas = quotas_.get(), .audit = &audit_->log()};
  sessions_ = std::make_unique<access::GuardedSessions>(policy_.get(), manager_.get(), oversight);
  rules_ = std::make_unique<access::GuardedRules>(policy_.get(), oversight);
  sequences_ = std::make_unique<access::GuardedSequences>(policy_.get(), known_sequences_.get(),
                                                          &state_->sequencer(), oversight);
  signer_ = std::make_unique<calls::RequestSigner>(
      calls::RequestSigner::Dependencies{.scheduler = loop_.get(),
                                         .clock = &clock_,
                                         .random = &crypto::SystemRandom(),
                                         .sessions = manager_.get(),
                                         .sequences = &state_->sequence_source()});
  guarded_signer_ =
      std::make_unique<access::GuardedSigner>(policy_.get(), signer_.get(), oversight);
  status_ = std::make_unique<access::GuardedStatus>(
      policy_.get(), [this] { return Status(); }, oversight);
  SB_ASSIGN_OR_RETURN(calls_, CallStack::Create(configuration.settings.outbound,
                                                {.loop = loop_.get(),
                                                 .clock = &clock_,
                                                 .metrics = &metrics_,
                                                 .log = log_,
                                                 .sessions = manager_.get(),
                                                 .sequences = &state_->sequence_source(),
                                                 .turns = turns_.get()}));
  guarded_calls_ =
      std::make_unique<access::GuardedCalls>(policy_.get(), &calls_->driver(), oversight);
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
      server_,
      GrpcServer::Start(
          configuration.listeners, &clock_, [this](const access::CallerIdentifier* callers) {
            std::vector<std::unique_ptr<grpc::Service>> services;
            services.push_back(rpc::MakeSessionBrokerService(
                callers, sessions_.get(), watches_.get(), guarded_signer_.get(),
                guarded_calls_.get(), &metrics_, log_, &audit_->log()));
            services.push_back(rpc::MakeAdminBrokerService(callers, rules_.get(), sequences_.get(),
                                                           sessions_.get(), status_.get(),
                                                           &metrics_, log_, &audit_->log()));
            return services;
          }));
  SB_RETURN_IF_ERROR(FollowMaterial());
  CallAndWait<bool>(loop_.get(), [this](absl::AnyInvocable<void(bool)> done) {
    WatchAudit();
    done(true);
  });
  return absl::OkStatus();
}

void Broker::WatchAudit() {
  if (draining_) return;
  SetServing(audit_->log().Check().ok());
  loop_->RunAfter(kAuditCheckedEvery, [this] { WatchAudit(); });
}

void Broker::SetServing(bool serving) {
  if (serving_.exchange(serving) != serving) server_->SetServing(serving);
}

void Broker::StopServing() {
  CallAndWait<bool>(loop_.get(), [this](absl::AnyInvocable<void(bool)> done) {
    draining_ = true;
    SetServing(false);
    done(true);
  });
}

absl::Status Broker::FollowMaterial() {
  base::MutexLock lock(&material_mutex_);
  follows_material_ = true;
  return missed_material_.empty() ? absl::OkStatus() : server_->Update(missed_material_);
}

Broker::~Broker() {
  {
    base::MutexLock lock(&material_mutex_);
    follows_material_ = false;
  }
  if (server_ != nullptr) StopServing();
  admin_.reset();
  server_.reset();
  reloader_.reset();
  // Nothing calls back from now on, so what the rest refers to may go.
  if (loop_ != nullptr) loop_->Stop();
}

void Broker::Drain(absl::Duration bound) {
  // Who has seen that it drains meets a broker that does.
  manager_->Drain();
  calls_->driver().Shutdown();
  StopServing();
  const bool idle = WaitUntilIdle(bound);
  log_->Log(idle ? LogLevel::kInfo : LogLevel::kWarning, telemetry::kDrainedEvent,
            {{telemetry::kIdleField, idle}});
  server_->Shutdown(kGraceForAnswers);
}

bool Broker::WaitUntilIdle(absl::Duration bound) {
  // Shared: they may call back after the wait was given up.
  auto idle = std::make_shared<std::promise<void>>();
  std::future<void> reached = idle->get_future();
  calls_->driver().WhenIdle([this, idle] { manager_->WhenIdle([idle] { idle->set_value(); }); });
  return reached.wait_for(absl::ToChronoMilliseconds(bound)) == std::future_status::ready;
}

}  // namespace sessionbroker::app
