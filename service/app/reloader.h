#ifndef SESSIONBROKER_SERVICE_APP_RELOADER_H_
#define SESSIONBROKER_SERVICE_APP_RELOADER_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/access/audit_log.h"
#include "service/access/broker_status.h"
#include "service/app/configuration.h"
#include "service/app/configuration_change.h"
#include "service/base/clock.h"
#include "service/base/event_loop.h"
#include "service/base/file_watch.h"
#include "service/base/mutex.h"
#include "service/config/diagnostics.h"
#include "service/secrets/environment_secrets.h"
#include "service/telemetry/log.h"
#include "service/telemetry/metrics.h"

namespace sessionbroker::app {

// Loads the configuration anew when its files change or when told to, on a thread of its own, and
// hands what is different to the broker: all of it or, where it has a mistake, nothing.
// Thread-safe. docs/reload.md is what operators see of it.
class Reloader {
 public:
  // How a configuration became the one that serves.
  struct Loaded {
    std::shared_ptr<const Configuration> configuration;
    // What it was read from, and when the reading began.
    base::WatchedPaths sources;
    absl::Time began;
  };
  // Makes the broker serve by the change; returns once it does. Called for each configuration that
  // is right, on the reloader's thread; adds what else it finds different.
  using Apply = std::function<void(const Configuration& next, ConfigurationChange* change)>;

  // All outlive the reloader.
  struct Options {
    std::string file;
    secrets::EnvironmentSecrets* environment = nullptr;
    const base::Clock* clock = nullptr;
    telemetry::Metrics* metrics = nullptr;
    telemetry::Logger* log = nullptr;
    access::AuditLog* audit = nullptr;
    Apply apply;
    // Called after each reload, whatever came of it; for tests.
    std::function<void()> on_end = [] {};
    // A change is looked at once so long nothing more has changed, or so long after the first.
    absl::Duration quiet = absl::Milliseconds(200);
    absl::Duration patience = absl::Seconds(2);
  };

  // Watches from now on; what has changed since `first` was read is loaded. Fails where the system
  // gives no thread. Where it gives no file watch the status and the log say so.
  static absl::StatusOr<std::unique_ptr<Reloader>> Start(Options options, Loaded first);

  // Waits for a reload under way.
  ~Reloader();
  Reloader(const Reloader&) = delete;
  Reloader& operator=(const Reloader&) = delete;

  // Reloads soon, whether or not a file has changed. Returns at once.
  void Reload();

  access::ConfigurationStatus status() const;

 private:
  Reloader(Options options, Loaded first, std::unique_ptr<base::EventLoop> loop);

  // These belong to the loop's thread.
  void Begin(absl::Time first_read);
  void Watch();
  void NoteChange();
  // Loads, unless the files are still being written and there is time to wait for that.
  void LoadOnceQuiet();
  void Load();
  void Refuse(const config::Diagnostics& mistakes, absl::Time began);
  void Accept(Configuration next, absl::Time began);
  void Publish(access::ConfigurationStatus status);

  const Options options_;
  const std::unique_ptr<base::EventLoop> loop_;

  mutable base::Mutex mutex_;
  access::ConfigurationStatus status_ ABSL_GUARDED_BY(mutex_);

  // These belong to the loop's thread.
  std::unique_ptr<base::FileWatch> watch_;
  std::string watch_problem_;
  std::shared_ptr<const Configuration> serving_;
  base::WatchedPaths sources_;
  // Of the first change that has not been looked at yet.
  std::optional<base::BootTime> changed_at_;
  base::Scheduler::TimerId timer_ = 0;
};

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_RELOADER_H_
