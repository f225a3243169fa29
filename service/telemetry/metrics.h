#ifndef SESSIONBROKER_SERVICE_TELEMETRY_METRICS_H_
#define SESSIONBROKER_SERVICE_TELEMETRY_METRICS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace prometheus {
class Counter;
class Gauge;
class Registry;
}  // namespace prometheus

namespace sessionbroker::telemetry {

// One provider's numbers that a call touches, found once and then incremented without a look-up.
// Thread-safe; lives as long as its Metrics.
class ProviderMetrics {
 public:
  // A call answered from a live session.
  void CountHit() const;
  // A call that joined a login already under way.
  void CountJoined() const;
  // So many more watches are open, or fewer.
  void AddWatches(int more) const;

 private:
  friend class Metrics;
  ProviderMetrics(prometheus::Counter* hits, prometheus::Counter* joined,
                  prometheus::Gauge* watches)
      : hits_(hits), joined_(joined), watches_(watches) {}

  prometheus::Counter* hits_;
  prometheus::Counter* joined_;
  prometheus::Gauge* watches_;
};

// The broker's counters. Label values are names from the configuration and from fixed tables, never
// a provider's text. Thread-safe.
class Metrics {
 public:
  Metrics();
  ~Metrics();

  // The counters of `provider`; made on first use.
  ProviderMetrics ForProvider(absl::string_view provider);

  // A login that ended; `outcome` is "ok" or a reason's name.
  void CountLogin(absl::string_view provider, absl::string_view outcome);
  // A probe or logout of a session that ended; `outcome` is "ok", "session_expired" or a reason's
  // name.
  void CountProbe(absl::string_view provider, absl::string_view outcome);
  void CountLogout(absl::string_view provider, absl::string_view outcome);
  // A CallProvider that ended; `outcome` is what the definition sees in the answer ("ok", …),
  // "answered" where that is nothing, a reason's name, or "abandoned" by its caller.
  void CountCall(absl::string_view provider, absl::string_view outcome);
  // A request of one that was sent once more; `outcome` is that of the answer before.
  void CountReplay(absl::string_view provider, absl::string_view outcome);
  // A call that was answered with an error; `reason` as in google.rpc.ErrorInfo.
  void CountError(absl::string_view reason);

  // A reload that ended; `outcome` is "applied", "unchanged" or "refused".
  void CountReload(absl::string_view outcome);
  // Which configuration serves since when, and how many of its fields take a restart.
  void SetConfiguration(int64_t generation, absl::Time load_time, std::size_t needs_restart);
  // Lines that the audit log wrote, and events that found no room in it.
  void CountAudit(int64_t lines, int64_t lost);

  // Everything in Prometheus's text format 0.0.4.
  std::string Serialize() const;

 private:
  struct Families;

  std::shared_ptr<prometheus::Registry> registry_;
  std::unique_ptr<Families> families_;
};

}  // namespace sessionbroker::telemetry

#endif  // SESSIONBROKER_SERVICE_TELEMETRY_METRICS_H_
