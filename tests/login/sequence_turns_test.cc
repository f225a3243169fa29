#include "service/login/sequence_turns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/fake_scheduler.h"

namespace sessionbroker::login {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SequenceTurnsTest : public ::testing::Test {
 protected:
  using Ticket = SequenceTurns::Ticket;

  static SequenceTurns::Sequences Keys(const std::string& keys) {
    SequenceTurns::Sequences sequences;
    for (const char key : keys) sequences.insert({"https://a.example", std::string(1, key)});
    return sequences;
  }

  // One letter a sequence; `name` is noted once the turn has come.
  Ticket Enter(const std::string& keys, const std::string& who, const std::string& name) {
    const Ticket ticket = turns_.Enter(Keys(keys), who, [this, name] { begun_.push_back(name); });
    tickets_[name] = ticket;
    return ticket;
  }
  void Leave(const std::string& name) { turns_.Leave(tickets_.at(name)); }

  // Who has begun since the last time.
  std::vector<std::string> Begun() {
    scheduler_.RunReady();
    return std::exchange(begun_, {});
  }

  testing::FakeClock clock_;
  testing::FakeScheduler scheduler_{&clock_};
  SequenceTurns turns_{&scheduler_};
  std::vector<std::string> begun_;
  std::map<std::string, Ticket> tickets_;
};

TEST_F(SequenceTurnsTest, FreeSequenceIsHadAtOnceButNotInsideTheCall) {
  Enter("a", "x", "x1");
  EXPECT_THAT(begun_, IsEmpty());
  EXPECT_THAT(Begun(), ElementsAre("x1"));
  EXPECT_EQ(turns_.Waiting(Keys("a")), 0u);
}

TEST_F(SequenceTurnsTest, OneAtATimeWhileOtherSequencesGoOn) {
  Enter("a", "x", "x1");
  Enter("a", "x", "x2");
  Enter("b", "x", "x3");
  EXPECT_THAT(Begun(), ElementsAre("x1", "x3"));
  EXPECT_EQ(turns_.Waiting(Keys("a")), 1u);
  Leave("x1");
  EXPECT_THAT(Begun(), ElementsAre("x2"));
}

TEST_F(SequenceTurnsTest, CallersTakeTurnsHoweverManyOneOfThemQueuesUp) {
  Enter("a", "x", "x1");
  for (const char* name : {"x2", "x3", "x4"}) Enter("a", "x", name);
  for (const char* name : {"y1", "y2"}) Enter("a", "y", name);
  Enter("a", "z", "z1");
  std::vector<std::string> order;
  for (std::vector<std::string> now = Begun(); !now.empty(); now = Begun()) {
    ASSERT_EQ(now.size(), 1u);
    order.push_back(now[0]);
    Leave(now[0]);
  }
  EXPECT_THAT(order, ElementsAre("x1", "x2", "y1", "z1", "x3", "y2", "x4"));
}

TEST_F(SequenceTurnsTest, WhoComesBackAtOnceIsBehindThoseWhoWait) {
  Enter("a", "x", "x1");
  Enter("a", "y", "y1");
  EXPECT_THAT(Begun(), ElementsAre("x1"));
  Leave("x1");
  Enter("a", "x", "x2");
  EXPECT_THAT(Begun(), ElementsAre("y1"));
}

TEST_F(SequenceTurnsTest, WhoLeavesTheQueueIsPassedOver) {
  Enter("a", "x", "x1");
  Enter("a", "x", "x2");
  Enter("a", "y", "y1");
  Leave("x2");
  EXPECT_EQ(turns_.Waiting(Keys("a")), 1u);
  Leave("x1");
  EXPECT_THAT(Begun(), ElementsAre("y1"));
  Leave("x2");
  Leave("y1");
  EXPECT_THAT(Begun(), IsEmpty());
}

TEST_F(SequenceTurnsTest, WhoLeavesBetweenTheTurnAndItsBeginningIsNotTold) {
  Enter("a", "x", "x1");
  Leave("x1");
  Enter("a", "x", "x2");
  EXPECT_THAT(Begun(), ElementsAre("x2"));
}

TEST_F(SequenceTurnsTest, WhoLeavesAsItBeginsMakesWay) {
  Ticket self = 0;
  self = turns_.Enter(Keys("a"), "x", [&] { turns_.Leave(self); });
  Enter("a", "y", "y1");
  EXPECT_THAT(Begun(), ElementsAre("y1"));
}

TEST_F(SequenceTurnsTest, SetsThatOverlapTakeTurnsAsWholes) {
  for (const char* name : {"ab1", "ab2", "ab3"}) Enter("ab", "x", name);
  Enter("b", "y", "b1");
  Enter("bc", "z", "bc1");
  Enter("c", "z", "c1");
  EXPECT_THAT(Begun(), ElementsAre("ab1")) << "c waits for those who want it longer";
  Leave("ab1");
  EXPECT_THAT(Begun(), ElementsAre("ab2"));
  Leave("ab2");
  EXPECT_THAT(Begun(), ElementsAre("b1"))
      << "the third is behind whoever came before the second's turn";
  Leave("b1");
  EXPECT_THAT(Begun(), ElementsAre("bc1"));
  Leave("bc1");
  EXPECT_THAT(Begun(), ElementsAre("c1", "ab3"));
}

TEST_F(SequenceTurnsTest, WhoeverWaitedBehindOneThatLeavesMayBegin) {
  Enter("a", "x", "a1");
  Enter("ab", "x", "ab1");
  Enter("b", "x", "b1");
  EXPECT_THAT(Begun(), ElementsAre("a1"));
  Leave("ab1");
  EXPECT_THAT(Begun(), ElementsAre("b1"));
}

// Whatever comes and goes: nobody shares a sequence, nobody waits for ever, nothing is left.
TEST_F(SequenceTurnsTest, ByChanceEveryoneGetsItsTurnAlone) {
  constexpr unsigned int kSeed = 4711;
  std::mt19937 random(kSeed);
  const auto below = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
  const std::vector<std::string> sets = {"a", "b", "c", "ab", "bc", "ca", "abc", "d", "ad"};
  std::map<std::string, std::string> wants;
  std::set<std::string> waiting;
  std::vector<std::string> running;
  int served = 0;
  for (int i = 0; i < 5000 || !waiting.empty() || !running.empty(); ++i) {
    ASSERT_LT(i, 50000) << waiting.size() << " wait for ever";
    if (i < 5000 && below(2) == 0) {
      const std::string name = absl::StrCat("n", i);
      wants[name] = sets[below(static_cast<int>(sets.size()))];
      waiting.insert(name);
      Enter(wants[name], absl::StrCat("caller", below(3)), name);
    }
    if (!waiting.empty() && below(10) == 0) {
      const std::string name = *waiting.begin();
      Leave(name);
      waiting.erase(name);
    }
    for (const std::string& name : Begun()) {
      ASSERT_EQ(waiting.erase(name), 1u) << name;
      running.push_back(name);
      ++served;
    }
    std::map<char, int> users;
    for (const std::string& name : running) {
      for (const char key : wants[name]) ASSERT_EQ(++users[key], 1) << key;
    }
    if (!running.empty() && below(2) == 0) {
      const auto place = running.begin() + below(static_cast<int>(running.size()));
      Leave(*place);
      running.erase(place);
    }
  }
  EXPECT_GT(served, 1500);
  for (const std::string& keys : sets) EXPECT_EQ(turns_.Waiting(Keys(keys)), 0u);
}

}  // namespace
}  // namespace sessionbroker::login
