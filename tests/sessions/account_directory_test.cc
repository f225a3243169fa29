// Accounts that come into memory when somebody asks for them.
#include "service/sessions/account_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/sessions/session_manager.h"
#include "tests/sessions/manager_harness.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::sessions {
namespace {

using ::sessionbroker::testing::HasReason;
using ::sessionbroker::testing::IsOk;
using ::testing::ElementsAre;

// Holds accounts and counts how often each is loaded.
class FakeDirectory final : public AccountDirectory {
 public:
  explicit FakeDirectory(base::Scheduler* scheduler) : scheduler_(scheduler) {}

  bool Has(base::AccountIdView id) const override {
    return accounts.contains({std::string(id.provider), std::string(id.account)});
  }
  std::size_t size() const override { return accounts.size(); }
  std::vector<base::AccountId> List(base::AccountIdView from, bool inclusive,
                                    std::size_t limit) const override {
    const base::AccountId first{std::string(from.provider), std::string(from.account)};
    auto it = inclusive ? accounts.lower_bound(first) : accounts.upper_bound(first);
    std::vector<base::AccountId> ids;
    for (; it != accounts.end() && ids.size() < limit; ++it) ids.push_back(it->first);
    return ids;
  }
  void Load(const base::AccountId& id, LoadCallback done) override {
    ++loads[id.account];
    scheduler_->Post([account = error.ok() ? LoadResult(accounts.at(id)) : LoadResult(error),
                      done = std::move(done)]() mutable { done(std::move(account)); });
  }

  void Add(const std::string& name) {
    auto account = AccountNamed("vtiger", name);
    accounts.emplace(account->id, std::move(account));
  }

  std::map<base::AccountId, std::shared_ptr<const login::Account>> accounts;
  std::map<std::string, int> loads;
  absl::Status error;

 private:
  using LoadResult = absl::StatusOr<std::shared_ptr<const login::Account>>;

  base::Scheduler* const scheduler_;
};

class AccountDirectoryTest : public ::testing::Test, protected ManagerHarness {
 protected:
  AccountDirectoryTest() : ManagerHarness({}) {
    for (const char* name : {"b", "d"}) directory_.Add(name);
    SessionManager::Dependencies dependencies = Dependencies();
    dependencies.directory = &directory_;
    manager = SessionManager::Create(std::move(dependencies), {},
                                     {AccountNamed("vtiger", "a"), AccountNamed("vtiger", "c")})
                  .value();
  }

  std::vector<std::string> List(std::size_t limit = 100) const {
    std::vector<std::string> shown;
    for (const AccountSummary& summary :
         manager->List({.provider = "", .after = std::nullopt, .limit = limit},
                       [](base::AccountIdView) { return true; })) {
      shown.push_back(
          absl::StrCat(summary.id.account, summary.standing == Standing::kLive ? " live" : ""));
    }
    return shown;
  }

  FakeDirectory directory_{&scheduler};
};

TEST_F(AccountDirectoryTest, ManyWhoAskForOneCauseOneLoadAndOneLogin) {
  std::vector<std::shared_ptr<Answer>> answers;
  for (int i = 0; i < 20; ++i) answers.push_back(Ask({"vtiger", "b"}));
  scheduler.RunReady();
  for (const auto& answer : answers) {
    ASSERT_EQ(answer->calls, 1);
    EXPECT_THAT(*answer->result, IsOk());
  }
  EXPECT_EQ(directory_.loads["b"], 1);
  EXPECT_EQ(authenticator.logins(), 1u);
  EXPECT_NE(manager->TryGet({"vtiger", "b"}, absl::ZeroDuration()), nullptr);
  EXPECT_THAT(Get({"vtiger", "b"}), IsOk());
  EXPECT_EQ(directory_.loads["b"], 1);
}

TEST_F(AccountDirectoryTest, OneThatIsNotThereIsUnknownAtOnce) {
  EXPECT_EQ(Ask({"vtiger", "x"})->calls, 1);
  EXPECT_THAT(Get({"vtiger", "x"}), HasReason(base::Reason::kAccountUnknown));
}

TEST_F(AccountDirectoryTest, LoadThatFailsIsToldToAllWhoWaitAndTriedAgainByTheNext) {
  directory_.error = base::MakeError(base::Reason::kSecretUnavailable, "not mounted");
  const auto first = Ask({"vtiger", "b"});
  const auto second = Ask({"vtiger", "b"});
  scheduler.RunReady();
  EXPECT_THAT(*first->result, HasReason(base::Reason::kSecretUnavailable));
  EXPECT_THAT(*second->result, HasReason(base::Reason::kSecretUnavailable));
  directory_.error = absl::OkStatus();
  EXPECT_THAT(Get({"vtiger", "b"}), IsOk());
  EXPECT_EQ(directory_.loads["b"], 2);
}

TEST_F(AccountDirectoryTest, WhoGivesUpIsNotAnsweredAndTheOthersAre) {
  SessionManager::PendingGet pending;
  const auto gone = Ask({"vtiger", "b"}, absl::ZeroDuration(), &pending);
  const auto waits = Ask({"vtiger", "b"});
  EXPECT_TRUE(pending.GiveUp());
  scheduler.RunReady();
  EXPECT_EQ(gone->calls, 0);
  EXPECT_EQ(waits->calls, 1);
}

TEST_F(AccountDirectoryTest, AllAreListedInOrderWhetherInMemoryOrNot) {
  EXPECT_THAT(List(), ElementsAre("a", "b", "c", "d"));
  ASSERT_THAT(Get({"vtiger", "b"}), IsOk());
  EXPECT_THAT(List(), ElementsAre("a", "b live", "c", "d"));
  EXPECT_THAT(List(3), ElementsAre("a", "b live", "c"));
  const StandingCounts counts = manager->CountStandings();
  EXPECT_EQ(counts.live, 1);
  EXPECT_EQ(counts.absent, 3);
}

TEST_F(AccountDirectoryTest, ListsOfManyGoOnFromBatchToBatch) {
  std::vector<std::string> all = {"a", "b", "c", "d"};
  for (int i = 1000; i < 2000; ++i) {
    directory_.Add(absl::StrCat("n", i));
    all.push_back(absl::StrCat("n", i));
  }
  EXPECT_EQ(List(5000), all);
}

TEST_F(AccountDirectoryTest, OneThatIsWatchedComesIntoMemoryAndLogsIn) {
  int wakes = 0;
  const auto watch = manager->Watch({"vtiger", "b"}, [&] { ++wakes; });
  EXPECT_FALSE(watch->Take().has_value());
  scheduler.RunReady();
  EXPECT_EQ(wakes, 1);
  const auto taken = watch->Take();
  ASSERT_TRUE(taken.has_value());
  EXPECT_THAT(*taken, IsOk());
}

TEST_F(AccountDirectoryTest, WatchThatClosesBeforeTheAccountIsThereLeavesNothing) {
  manager->Watch({"vtiger", "b"}, [] { FAIL() << "woken"; });
  scheduler.RunReady();
  EXPECT_EQ(authenticator.logins(), 0u);
}

TEST_F(AccountDirectoryTest, WatchOfWhatCannotBeLoadedEndsWithTheReason) {
  directory_.error = base::MakeError(base::Reason::kSecretUnavailable, "not mounted");
  const auto watch = manager->Watch({"vtiger", "b"}, [] {});
  EXPECT_FALSE(watch->Take().has_value());
  scheduler.RunReady();
  EXPECT_THAT(watch->Take().value(), HasReason(base::Reason::kSecretUnavailable));
}

TEST_F(AccountDirectoryTest, OperatorsAndReportsReachOneThatIsNotInMemory) {
  bool answered = false;
  manager->Unlatch({"vtiger", "b"}, [&](absl::StatusOr<Unlatched> unlatched) {
    EXPECT_THAT(unlatched, IsOk());
    answered = true;
  });
  scheduler.RunReady();
  EXPECT_TRUE(answered);
  answered = false;
  manager->Report("caller", {"vtiger", "d"}, 1,
                  [&](absl::StatusOr<SessionKeeper::Reported> reported) {
                    EXPECT_EQ(reported.value().result, ReportResult::kStaleVersion);
                    answered = true;
                  });
  scheduler.RunReady();
  EXPECT_TRUE(answered);
  EXPECT_EQ(authenticator.logins(), 0u);
}

}  // namespace
}  // namespace sessionbroker::sessions
