#ifndef SESSIONBROKER_SERVICE_APP_BROKER_H_
#define SESSIONBROKER_SERVICE_APP_BROKER_H_

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/access/guarded_calls.h"
#include "service/access/guarded_rules.h"
#include "service/access/guarded_sequences.h"
#include "service/access/guarded_sessions.h"
#include "service/access/guarded_signer.h"
#include "service/access/guarded_status.h"
#include "service/access/guarded_watches.h"
#include "service/access/policy_holder.h"
#include "service/app/admin_server.h"
#include "service/app/audit.h"
#include "service/app/call_stack.h"
#include "service/app/configuration.h"
#include "service/app/configuration_change.h"
#include "service/app/grpc_server.h"
#include "service/app/lasting_state.h"
#include "service/app/lazy_accounts.h"
#include "service/app/login_stack.h"
#include "service/app/reloader.h"
#include "service/base/event_loop.h"
#include "service/base/mutex.h"
#include "service/base/system_clock.h"
#include "service/calls/request_signer.h"
#include "service/login/sequence_turns.h"
#include "service/secrets/environment_secrets.h"
#include "service/sessions/account_records.h"
#include "service/sessions/session_manager.h"
#include "service/telemetry/log.h"
#include "service/telemetry/metrics.h"

namespace sessionbroker::app {

// The whole broker: makes the objects of all layers, holds them, and takes them down in the right
// order. Belongs to one thread.
class Broker {
 public:
  // Serves once it returns, and follows what changes in `file`, from which `loaded` comes, and in
  // all that it names. `environment`, closed, and `log` must outlive the broker. Fails where the
  // state directory cannot be had or an address cannot be listened on; nothing is left running
  // then.
  static absl::StatusOr<std::unique_ptr<Broker>> Start(const std::string& file,
                                                       Reloader::Loaded loaded,
                                                       secrets::EnvironmentSecrets* environment,
                                                       telemetry::Logger* log);

  // Ends what is left at once.
  ~Broker();
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  // Where callers connect, as bound.
  const std::vector<std::string>& listeners() const { return server_->addresses(); }
  // Where operators connect, as bound; empty: nowhere.
  const std::string& admin_address() const { return admin_address_; }

  // Reads the configuration anew soon, whether or not a file has changed.
  void Reload() { reloader_->Reload(); }

  // Health turns to NOT_SERVING and no login begins any more; returns once those under way have
  // ended and their callers are answered, at most after `bound`, with the listeners closed.
  void Drain(absl::Duration bound);

 private:
  explicit Broker(telemetry::Logger* log)
      : log_(log), start_time_(clock_.WallNow()), started_at_(clock_.BootNow()) {}

  absl::Status MakeManager(const Configuration& configuration);
  // Takes up what an earlier process has left, and waits for it.
  absl::Status RestoreAccounts();
  absl::Status StartReloader(const std::string& file, Reloader::Loaded loaded,
                             secrets::EnvironmentSecrets* environment);
  absl::Status StartServers(const Configuration& configuration);
  // Serves by what has changed; returns once it does. On the reloader's thread.
  void Apply(const Configuration& next, ConfigurationChange* change);
  // From now on the listeners take what the reloader reads, and what it has read before.
  absl::Status FollowMaterial();
  access::BrokerStatus Status() const;
  bool WaitUntilIdle(absl::Duration bound);
  // On the loop's thread, again and again: health follows the audit log until the broker drains.
  void WatchAudit();
  void SetServing(bool serving);
  // For good.
  void StopServing();

  telemetry::Logger* const log_;
  const base::SystemClock clock_;
  const absl::Time start_time_;
  const base::BootTime started_at_;
  telemetry::Metrics metrics_;
  std::atomic<bool> serving_{false};
  // Belongs to the loop's thread.
  bool draining_ = false;
  std::string admin_address_;

  // From what everything stands on to what is seen from outside.
  std::unique_ptr<Audit> audit_;
  std::unique_ptr<base::EventLoop> loop_;
  std::unique_ptr<LastingState> state_;
  std::unique_ptr<login::SequenceTurns> turns_;
  std::unique_ptr<LoginStack> logins_;
  std::unique_ptr<LazyAccounts> lazy_accounts_;
  std::unique_ptr<sessions::SessionManager> manager_;
  std::unique_ptr<access::PolicyHolder> policy_;
  std::unique_ptr<access::CallerQuotas> quotas_;
  std::unique_ptr<access::GuardedWatches> watches_;
  std::unique_ptr<access::GuardedSequences::Known> known_sequences_;
  std::unique_ptr<access::GuardedSessions> sessions_;
  std::unique_ptr<calls::RequestSigner> signer_;
  std::unique_ptr<access::GuardedSigner> guarded_signer_;
  std::unique_ptr<access::GuardedRules> rules_;
  std::unique_ptr<access::GuardedSequences> sequences_;
  std::unique_ptr<Reloader> reloader_;
  std::unique_ptr<access::GuardedStatus> status_;
  std::unique_ptr<CallStack> calls_;
  std::unique_ptr<access::GuardedCalls> guarded_calls_;
  // The reloader begins before the listeners, and ends after them.
  base::Mutex material_mutex_;
  bool follows_material_ ABSL_GUARDED_BY(material_mutex_) = false;
  std::vector<GrpcListener> missed_material_ ABSL_GUARDED_BY(material_mutex_);
  std::unique_ptr<GrpcServer> server_;
  std::unique_ptr<AdminServer> admin_;
};

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_BROKER_H_
