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

TEST(GuardedCallsTest, ARuleForOtherRequestsSendsNothing) {
  const PolicyHolder policy(
      Policy::Create({{.callers = {"loopback"},
                       .accounts = {"vtiger/*"},
                       .actions = {Action::kCall},
                       .requests = {.methods = {"GET"},
                                    .path_prefixes = {"/webservice.php"},
                                    .parameters = {{"operation", {"query"}}}}}})
          .value());
  calls::Request allowed;
  allowed.method = "GET";
  allowed.path = "/webservice.php";
  allowed.query = {{"operation", "query"}};
  ASSERT_NE(policy.Get()->AllowsRequest({}, Action::kCall, {"vtiger", "crm"}, allowed), nullptr);
  calls::Request other_method = allowed;
  other_method.method = "DELETE";
  calls::Request other_path = allowed;
  other_path.path = "/admin.php";
  calls::Request other_value = allowed;
  other_value.query = {{"operation", "delete"}};
  calls::Request twice = allowed;
  twice.query.push_back({"operation", "delete"});
  testing::TestOversight oversight;
  GuardedCalls calls(&policy, /*driver=*/nullptr, oversight.Get());
  for (const calls::Request& request : {other_method, other_path, other_value, twice}) {
    bool answered = false;
    calls.Send({}, {"vtiger", "crm"}, request, {},
               [&](const absl::StatusOr<calls::CallAnswer>& answer) {
                 answered = true;
                 EXPECT_THAT(answer, HasReason(base::Reason::kNotAllowed));
               });
    EXPECT_TRUE(answered) << request.method << " " << request.path;
  }
}

}  // namespace
}  // namespace sessionbroker::access
