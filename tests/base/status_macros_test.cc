#include "service/base/status_macros.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "tests/testing/status_matchers.h"

namespace sessionbroker::base {
namespace {

using ::sessionbroker::testing::IsOk;
using ::sessionbroker::testing::StatusIs;

absl::Status Counted(absl::Status result, int* evaluations) {
  ++*evaluations;
  return result;
}

absl::Status ReturnsUnlessOk(absl::Status status, int* evaluations, bool* went_on) {
  SB_RETURN_IF_ERROR(Counted(std::move(status), evaluations));
  *went_on = true;
  return absl::OkStatus();
}

TEST(StatusMacrosTest, ErrorReturnsAndOkGoesOn) {
  int evaluations = 0;
  bool went_on = false;
  EXPECT_THAT(ReturnsUnlessOk(absl::AbortedError("stop"), &evaluations, &went_on),
              StatusIs(absl::StatusCode::kAborted, "stop"));
  EXPECT_FALSE(went_on);
  EXPECT_THAT(ReturnsUnlessOk(absl::OkStatus(), &evaluations, &went_on), IsOk());
  EXPECT_TRUE(went_on);
  EXPECT_EQ(evaluations, 2);
}

// Twice in one scope, with a move-only value.
absl::StatusOr<int> Sum(absl::StatusOr<std::unique_ptr<int>> a,
                        absl::StatusOr<std::unique_ptr<int>> b) {
  SB_ASSIGN_OR_RETURN(const std::unique_ptr<int> first, std::move(a));
  SB_ASSIGN_OR_RETURN(const std::unique_ptr<int> second, std::move(b));
  return *first + *second;
}

TEST(StatusMacrosTest, ValueIsMovedOutAndTheFirstErrorReturned) {
  EXPECT_EQ(Sum(std::make_unique<int>(2), std::make_unique<int>(3)).value(), 5);
  EXPECT_THAT(Sum(absl::AbortedError("a"), absl::InternalError("b")),
              StatusIs(absl::StatusCode::kAborted, "a"));
  EXPECT_THAT(Sum(std::make_unique<int>(2), absl::InternalError("b")),
              StatusIs(absl::StatusCode::kInternal, "b"));
}

TEST(StatusMacrosTest, ReturnIfErrorIsOneStatement) {
  const auto f = [](bool check) -> absl::Status {
    if (check)
      SB_RETURN_IF_ERROR(absl::AbortedError("checked"));
    else
      return absl::InternalError("not checked");
    return absl::OkStatus();
  };
  EXPECT_THAT(f(true), StatusIs(absl::StatusCode::kAborted, "checked"));
  EXPECT_THAT(f(false), StatusIs(absl::StatusCode::kInternal, "not checked"));
}

}  // namespace
}  // namespace sessionbroker::base
