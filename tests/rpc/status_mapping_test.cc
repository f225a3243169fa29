#include "service/rpc/status_mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "service/base/error.h"

namespace sessionbroker::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

google::rpc::Status DetailsIn(const WireError& error) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(error.status.error_details()));
  return details;
}

google::rpc::ErrorInfo ErrorInfoIn(const WireError& error) {
  google::rpc::ErrorInfo info;
  const google::rpc::Status details = DetailsIn(error);
  EXPECT_GE(details.details_size(), 1);
  EXPECT_TRUE(details.details(0).UnpackTo(&info));
  return info;
}

struct Row {
  base::Reason reason;
  grpc::StatusCode code;
  const char* name;
};

constexpr Row kRows[] = {
    {base::Reason::kInvalidArgument, grpc::StatusCode::INVALID_ARGUMENT, "INVALID_ARGUMENT"},
    {base::Reason::kAccountUnknown, grpc::StatusCode::NOT_FOUND, "ACCOUNT_UNKNOWN"},
    {base::Reason::kNotAllowed, grpc::StatusCode::PERMISSION_DENIED, "NOT_ALLOWED"},
    {base::Reason::kUnauthenticated, grpc::StatusCode::UNAUTHENTICATED, "CALLER_UNKNOWN"},
    {base::Reason::kCertificateRefused, grpc::StatusCode::UNAUTHENTICATED, "CERTIFICATE_REFUSED"},
    {base::Reason::kTokenRefused, grpc::StatusCode::UNAUTHENTICATED, "TOKEN_REFUSED"},
    {base::Reason::kCredentialsRejected, grpc::StatusCode::FAILED_PRECONDITION,
     "CREDENTIALS_REJECTED"},
    {base::Reason::kInjectOnly, grpc::StatusCode::FAILED_PRECONDITION, "INJECT_ONLY"},
    {base::Reason::kSigningRequired, grpc::StatusCode::FAILED_PRECONDITION, "SIGNING_REQUIRED"},
    {base::Reason::kProviderUnreachable, grpc::StatusCode::UNAVAILABLE, "PROVIDER_UNREACHABLE"},
    {base::Reason::kProviderLockedOut, grpc::StatusCode::UNAVAILABLE, "PROVIDER_LOCKED_OUT"},
    {base::Reason::kProviderProtocolError, grpc::StatusCode::INTERNAL, "PROVIDER_PROTOCOL_ERROR"},
    {base::Reason::kCallUnanswered, grpc::StatusCode::UNKNOWN, "CALL_UNANSWERED"},
    {base::Reason::kBackingOff, grpc::StatusCode::UNAVAILABLE, "BACKING_OFF"},
    {base::Reason::kLoginBudgetExhausted, grpc::StatusCode::RESOURCE_EXHAUSTED,
     "LOGIN_BUDGET_EXHAUSTED"},
    {base::Reason::kCallerQuota, grpc::StatusCode::RESOURCE_EXHAUSTED, "CALLER_QUOTA"},
    {base::Reason::kQueueFull, grpc::StatusCode::RESOURCE_EXHAUSTED, "QUEUE_FULL"},
    {base::Reason::kDraining, grpc::StatusCode::UNAVAILABLE, "DRAINING"},
    {base::Reason::kStoreUnavailable, grpc::StatusCode::UNAVAILABLE, "STORE_UNAVAILABLE"},
    {base::Reason::kAuditUnavailable, grpc::StatusCode::UNAVAILABLE, "AUDIT_UNAVAILABLE"},
    {base::Reason::kSecretUnavailable, grpc::StatusCode::UNAVAILABLE, "SECRET_UNAVAILABLE"},
    {base::Reason::kSequenceAhead, grpc::StatusCode::UNAVAILABLE, "SEQUENCE_AHEAD"},
    {base::Reason::kSequenceExhausted, grpc::StatusCode::FAILED_PRECONDITION, "SEQUENCE_EXHAUSTED"},
    {base::Reason::kSequencePassed, grpc::StatusCode::FAILED_PRECONDITION, "SEQUENCE_PASSED"},
    {base::Reason::kSequenceUnknown, grpc::StatusCode::NOT_FOUND, "SEQUENCE_UNKNOWN"},
    {base::Reason::kInternal, grpc::StatusCode::INTERNAL, "INTERNAL"},
};

TEST(StatusMappingTest, EveryReasonHasItsCodeAndName) {
  std::set<base::Reason> seen;
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    seen.insert(row.reason);
    const WireError error = ToWireError(base::MakeError(row.reason, "what went wrong"));
    EXPECT_EQ(error.status.error_code(), row.code);
    EXPECT_EQ(DetailsIn(error).code(), row.code);
    EXPECT_EQ(DetailsIn(error).message(), error.status.error_message());
    EXPECT_EQ(ErrorInfoIn(error).reason(), row.name);
    EXPECT_EQ(ErrorInfoIn(error).domain(), "sessionbroker");
  }
  for (const base::Reason reason : base::AllReasons()) {
    EXPECT_EQ(seen.count(reason), 1u) << base::NameOf(reason) << " is not in the table";
  }
}

TEST(StatusMappingTest, MetadataAndMessageReachTheCaller) {
  const WireError error = ToWireError(base::MakeError(
      {base::Reason::kInvalidArgument, std::nullopt, {{"field", "account"}, {"limit", "128"}}},
      "account: at most 128 bytes, got 129"));
  EXPECT_EQ(error.status.error_message(), "account: at most 128 bytes, got 129");
  const google::rpc::ErrorInfo info = ErrorInfoIn(error);
  EXPECT_THAT((std::map<std::string, std::string>(info.metadata().begin(), info.metadata().end())),
              ElementsAre(Pair("field", "account"), Pair("limit", "128")));
}

TEST(StatusMappingTest, RetryDelayStandsInDetailsAndTrailerAlike) {
  const struct {
    absl::Duration delay;
    int64_t seconds;
    int32_t nanos;
    const char* trailer;
  } rows[] = {
      {absl::ZeroDuration(), 0, 0, "0"},     {absl::Milliseconds(1500), 1, 500000000, "1500"},
      {absl::Microseconds(1), 0, 1000, "1"}, {absl::Minutes(10), 600, 0, "600000"},
      {absl::Seconds(-3), 0, 0, "0"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(absl::FormatDuration(row.delay));
    const WireError error = ToWireError(
        base::MakeError({base::Reason::kProviderUnreachable, row.delay, {}}, "no answer"));
    EXPECT_EQ(error.retry_pushback_ms, row.trailer);
    const google::rpc::Status details = DetailsIn(error);
    ASSERT_EQ(details.details_size(), 2);
    google::rpc::RetryInfo retry;
    ASSERT_TRUE(details.details(1).UnpackTo(&retry));
    EXPECT_EQ(retry.retry_delay().seconds(), row.seconds);
    EXPECT_EQ(retry.retry_delay().nanos(), row.nanos);
  }
}

TEST(StatusMappingTest, WithoutADelayTheTrailerForbidsRetries) {
  const WireError error = ToWireError(base::MakeError(base::Reason::kCredentialsRejected, "no"));
  EXPECT_EQ(error.retry_pushback_ms, "-1");
  EXPECT_EQ(DetailsIn(error).details_size(), 1);
}

TEST(StatusMappingTest, TextOfAnErrorMadeElsewhereStaysInside) {
  const WireError error = ToWireError(absl::NotFoundError("/etc/secret-path: unexpected hunter2"));
  EXPECT_EQ(error.status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(ErrorInfoIn(error).reason(), "INTERNAL");
  EXPECT_EQ(error.status.error_message().find("hunter2"), std::string::npos);
  EXPECT_EQ(error.status.error_details().find("hunter2"), std::string::npos);
}

// The cells of each row of the error table in docs/api.md, without backticks.
std::vector<std::vector<std::string>> DocumentedRows() {
  std::ifstream file("docs/api.md");
  std::vector<std::vector<std::string>> rows;
  bool in_table = false;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("| code | reason |", 0) == 0) {
      in_table = true;
    } else if (in_table && line.rfind("|---", 0) == 0) {
      continue;
    } else if (in_table && line.rfind("|", 0) == 0) {
      std::vector<std::string> cells;
      for (const absl::string_view cell :
           absl::StrSplit(absl::StripSuffix(absl::StripPrefix(line, "|"), "|"), '|')) {
        const absl::string_view trimmed = absl::StripAsciiWhitespace(cell);
        cells.emplace_back(absl::StripSuffix(absl::StripPrefix(trimmed, "`"), "`"));
      }
      rows.push_back(std::move(cells));
    } else {
      in_table = false;
    }
  }
  return rows;
}

TEST(StatusMappingTest, ApiDocumentationListsEveryReasonOnceWithItsCode) {
  std::map<std::string, std::string> documented;
  for (const std::vector<std::string>& cells : DocumentedRows()) {
    ASSERT_EQ(cells.size(), 5u) << cells[0];
    for (const std::string& cell : cells) EXPECT_NE(cell, "") << cells[1];
    EXPECT_TRUE(documented.emplace(cells[1], cells[0]).second) << cells[1] << " stands twice";
  }
  std::map<std::string, std::string> actual;
  for (const base::Reason reason : base::AllReasons()) {
    actual.emplace(base::NameOf(reason), absl::StatusCodeToString(base::CodeOf(reason)));
  }
  EXPECT_EQ(documented, actual);
}

TEST(StatusMappingTest, ApiDocumentationSaysWhereARetryHelps) {
  for (const base::Reason reason : base::AllReasons()) {
    const WireError error = ToWireError(base::MakeError(reason, "what went wrong"));
    const char* const retry = error.retry_pushback_ms == "-1" ? "no" : "after the delay";
    for (const std::vector<std::string>& cells : DocumentedRows()) {
      if (cells[1] != base::NameOf(reason)) continue;
      EXPECT_EQ(cells[4], retry) << cells[1];
    }
  }
}

TEST(StatusMappingTest, OperatorsAreToldWhatToDoAboutEveryReason) {
  std::ifstream file("docs/operations.md");
  std::set<std::string> advised;
  for (std::string line; std::getline(file, line);) {
    // A row's first cell: reasons between backticks.
    const std::vector<std::string> cells = absl::StrSplit(line, '|');
    if (cells.size() < 3) continue;
    for (const absl::string_view part : absl::StrSplit(cells[1], '`')) advised.emplace(part);
  }
  for (const base::Reason reason : base::AllReasons()) {
    EXPECT_EQ(advised.count(std::string(base::NameOf(reason))), 1u)
        << base::NameOf(reason) << " has no row in docs/operations.md";
  }
}

}  // namespace
}  // namespace sessionbroker::rpc
