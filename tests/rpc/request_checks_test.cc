#include "service/rpc/request_checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <string>

#include "service/base/error.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::rpc {
namespace {

using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

v1::GetSessionRequest Request(const std::string& provider, const std::string& account) {
  v1::GetSessionRequest request;
  request.set_provider(provider);
  request.set_account(account);
  return request;
}

v1::GetSessionRequest WithMinValidity(int64_t seconds, int32_t nanos) {
  v1::GetSessionRequest request = Request("vtiger", "crm-main");
  request.mutable_min_validity()->set_seconds(seconds);
  request.mutable_min_validity()->set_nanos(nanos);
  return request;
}

TEST(RequestChecksTest, WithoutMinValidityAnyLiveSessionWillDo) {
  SB_ASSERT_OK_AND_ASSIGN(const absl::Duration min_validity, Check(Request("vtiger", "crm-main")));
  EXPECT_EQ(min_validity, absl::ZeroDuration());
}

TEST(RequestChecksTest, MinValidityFromZeroToTenYearsIsTaken) {
  const struct {
    int64_t seconds;
    int32_t nanos;
    absl::Duration expected;
  } rows[] = {
      {0, 0, absl::ZeroDuration()},
      {0, 1, absl::Nanoseconds(1)},
      {300, 999999999, absl::Seconds(301) - absl::Nanoseconds(1)},
      {315360000, 0, absl::Hours(87600)},
  };
  for (const auto& row : rows) {
    SB_ASSERT_OK_AND_ASSIGN(const absl::Duration min_validity,
                            Check(WithMinValidity(row.seconds, row.nanos)));
    EXPECT_EQ(min_validity, row.expected);
  }
}

TEST(RequestChecksTest, MinValidityOutOfRangeIsRefused) {
  const struct {
    int64_t seconds;
    int32_t nanos;
  } rows[] = {
      {-1, 0},
      {0, -1},
      {1, -1},
      {-1, 1},
      {0, 1000000000},
      {315360000, 1},
      {std::numeric_limits<int64_t>::max(), std::numeric_limits<int32_t>::max()},
      {std::numeric_limits<int64_t>::min(), std::numeric_limits<int32_t>::min()},
  };
  for (const auto& row : rows) {
    const auto checked = Check(WithMinValidity(row.seconds, row.nanos));
    EXPECT_THAT(checked, testing::HasReason(base::Reason::kInvalidArgument))
        << row.seconds << " s, " << row.nanos << " ns";
    EXPECT_THAT(checked,
                testing::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("min_validity")));
  }
}

TEST(RequestChecksTest, NamesAreRequiredAndBounded) {
  const std::string longest(128, 'a');
  const std::string too_long(129, 'a');
  EXPECT_THAT(Check(Request(longest, longest)), testing::IsOk());
  const struct {
    v1::GetSessionRequest request;
    const char* message;
  } rows[] = {
      {Request("", "crm-main"), "provider: must be at least 1 byte, got 0 bytes"},
      {Request("vtiger", ""), "account: must be at least 1 byte, got 0 bytes"},
      {Request(too_long, "crm-main"), "provider: must be at most 128 bytes, got 129 bytes"},
      {Request("vtiger", too_long), "account: must be at most 128 bytes, got 129 bytes"},
  };
  for (const auto& row : rows) {
    EXPECT_THAT(Check(row.request),
                testing::StatusIs(absl::StatusCode::kInvalidArgument, row.message));
  }
}

TEST(RequestChecksTest, ErrorsTellFieldLimitAndActualToPrograms) {
  const auto checked = Check(Request("vtiger", std::string(200, 'a')));
  EXPECT_THAT(base::DetailsOf(checked.status()).metadata,
              UnorderedElementsAre(Pair("field", "account"), Pair("limit", "at most 128 bytes"),
                                   Pair("actual", "200 bytes")));
}

TEST(RequestChecksTest, AListMayNameNoProviderButNotATooLongOne) {
  v1::ListAccountsRequest request;
  EXPECT_THAT(Check(request), testing::IsOk());
  request.set_provider(std::string(128, 'a'));
  EXPECT_THAT(Check(request), testing::IsOk());
  request.set_provider(std::string(129, 'a'));
  EXPECT_THAT(Check(request), testing::HasReason(base::Reason::kInvalidArgument));
}

}  // namespace
}  // namespace sessionbroker::rpc
