#include "service/sessions/origin_gate.h"

#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "service/base/error.h"
#include "tests/sessions/moments.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::sessions {
namespace {

using ::sessionbroker::testing::HasReason;

class OriginGateTest : public ::testing::Test {
 protected:
  using Ticket = OriginGate::Ticket;

  // What the gate says now; a ticket it gives is dropped again.
  std::string Verdict() {
    const OriginGate::Admission admission = gate.Admit(now);
    if (const auto* ticket = std::get_if<Ticket>(&admission)) {
      gate.EndDropped(*ticket);
      return "begin";
    }
    return std::holds_alternative<OriginGate::Wait>(admission) ? "wait" : "fail fast";
  }
  Ticket Begin() {
    const OriginGate::Admission admission = gate.Admit(now);
    const auto* ticket = std::get_if<Ticket>(&admission);
    EXPECT_NE(ticket, nullptr);
    return ticket == nullptr ? Ticket() : *ticket;
  }
  // All that may begin now.
  std::vector<Ticket> BeginAll() {
    std::vector<Ticket> tickets;
    while (tickets.size() < 1000) {
      const OriginGate::Admission admission = gate.Admit(now);
      const auto* ticket = std::get_if<Ticket>(&admission);
      if (ticket == nullptr) break;
      tickets.push_back(*ticket);
    }
    return tickets;
  }
  absl::Status FailFastError() {
    const OriginGate::Admission admission = gate.Admit(now);
    const auto* fail_fast = std::get_if<OriginGate::FailFast>(&admission);
    EXPECT_NE(fail_fast, nullptr);
    return fail_fast == nullptr ? absl::OkStatus() : fail_fast->error;
  }
  void Fail(const Ticket& ticket, absl::string_view cause = "no answer") {
    gate.EndUnreached(ticket, base::MakeError(base::Reason::kProviderUnreachable, cause), now);
  }
  void FailInARow(int times) {
    for (int i = 0; i < times; ++i) Fail(Begin());
  }

  base::BootTime now{absl::Hours(5)};
  OriginGate gate{OriginPolicy()};
};

TEST_F(OriginGateTest, ThirtyTwoLoginsAreInFlightAndOneMoreForEachThatEnds) {
  const std::vector<Ticket> tickets = BeginAll();
  ASSERT_EQ(tickets.size(), 32u);
  EXPECT_EQ(Verdict(), "wait");
  gate.EndReached(tickets[0]);
  EXPECT_EQ(BeginAll().size(), 1u);
  Fail(tickets[1]);
  EXPECT_EQ(BeginAll().size(), 1u);
  gate.EndDropped(tickets[2]);
  EXPECT_EQ(BeginAll().size(), 1u);
}

TEST_F(OriginGateTest, FiveFailuresInARowLetOneTryWhileOthersFailFast) {
  FailInARow(4);
  EXPECT_EQ(Verdict(), "begin");
  FailInARow(1);
  const Ticket trial = Begin();
  EXPECT_EQ(Verdict(), "fail fast");
  EXPECT_THAT(FailFastError(), HasReason(base::Reason::kBackingOff));
  Fail(trial);
  EXPECT_EQ(Verdict(), "fail fast");
}

TEST_F(OriginGateTest, AnAnswerBetweenThemEndsTheRow) {
  FailInARow(4);
  gate.EndReached(Begin());
  FailInARow(4);
  EXPECT_EQ(BeginAll().size(), 32u);
}

TEST_F(OriginGateTest, ADroppedLoginNeitherLengthensNorEndsTheRow) {
  FailInARow(4);
  gate.EndDropped(Begin());
  EXPECT_EQ(BeginAll().size(), 32u);
}

TEST_F(OriginGateTest, ADroppedLoginBetweenFailuresStillOpensAtTheFifth) {
  FailInARow(4);
  gate.EndDropped(Begin());
  FailInARow(1);
  Begin();
  EXPECT_EQ(Verdict(), "fail fast");
}

TEST_F(OriginGateTest, TheNextTrialComesExactlyAfterThePause) {
  FailInARow(5);
  Fail(Begin());
  now = now + absl::Seconds(1) - kTick;
  EXPECT_EQ(Verdict(), "fail fast");
  now = now + kTick;
  Begin();
  EXPECT_EQ(Verdict(), "fail fast");
}

TEST_F(OriginGateTest, ThoseWhoFailFastAreToldTheLastCauseAndWhenToTryAgain) {
  FailInARow(5);
  Fail(Begin(), "connection refused");
  now = now + absl::Milliseconds(400);
  const absl::Status error = FailFastError();
  EXPECT_EQ(error.message(), "no login for a while; the last one: connection refused");
  EXPECT_EQ(base::DetailsOf(error).metadata.at("cause"), "PROVIDER_UNREACHABLE");
  EXPECT_EQ(base::DetailsOf(error).retry_after, absl::Milliseconds(600));
}

TEST_F(OriginGateTest, ATrialThatIsDroppedLeavesItsTurnToAnother) {
  FailInARow(5);
  const Ticket trial = Begin();
  EXPECT_EQ(Verdict(), "fail fast");
  gate.EndDropped(trial);
  EXPECT_EQ(BeginAll().size(), 1u);
}

TEST_F(OriginGateTest, OnRecoveryTheNumberInFlightDoublesEachRoundUpToTheCap) {
  FailInARow(5);
  gate.EndReached(Begin());
  for (const std::size_t expected : {2, 4, 8, 16, 32, 32}) {
    const std::vector<Ticket> tickets = BeginAll();
    EXPECT_EQ(tickets.size(), expected);
    EXPECT_EQ(Verdict(), "wait");
    for (const Ticket& ticket : tickets) gate.EndReached(ticket);
  }
}

TEST_F(OriginGateTest, AFailureDuringRecoveryBeginsTheRampAgain) {
  FailInARow(5);
  gate.EndReached(Begin());
  for (const Ticket& ticket : BeginAll()) gate.EndReached(ticket);
  std::vector<Ticket> tickets = BeginAll();
  ASSERT_EQ(tickets.size(), 4u);
  Fail(tickets[0]);
  gate.EndDropped(tickets[1]);
  EXPECT_EQ(Verdict(), "wait");
  gate.EndDropped(tickets[2]);
  EXPECT_EQ(BeginAll().size(), 1u);
}

TEST_F(OriginGateTest, FiveFailuresInARowDuringRecoveryOpenItAgain) {
  FailInARow(5);
  gate.EndReached(Begin());
  FailInARow(5);
  Begin();
  EXPECT_EQ(Verdict(), "fail fast");
}

TEST_F(OriginGateTest, FailuresOfLoginsFromBeforeTheOutageDoNotDisturbTheRecovery) {
  const std::vector<Ticket> before = BeginAll();
  for (int i = 0; i < 5; ++i) Fail(before[i]);
  const Ticket trial = Begin();
  for (int i = 5; i < 10; ++i) Fail(before[i]);
  EXPECT_EQ(Verdict(), "fail fast");
  gate.EndReached(trial);
  for (int i = 10; i < 20; ++i) Fail(before[i]);
  EXPECT_EQ(BeginAll().size(), 2u);
}

TEST_F(OriginGateTest, LoginsFromBeforeTheOutageCountForTheCapButNotForTheRamp) {
  const std::vector<Ticket> before = BeginAll();
  for (int i = 0; i < 5; ++i) Fail(before[i]);
  gate.EndReached(Begin());
  // 27 are in flight still, so 5 of the cap are left.
  std::vector<Ticket> tickets = BeginAll();
  EXPECT_EQ(tickets.size(), 2u);
  for (const Ticket& ticket : tickets) gate.EndReached(ticket);
  tickets = BeginAll();
  EXPECT_EQ(tickets.size(), 4u);
  for (const Ticket& ticket : tickets) gate.EndReached(ticket);
  EXPECT_EQ(BeginAll().size(), 5u);
}

TEST_F(OriginGateTest, AnAnswerToALoginFromBeforeTheOutageBeginsTheRecovery) {
  const Ticket before = Begin();
  FailInARow(5);
  const Ticket trial = Begin();
  gate.EndReached(before);
  EXPECT_EQ(BeginAll().size(), 2u);
  // The trial no longer decides anything.
  Fail(trial);
  EXPECT_EQ(Verdict(), "wait");
}

TEST_F(OriginGateTest, ACapOfOneIsNoObstacleToTrialAndRecovery) {
  OriginGate one({.max_in_flight = 1, .failures_to_open = 1, .trial_pause = absl::Seconds(1)});
  const auto begin = [&] { return std::get<Ticket>(one.Admit(now)); };
  one.EndUnreached(begin(), absl::UnavailableError("no answer"), now);
  const Ticket trial = begin();
  EXPECT_TRUE(std::holds_alternative<OriginGate::FailFast>(one.Admit(now)));
  one.EndReached(trial);
  begin();
  EXPECT_TRUE(std::holds_alternative<OriginGate::Wait>(one.Admit(now)));
}

}  // namespace
}  // namespace sessionbroker::sessions
