#include "service/telemetry/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "service/telemetry/names.h"

namespace sessionbroker::telemetry {
namespace {

using CounterFamily = prometheus::Family<prometheus::Counter>;

CounterFamily& MakeFamily(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

prometheus::Gauge& MakeGauge(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

// Of a conversation with `provider`.
void CountEnd(CounterFamily& family, absl::string_view provider, absl::string_view outcome) {
  family.Add({{kProviderLabel, std::string(provider)}, {kOutcomeLabel, std::string(outcome)}})
      .Increment();
}

}  // namespace

struct Metrics::Families {
  explicit Families(prometheus::Registry& registry)
      : hits(MakeFamily(registry, kHitsTotal, "Calls answered from a live session.")),
        joined(MakeFamily(registry, kJoinedTotal, "Calls that joined a login under way.")),
        logins(MakeFamily(registry, kLoginsTotal, "Logins that ended, by outcome.")),
        probes(MakeFamily(registry, kProbesTotal, "Probes of sessions that ended, by outcome.")),
        logouts(MakeFamily(registry, kLogoutsTotal, "Logouts that ended, by outcome.")),
        calls(MakeFamily(registry, kCallsTotal, "Requests of callers that ended, by outcome.")),
        replays(MakeFamily(registry, kCallReplaysTotal,
                           "Requests of callers sent once more, by the outcome before.")),
        audit_lines(
            MakeFamily(registry, kAuditLinesTotal, "Lines that the audit log wrote.").Add({})),
        audit_lost(
            MakeFamily(registry, kAuditLostTotal, "Events that found no room in the audit log.")
                .Add({})),
        watches(prometheus::BuildGauge()
                    .Name(kWatches)
                    .Help("Watches of sessions that are open.")
                    .Register(registry)),
        errors(MakeFamily(registry, kErrorsTotal, "Calls answered with an error, by reason.")),
        reloads(MakeFamily(registry, kReloadsTotal, "Reloads of the configuration, by outcome.")),
        generation(MakeGauge(registry, kConfigGeneration,
                             "1 at the start, one more for each reload that changed something.")),
        load_time(MakeGauge(registry, kConfigLoadTime,
                            "When the configuration that serves was loaded, in Unix time.")),
        reload_ok(MakeGauge(registry, kConfigReloadOk,
                            "0 while the files hold a configuration that was refused, else 1.")),
        needs_restart(MakeGauge(registry, kConfigNeedsRestart,
                                "Fields that were changed and take a restart.")) {
    reload_ok.Set(1);
  }

  CounterFamily& hits;
  CounterFamily& joined;
  CounterFamily& logins;
  CounterFamily& probes;
  CounterFamily& logouts;
  CounterFamily& calls;
  CounterFamily& replays;
  prometheus::Counter& audit_lines;
  prometheus::Counter& audit_lost;
  prometheus::Family<prometheus::Gauge>& watches;
  CounterFamily& errors;
  CounterFamily& reloads;
  prometheus::Gauge& generation;
  prometheus::Gauge& load_time;
  prometheus::Gauge& reload_ok;
  prometheus::Gauge& needs_restart;
};

void ProviderMetrics::CountHit() const { hits_->Increment(); }
void ProviderMetrics::CountJoined() const { joined_->Increment(); }
void ProviderMetrics::AddWatches(int more) const { watches_->Increment(more); }

Metrics::Metrics()
    : registry_(std::make_shared<prometheus::Registry>()),
      families_(std::make_unique<Families>(*registry_)) {}

Metrics::~Metrics() = default;

ProviderMetrics Metrics::ForProvider(absl::string_view provider) {
  const prometheus::Labels labels = {{kProviderLabel, std::string(provider)}};
  return ProviderMetrics(&families_->hits.Add(labels), &families_->joined.Add(labels),
                         &families_->watches.Add(labels));
}

void Metrics::CountLogin(absl::string_view provider, absl::string_view outcome) {
  CountEnd(families_->logins, provider, outcome);
}

void Metrics::CountProbe(absl::string_view provider, absl::string_view outcome) {
  CountEnd(families_->probes, provider, outcome);
}

void Metrics::CountLogout(absl::string_view provider, absl::string_view outcome) {
  CountEnd(families_->logouts, provider, outcome);
}

void Metrics::CountCall(absl::string_view provider, absl::string_view outcome) {
  CountEnd(families_->calls, provider, outcome);
}

void Metrics::CountReplay(absl::string_view provider, absl::string_view outcome) {
  CountEnd(families_->replays, provider, outcome);
}

void Metrics::CountError(absl::string_view reason) {
  families_->errors.Add({{kReasonLabel, std::string(reason)}}).Increment();
}

void Metrics::CountReload(absl::string_view outcome) {
  families_->reloads.Add({{kOutcomeLabel, std::string(outcome)}}).Increment();
  families_->reload_ok.Set(outcome == "refused" ? 0 : 1);
}

void Metrics::SetConfiguration(int64_t generation, absl::Time load_time,
                               std::size_t needs_restart) {
  families_->generation.Set(static_cast<double>(generation));
  families_->load_time.Set(absl::ToDoubleSeconds(load_time - absl::UnixEpoch()));
  families_->needs_restart.Set(static_cast<double>(needs_restart));
}

void Metrics::CountAudit(int64_t lines, int64_t lost) {
  families_->audit_lines.Increment(static_cast<double>(lines));
  families_->audit_lost.Increment(static_cast<double>(lost));
}

std::string Metrics::Serialize() const {
  return prometheus::TextSerializer().Serialize(registry_->Collect());
}

}  // namespace sessionbroker::telemetry
