#include "service/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/testing/status_matchers.h"

namespace sessionbroker::base {
namespace {

using ::sessionbroker::testing::HasReason;
using ::sessionbroker::testing::StatusIs;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

TEST(ErrorTest, EveryReasonSurvivesInAStatusOfItsCode) {
  std::set<std::string> names;
  for (const Reason reason : AllReasons()) {
    const absl::Status status = MakeError(reason, "what happened");
    EXPECT_THAT(status, HasReason(reason));
    EXPECT_THAT(status, StatusIs(CodeOf(reason), "what happened"));
    names.insert(std::string(NameOf(reason)));
  }
  EXPECT_EQ(names.size(), AllReasons().size());
}

TEST(ErrorTest, DetailsSurvive) {
  const absl::Status status = MakeError({.reason = Reason::kProviderUnreachable,
                                         .retry_after = absl::Milliseconds(1500),
                                         .metadata = {{"limit", "30"}, {"actual", "31"}}},
                                        "no answer");
  const ErrorDetails details = DetailsOf(status);
  EXPECT_EQ(details.reason, Reason::kProviderUnreachable);
  EXPECT_EQ(details.retry_after, absl::Milliseconds(1500));
  EXPECT_THAT(details.metadata, UnorderedElementsAre(Pair("limit", "30"), Pair("actual", "31")));
}

TEST(ErrorTest, WaitOfNothingIsNotNoWait) {
  const absl::Status status = MakeError(
      {.reason = Reason::kQueueFull, .retry_after = absl::ZeroDuration(), .metadata = {}}, "full");
  EXPECT_EQ(DetailsOf(status).retry_after, absl::ZeroDuration());
  EXPECT_EQ(DetailsOf(MakeError(Reason::kCredentialsRejected, "no")).retry_after, std::nullopt);
}

TEST(ErrorTest, ErrorMadeElsewhereReadsAsInternal) {
  const ErrorDetails details = DetailsOf(absl::NotFoundError("elsewhere"));
  EXPECT_EQ(details.reason, Reason::kInternal);
  EXPECT_EQ(details.retry_after, std::nullopt);
  EXPECT_THAT(details.metadata, IsEmpty());
}

}  // namespace
}  // namespace sessionbroker::base
