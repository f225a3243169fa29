// The broker is killed at random points of many first logins, again and again: after each kill
// everybody who has been told of a session or a refusal is told the same, and the provider has seen
// no further login with a refused key.
// SB_KILLS, SB_LOGINS and SB_SEED as in nonce_kill_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/e2e/end_to_end_test.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::e2e {
namespace {

int64_t SettingOr(const char* name, int64_t otherwise) {
  const char* const text = std::getenv(name);
  int64_t value = 0;
  return text != nullptr && absl::SimpleAtoi(text, &value) ? value : otherwise;
}

class SessionKillTest : public EndToEndTest {
 protected:
  // So many accounts of both families, and one of vtiger's whose key is wrong.
  BrokerConfig ManyAccounts(int count) {
    BrokerConfig config;
    config.log_level = "error";
    // A login that a kill cuts short counts too.
    config.more = absl::StrCat("sealing_keys:\n- {insecure_inline: ", std::string(64, 'a'), "}\n",
                               "outbound: {max_logins_per_hour: 10000}\n");
    for (const char* family : {"vtiger", "tipmoto"}) {
      const bool is_vtiger = std::string(family) == "vtiger";
      AccountConfig account = DemoAccount(family);
      simulator::User user;
      user.name = "user*";
      user.access_key = account.secrets.at(is_vtiger ? "access_key" : "password");
      EXPECT_THAT(simulator().SetUser(family, user), testing::IsOk());
      for (int i = 0; i < count; ++i) {
        account.account = absl::StrCat("account", i);
        account.parameters[is_vtiger ? "username" : "login"] = absl::StrCat("user", i);
        config.accounts.push_back(account);
      }
    }
    AccountConfig wrong = config.accounts.front();
    wrong.account = "wrong";
    wrong.parameters["username"] = "user-wrong";
    wrong.secrets["access_key"] = "0123456789abcdef";
    config.accounts.insert(config.accounts.begin(), wrong);
    return config;
  }

  // What a caller was told of an account: a session, or that the credentials are refused, and how
  // many such logins the provider had seen by then.
  struct Told {
    v1::Session session;
    int64_t refused_logins = 0;
  };

  static std::unique_ptr<PendingGetSession> Ask(v1::SessionBroker::Stub* stub,
                                                const AccountConfig& account) {
    return std::make_unique<PendingGetSession>(stub, account.provider, account.account);
  }

  // It is what was told of account `i` before, if anything.
  void Check(int i, const AccountConfig& account, const Answer& answer, std::map<int, Told>* told) {
    const auto before = told->find(i);
    checks_ += before != told->end() ? 1 : 0;
    if (account.account == "wrong") {
      ASSERT_EQ(answer.reason, "CREDENTIALS_REJECTED") << answer;
      const auto [it, is_new] = told->try_emplace(i, Told{{}, RefusedLogins()});
      ASSERT_EQ(RefusedLogins(), it->second.refused_logins);
      return;
    }
    ASSERT_TRUE(answer.ok()) << answer;
    if (before == told->end()) {
      told->emplace(i, Told{answer.session, 0});
      return;
    }
    ASSERT_EQ(answer.session.version(), before->second.session.version()) << account.account;
    ASSERT_TRUE(answer.session.id() == before->second.session.id()) << account.account;
  }

  int64_t checks_ = 0;

  int64_t RefusedLogins() {
    const simulator::Counters counters = simulator().counters();
    return counters.Count("vtiger", "login") - counters.Count("vtiger", "login", "ok");
  }
};

TEST_F(SessionKillTest, WhatCallersWereToldHoldsHoweverOftenTheBrokerIsKilled) {
  const auto kills = static_cast<int>(SettingOr("SB_KILLS", 3));
  const auto logins = static_cast<int>(SettingOr("SB_LOGINS", 60));
  const auto seed =
      static_cast<unsigned int>(SettingOr("SB_SEED", int64_t{std::random_device()()}));
  std::cout << "SB_SEED=" << seed << std::endl;
  std::mt19937 random(seed);
  const BrokerConfig config = ManyAccounts(logins / 2);
  const int accounts = static_cast<int>(config.accounts.size());

  std::map<int, Told> told;
  for (int kill = 0; kill <= kills; ++kill) {
    const auto broker = StartBroker(config);
    ASSERT_NE(broker, nullptr);
    const auto stub = broker->Stub();
    const bool last = kill == kills;
    // More each time, so that some always log in for the first time.
    const int asked = accounts * (kill + 1) / (kills + 1);
    std::vector<std::unique_ptr<PendingGetSession>> pending;
    // Who was told anything before is told the same…
    for (int i = 0; i < asked; ++i) {
      if (told.contains(i) || last) pending.push_back(Ask(stub.get(), config.accounts[i]));
    }
    int next = 0;
    for (int i = 0; i < asked; ++i) {
      if (told.contains(i) || last) Check(i, config.accounts[i], pending[next++]->Wait(), &told);
    }
    // …and of those who ask for the first time some are, before the broker dies.
    pending.clear();
    std::vector<int> first;
    for (int i = 0; i < asked; ++i) {
      if (!told.contains(i)) first.push_back(i);
    }
    for (const int i : first) pending.push_back(Ask(stub.get(), config.accounts[i]));
    const int answers =
        std::uniform_int_distribution<int>(0, static_cast<int>(first.size()))(random);
    for (int i = 0; i < answers; ++i) {
      Check(first[i], config.accounts[first[i]], pending[i]->Wait(), &told);
    }
    ASSERT_FALSE(HasFailure()) << "after " << kill << " kills";
    if (last) break;
    broker->process().Signal(SIGKILL);
    ASSERT_THAT(broker->process().Wait(), testing::IsOk());
  }
  EXPECT_EQ(told.size(), config.accounts.size());
  const simulator::Counters counters = simulator().counters();
  std::cout << checks_ << " promises checked, " << kills << " kills, " << told.size()
            << " sessions, "
            << counters.Count("vtiger", "login", "ok") + counters.Count("tipmoto", "login", "ok")
            << " logins, " << RefusedLogins() << " refused\n";
}

}  // namespace
}  // namespace sessionbroker::e2e
