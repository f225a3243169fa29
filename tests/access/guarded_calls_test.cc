#include "service/access/guarded_calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/access/policy.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/test_oversight.h"

namespace sessionbroker::access {
namespace {

using testing::HasReason;

// What is let through goes to the driver, which the end-to-end tests have.
TEST(GuardedCallsTest, WhoMayNotCallSendsNothingAndLeavesALine) {
  const PolicyHolder policy(Policy::Create({{.callers = {"loopback"},
                                             .accounts = {"vtiger/*"},
                                             .actions = {Action::kGet, Action::kSign}}})
                                .value());
  testing::TestOversight oversight;
  GuardedCalls calls(&policy, /*driver=*/nullptr, oversight.Get());
  calls::Request request;
  request.method = "GET";
  request.path = "/a";
  bool answered = false;
  calls.Send({}, {"vtiger", "crm"}, request, {},
             [&](const absl::StatusOr<calls::CallAnswer>& answer) {
               answered = true;
               EXPECT_THAT(answer, HasReason(base::Reason::kNotAllowed));
             });
  EXPECT_TRUE(answered);
  ASSERT_EQ(oversight.audit.records().size(), 1u);
  EXPECT_EQ(oversight.audit.records()[0].action, AuditAction::kCall);
  EXPECT_EQ(oversight.audit.records()[0].error, base::Reason::kNotAllowed);
  EXPECT_EQ(oversight.audit.records()[0].detail, "GET /a");
}

}  // namespace
}  // namespace sessionbroker::access
