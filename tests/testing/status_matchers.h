#ifndef SESSIONBROKER_TESTS_TESTING_STATUS_MATCHERS_H_
#define SESSIONBROKER_TESTS_TESTING_STATUS_MATCHERS_H_

#include <gmock/gmock.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/base/error.h"

namespace sessionbroker::testing {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& value) {
  return value.status();
}

MATCHER(IsOk, "is ok") {
  *result_listener << StatusOf(arg).ToString();
  return StatusOf(arg).ok();
}

// The code is `code` and the message matches `message`, a matcher or text.
MATCHER_P2(StatusIs, code, message,
           std::string("has code ") + absl::StatusCodeToString(code) + " and a message that " +
               ::testing::DescribeMatcher<std::string>(message)) {
  const absl::Status& status = StatusOf(arg);
  *result_listener << status.ToString();
  return status.code() == code && ::testing::Value(std::string(status.message()), message);
}

// The error carries `reason`.
MATCHER_P(HasReason, reason, std::string("carries reason ") + std::string(base::NameOf(reason))) {
  const absl::Status& status = StatusOf(arg);
  *result_listener << status.ToString();
  return !status.ok() && base::DetailsOf(status).reason == reason;
}

}  // namespace sessionbroker::testing

// Assigns the value of a StatusOr to `lhs`, or fails the test with its status.
#define SB_ASSERT_OK_AND_ASSIGN(lhs, expr) \
  SB_ASSERT_OK_AND_ASSIGN_IMPL_(SB_ASSERT_CONCAT_(sb_value_, __LINE__), lhs, expr)
#define SB_ASSERT_CONCAT_INNER_(a, b) a##b
#define SB_ASSERT_CONCAT_(a, b) SB_ASSERT_CONCAT_INNER_(a, b)
#define SB_ASSERT_OK_AND_ASSIGN_IMPL_(value, lhs, expr) \
  auto value = (expr);                                  \
  ASSERT_TRUE(value.ok()) << value.status();            \
  lhs = *std::move(value)

#endif  // SESSIONBROKER_TESTS_TESTING_STATUS_MATCHERS_H_
