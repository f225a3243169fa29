#include "service/telemetry/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sessionbroker::telemetry {
namespace {

using ::testing::HasSubstr;

TEST(MetricsTest, CountsEachEventUnderItsLabels) {
  Metrics metrics;
  const ProviderMetrics vtiger = metrics.ForProvider("vtiger");
  vtiger.CountHit();
  vtiger.CountHit();
  metrics.ForProvider("vtiger").CountHit();
  metrics.ForProvider("corebos").CountJoined();
  metrics.CountLogin("vtiger", "ok");
  metrics.CountProbe("vtiger", "session_expired");
  metrics.CountLogout("vtiger", "ok");
  metrics.CountCall("icash", "ok");
  metrics.CountReplay("icash", "nonce_rejected");
  metrics.CountError("NOT_ALLOWED");

  const std::string text = metrics.Serialize();
  EXPECT_THAT(text, HasSubstr("# TYPE sessionbroker_hits_total counter"));
  EXPECT_THAT(text, HasSubstr("sessionbroker_hits_total{provider=\"vtiger\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("sessionbroker_joined_total{provider=\"corebos\"} 1\n"));
  EXPECT_THAT(text,
              HasSubstr("sessionbroker_logins_total{outcome=\"ok\",provider=\"vtiger\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("sessionbroker_probes_total{outcome=\"session_expired\","
                              "provider=\"vtiger\"} 1\n"));
  EXPECT_THAT(text,
              HasSubstr("sessionbroker_logouts_total{outcome=\"ok\",provider=\"vtiger\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("sessionbroker_calls_total{outcome=\"ok\",provider=\"icash\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("sessionbroker_call_replays_total{outcome=\"nonce_rejected\","
                              "provider=\"icash\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("sessionbroker_errors_total{reason=\"NOT_ALLOWED\"} 1\n"));
}

}  // namespace
}  // namespace sessionbroker::telemetry
