// Run as a probe and as a logout.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "service/login/run.h"
#include "tests/login/answers.h"
#include "tests/login/programs.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::login {
namespace {

using ::sessionbroker::testing::HasReason;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kProbedId[] = "5f2a9c41d0e84b7a";
const base::BootTime kProbeStart(absl::Hours(1));
const absl::Time kProbeWall = absl::FromUnixSeconds(1795290140);

// What a probe or logout sent, and how it ended.
struct Asked {
  http::Request request;
  Run::Action end = Outcome::kPermanent;

  const Failure& failure() const { return std::get<Failure>(end); }
};

std::string AgentOf(const Asked& asked) {
  for (const http::Header& header : asked.request.headers) {
    if (header.name == "User-Agent") return header.value;
  }
  return "";
}

Asked Ask(Conversation conversation, std::shared_ptr<const Grant> session,
          absl::StatusOr<http::Response> answer,
          absl::string_view definition = kChallengeDefinition) {
  const auto account =
      MakeAccount(MustCompile(definition), {{"username", "jane"}}, {{"key", "uDFh1i0O56xBHJ9c"}});
  Run run(account, conversation, std::move(session), "agent of today/2", &crypto::SystemRandom());
  Asked asked;
  Run::Action action = run.Next(kProbeStart, kProbeWall);
  if (!std::holds_alternative<http::Request>(action)) {
    asked.end = std::move(action);
    return asked;
  }
  asked.request = std::get<http::Request>(std::move(action));
  run.Feed(std::move(answer));
  asked.end = run.Next(kProbeStart + absl::Seconds(1), kProbeWall + absl::Seconds(1));
  return asked;
}

Asked AskProbe(absl::StatusOr<http::Response> answer) {
  return Ask(Conversation::kProbe, SessionWithId(kProbedId), std::move(answer));
}

TEST(ProbeRunTest, AsksWithTheSessionAndTheUserAgentThatItIsBoundTo) {
  const Asked asked = AskProbe(Response(200, ""));
  EXPECT_EQ(asked.request.method, "GET");
  EXPECT_EQ(asked.request.url, absl::StrCat("https://example.com/probe?sid=", kProbedId));
  EXPECT_EQ(AgentOf(asked), "agent of its login/1");
  EXPECT_EQ(std::get<Outcome>(asked.end), Outcome::kOk);
}

TEST(ProbeRunTest, ASessionBoundToNoUserAgentIsAskedAfterWithTheOneOfToday) {
  Grant grant = *SessionWithId(kProbedId);
  grant.bound_user_agent.clear();
  const Asked asked =
      Ask(Conversation::kProbe, std::make_shared<const Grant>(std::move(grant)), Response(200, ""));
  EXPECT_EQ(AgentOf(asked), "agent of today/2");
}

TEST(ProbeRunTest, ADeadSessionIsFoundOut) {
  EXPECT_EQ(std::get<Outcome>(AskProbe(Response(401, "")).end), Outcome::kSessionExpired);
}

struct ProbeEnding {
  const char* name;
  absl::StatusOr<http::Response> answer;
  base::Reason reason;
  std::optional<absl::Duration> retry_after;
  Reach reach;
};

TEST(ProbeRunTest, WhatSaysNothingAboutTheSessionIsAnError) {
  http::Response later = Response(503, "");
  later.headers.push_back({"Retry-After", "120"});
  const ProbeEnding endings[] = {
      {"locked", Response(423, R"({"left":90})"), base::Reason::kProviderLockedOut,
       absl::Seconds(90), Reach::kAnswered},
      {"transient", Response(503, ""), base::Reason::kProviderUnreachable, absl::Seconds(1),
       Reach::kAnswered},
      {"transient, told for how long", later, base::Reason::kProviderUnreachable,
       absl::Seconds(120), Reach::kAnswered},
      {"permanent", Response(410, ""), base::Reason::kProviderProtocolError, std::nullopt,
       Reach::kAnswered},
      {"no rule", Response(418, ""), base::Reason::kProviderProtocolError, std::nullopt,
       Reach::kAnswered},
      {"a check", Response(200, R"({"owner":"19x2"})"), base::Reason::kProviderProtocolError,
       std::nullopt, Reach::kAnswered},
      {"refused", absl::UnavailableError("refused"), base::Reason::kProviderUnreachable,
       absl::Seconds(1), Reach::kNoAnswer},
      {"late", absl::DeadlineExceededError("late"), base::Reason::kProviderUnreachable,
       absl::Seconds(1), Reach::kNoAnswer},
      {"broken off", absl::DataLossError("broken off"), base::Reason::kProviderUnreachable,
       absl::Seconds(1), Reach::kNoAnswer},
      {"a forbidden address", absl::PermissionDeniedError("metadata"),
       base::Reason::kProviderUnreachable, absl::Seconds(1), Reach::kNoAnswer},
      {"too long", absl::ResourceExhaustedError("too long"), base::Reason::kProviderProtocolError,
       std::nullopt, Reach::kAnswered},
      {"no request", absl::InvalidArgumentError("no URL"), base::Reason::kProviderProtocolError,
       std::nullopt, Reach::kNothingSent},
  };
  for (const ProbeEnding& ending : endings) {
    const Asked asked = AskProbe(ending.answer);
    ASSERT_TRUE(std::holds_alternative<Failure>(asked.end)) << ending.name;
    const absl::Status& status = asked.failure().status;
    EXPECT_THAT(status, HasReason(ending.reason)) << ending.name;
    EXPECT_EQ(base::DetailsOf(status).retry_after, ending.retry_after) << ending.name;
    EXPECT_EQ(ReachOf(status), ending.reach) << ending.name;
    EXPECT_EQ(ReachedProvider(status), ending.reach == Reach::kAnswered) << ending.name;
    EXPECT_THAT(std::string(status.message()), HasSubstr("step \"probe\": ")) << ending.name;
  }
}

TEST(ProbeRunTest, AnAttributeThatTheSessionLacksIsEmpty) {
  Grant grant = *SessionWithId(kProbedId);
  grant.attributes.clear();
  const auto session = std::make_shared<const Grant>(std::move(grant));
  EXPECT_EQ(
      std::get<Outcome>(Ask(Conversation::kProbe, session, Response(200, R"({"owner":""})")).end),
      Outcome::kOk);
}

TEST(ProbeRunTest, OperatorsDoNotSeeTheSession) {
  const Asked asked = AskProbe(
      Response(418, absl::StrCat("no teapot for ", kProbedId, ", Demo ", kProbedId, " nor 19x1")));
  EXPECT_THAT(asked.failure().operator_detail, HasSubstr("no teapot for <redacted>"));
  EXPECT_THAT(asked.failure().operator_detail, Not(HasSubstr(kProbedId)));
  EXPECT_THAT(asked.failure().operator_detail, Not(HasSubstr("19x1")));
}

TEST(LogoutRunTest, EndsTheSession) {
  const Asked asked =
      Ask(Conversation::kLogout, SessionWithId("a/b"), Response(200, "whatever it says"));
  EXPECT_EQ(asked.request.method, "DELETE");
  EXPECT_EQ(asked.request.url, "https://example.com/sessions/a%2Fb");
  EXPECT_EQ(AgentOf(asked), "agent of its login/1");
  EXPECT_EQ(std::get<Outcome>(asked.end), Outcome::kOk);
}

TEST(LogoutRunTest, OneThatWasGoneIsNoError) {
  EXPECT_EQ(std::get<Outcome>(
                Ask(Conversation::kLogout, SessionWithId(kProbedId), Response(404, "")).end),
            Outcome::kSessionExpired);
}

TEST(LogoutRunTest, OneThatMayLiveOnIs) {
  const Asked asked = Ask(Conversation::kLogout, SessionWithId(kProbedId), Response(503, ""));
  EXPECT_THAT(asked.failure().status, HasReason(base::Reason::kProviderUnreachable));
}

TEST(LogoutRunTest, AnIdThatFitsNowhereIsNotSent) {
  const Asked asked = Ask(Conversation::kLogout, SessionWithId(".."), Response(200, ""));
  EXPECT_THAT(asked.failure().status, HasReason(base::Reason::kProviderProtocolError));
  EXPECT_EQ(ReachOf(asked.failure().status), Reach::kNothingSent);
}

}  // namespace
}  // namespace sessionbroker::login
