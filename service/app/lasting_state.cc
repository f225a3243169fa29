#include "service/app/lasting_state.h"

#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/app/call_and_wait.h"
#include "service/app/stored_kept_values.h"
#include "service/base/status_macros.h"
#include "service/base/system_clock.h"
#include "service/crypto/random.h"
#include "service/login/memory_kept_values.h"
#include "service/login/program.h"
#include "service/storage/memory_store.h"
#include "service/storage/sqlite_store.h"
#include "service/telemetry/names.h"

namespace sessionbroker::app {
namespace {

using telemetry::LogLevel;

// In the state directory.
constexpr char kStoreFile[] = "durable.db";
constexpr char kSessionStoreFile[] = "sessions.db";

}  // namespace

absl::StatusOr<std::unique_ptr<LastingState>> LastingState::Open(const config::Settings& settings,
                                                                 base::EventLoop* loop,
                                                                 const base::Clock* clock,
                                                                 telemetry::Logger* log) {
  auto state = std::unique_ptr<LastingState>(new LastingState(loop, clock, log));
  SB_RETURN_IF_ERROR(state->OpenStores(settings));
  return state;
}

absl::Status LastingState::Load(const Configuration& configuration) {
  SB_RETURN_IF_ERROR(LoadFingerprintKey(configuration));
  MakeKeptValues(configuration);
  OpenRecords(configuration);
  return absl::OkStatus();
}

absl::Status LastingState::OpenStores(const config::Settings& settings) {
  if (settings.state_directory.empty()) {
    store_ = std::make_unique<storage::MemoryStore>(loop_);
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
                                        loop_, [log = log_](const absl::Status& status) {
                                          log->Log(LogLevel::kError, telemetry::kStoreFailedEvent,
                                                   {{telemetry::kDetailField, status.ToString()}});
                                        });
    };
    SB_ASSIGN_OR_RETURN(store_, open(kStoreFile, storage::kDurableState));
    SB_ASSIGN_OR_RETURN(session_store_, open(kSessionStoreFile, storage::kSessionState));
  }
  sequencer_ = std::make_unique<nonces::Sequencer>(store_.get(), loop_, clock_);
  sequence_source_ = std::make_unique<SequenceSource>(sequencer_.get());
  return absl::OkStatus();
}

absl::Status LastingState::LoadFingerprintKey(const Configuration& configuration) {
  SB_ASSIGN_OR_RETURN(
      fingerprint_key_,
      CallAndWait<absl::StatusOr<sessions::FingerprintKey>>(
          loop_, [this, &configuration](sessions::FingerprintKey::LoadCallback done) {
            sessions::FingerprintKey::LoadOrMake(store_.get(), configuration.sealing_keys,
                                                 &crypto::SystemRandom(), std::move(done));
          }));
  return absl::OkStatus();
}

void LastingState::OpenRecords(const Configuration& configuration) {
  records_ = std::make_unique<sessions::AccountRecords>(
      sessions::AccountRecords::Options{.durable = store_.get(),
                                        .sessions = session_store_.get(),
                                        .scheduler = loop_,
                                        .clock = clock_,
                                        .keys = configuration.sealing_keys,
                                        .boot_id = base::BootId(),
                                        .random = &crypto::SystemRandom()});
  if (session_store_ != nullptr && !records_->KeepsSessions()) {
    log_->Log(LogLevel::kInfo, telemetry::kKeptInMemoryEvent,
              {{telemetry::kMessageField,
                "sessions are lost when the broker ends: there are no sealing_keys"}});
  }
}

void LastingState::MakeKeptValues(const Configuration& configuration) {
  if (state_directory_ == nullptr) {
    kept_values_ = std::make_unique<login::MemoryKeptValues>(loop_);
    return;
  }
  kept_values_ =
      std::make_unique<StoredKeptValues>(store_.get(), loop_, configuration.sealing_keys);
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

}  // namespace sessionbroker::app
