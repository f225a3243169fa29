#ifndef SESSIONBROKER_TESTS_TESTING_TEST_OVERSIGHT_H_
#define SESSIONBROKER_TESTS_TESTING_TEST_OVERSIGHT_H_

#include "service/access/caller_quotas.h"
#include "service/access/oversight.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/recording_audit_log.h"

namespace sessionbroker::testing {

// Remembers what is done. Quotas are used up for good, for its clock stands still until it is
// moved.
struct TestOversight {
  explicit TestOversight(const access::CallerLimits& limits = {}) : quotas(limits, &clock) {}

  // For as long as this lives.
  access::Oversight Get() { return {.quotas = &quotas, .audit = &audit}; }

  FakeClock clock;
  RecordingAuditLog audit;
  access::CallerQuotas quotas;
};

}  // namespace sessionbroker::testing

#endif  // SESSIONBROKER_TESTS_TESTING_TEST_OVERSIGHT_H_
