#include "service/sessions/lifetime.h"

#include <gtest/gtest.h>

#include <optional>
#include <ostream>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/base/clock.h"
#include "service/secrets/secret.h"
#include "tests/sessions/moments.h"

namespace sessionbroker::sessions {

void PrintTo(Zone zone, std::ostream* out) {
  constexpr const char* kNames[] = {"fresh", "advisory", "mandatory", "expired"};
  *out << kNames[static_cast<int>(zone)];
}

namespace {

const base::BootTime kLoginTime(absl::Hours(5));
const absl::Time kLoginWallTime = absl::FromUnixSeconds(1795219200);

TEST(UsableLifeTest, TakesTheEndThatComesFirstLessTheMargin) {
  const struct {
    const char* name;
    std::optional<absl::Duration> idle;
    std::optional<absl::Duration> absolute;
    absl::Duration expected;
  } kCases[] = {
      {"no end", std::nullopt, std::nullopt, absl::InfiniteDuration()},
      {"idle, margin 5 %", absl::Seconds(100), std::nullopt, absl::Seconds(95)},
      {"absolute, margin 5 %", std::nullopt, absl::Seconds(100), absl::Seconds(95)},
      {"just below where 30 s is 5 %", absl::Seconds(580), std::nullopt, absl::Seconds(551)},
      {"where 30 s is 5 %", absl::Seconds(600), std::nullopt, absl::Seconds(570)},
      {"above where 30 s is 5 %", absl::Seconds(601), std::nullopt, absl::Seconds(571)},
      {"a day", std::nullopt, absl::Hours(24), absl::Hours(24) - absl::Seconds(30)},
      {"idle first", absl::Seconds(100), absl::Seconds(200), absl::Seconds(95)},
      {"absolute first", absl::Seconds(200), absl::Seconds(100), absl::Seconds(95)},
      {"one tick", kTick, std::nullopt, kTick},
      {"nothing", absl::ZeroDuration(), std::nullopt, absl::ZeroDuration()},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(UsableLife({.idle = c.idle, .absolute = c.absolute}), c.expected) << c.name;
  }
}

TEST(UsableLifeTest, TheMarginIsThePolicys) {
  const login::ZonePolicy wide = {.margin_percent = 20, .margin_at_most = absl::Seconds(50)};
  const login::ZonePolicy none = {.margin_percent = 0};
  const login::ZonePolicy unbounded = {.margin_at_most = absl::InfiniteDuration()};
  const struct {
    const char* name;
    std::optional<absl::Duration> idle;
    login::ZonePolicy zones;
    absl::Duration expected;
  } kCases[] = {
      {"20 %", absl::Seconds(200), wide, absl::Seconds(160)},
      {"where 50 s are 20 %", absl::Seconds(250), wide, absl::Seconds(200)},
      {"50 s", absl::Seconds(300), wide, absl::Seconds(250)},
      {"no margin", absl::Seconds(200), none, absl::Seconds(200)},
      {"5 % of a long life", absl::Seconds(10000), unbounded, absl::Seconds(9500)},
      {"5 % of no end", std::nullopt, unbounded, absl::InfiniteDuration()},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(UsableLife({.idle = c.idle, .absolute = std::nullopt, .zones = c.zones}), c.expected)
        << c.name;
  }
}

// A session with this usable life, obtained at kLoginTime. Its advisory zone does not begin early.
Session SessionWithLife(absl::Duration usable) {
  Session session;
  session.obtained_at = kLoginTime;
  session.expires_at = kLoginTime + usable;
  session.grant.idle = usable;
  session.zones.early_percent = 0;
  session.zones.margin_percent = 0;
  return session;
}

TEST(ZoneTest, EveryZoneBeginsExactlyAtItsEdge) {
  const struct {
    absl::Duration usable;
    absl::Duration remaining;
    Zone expected;
  } kCases[] = {
      // 30 % are 291 s, 10 % are 97 s, which is more than 60 s.
      {absl::Seconds(970), absl::Seconds(970), Zone::kFresh},
      {absl::Seconds(970), absl::Seconds(291) + kTick, Zone::kFresh},
      {absl::Seconds(970), absl::Seconds(291), Zone::kAdvisory},
      {absl::Seconds(970), absl::Seconds(97), Zone::kAdvisory},
      {absl::Seconds(970), absl::Seconds(60) + kTick, Zone::kAdvisory},
      {absl::Seconds(970), absl::Seconds(60), Zone::kMandatory},
      {absl::Seconds(970), kTick, Zone::kMandatory},
      {absl::Seconds(970), absl::ZeroDuration(), Zone::kExpired},
      {absl::Seconds(970), -kTick, Zone::kExpired},
      // 10 % are 10 s.
      {absl::Seconds(100), absl::Seconds(30) + kTick, Zone::kFresh},
      {absl::Seconds(100), absl::Seconds(30), Zone::kAdvisory},
      {absl::Seconds(100), absl::Seconds(10) + kTick, Zone::kAdvisory},
      {absl::Seconds(100), absl::Seconds(10), Zone::kMandatory},
      {absl::Seconds(100), absl::ZeroDuration(), Zone::kExpired},
      {absl::ZeroDuration(), absl::ZeroDuration(), Zone::kExpired},
      // A day: 60 s count, not 10 %.
      {absl::Hours(24), absl::Seconds(60) + kTick, Zone::kAdvisory},
      {absl::Hours(24), absl::Seconds(60), Zone::kMandatory},
  };
  for (const auto& c : kCases) {
    const Session session = SessionWithLife(c.usable);
    EXPECT_EQ(ZoneOf(session, session.expires_at - c.remaining), c.expected)
        << c.remaining << " of " << c.usable;
  }
}

TEST(ZoneTest, TheAdvisoryZoneBeginsEarlierByTheAccountsShare) {
  // 30 % are 196,605 s; 10 % are 65,535 s, one for each share. By the same hash in Python, main has
  // 13,722 shares, crm-main 25,733.
  constexpr absl::Duration kUsable = absl::Seconds(655350);
  const struct {
    base::AccountId account;
    int early_percent;
    absl::Duration advisory;
  } kCases[] = {
      {{.provider = "tipmoto", .account = "main"}, 10, absl::Seconds(196605 + 13722)},
      {{.provider = "vtiger", .account = "crm-main"}, 10, absl::Seconds(196605 + 25733)},
      {{.provider = "vtiger", .account = "crm-main"}, 20, absl::Seconds(196605 + 2 * 25733)},
      {{.provider = "vtiger", .account = "crm-main"}, 0, absl::Seconds(196605)},
  };
  for (const auto& c : kCases) {
    Session session = SessionWithLife(kUsable);
    session.id = c.account;
    session.zones.early_percent = c.early_percent;
    const base::BootTime edge = session.expires_at - c.advisory;
    EXPECT_EQ(ZoneOf(session, edge - kTick), Zone::kFresh) << c.account.ToString();
    EXPECT_EQ(ZoneOf(session, edge), Zone::kAdvisory) << c.account.ToString();
  }
}

TEST(ZoneTest, TheEdgesAreThePolicys) {
  const struct {
    const char* name;
    login::ZonePolicy zones;
    absl::Duration remaining;
    Zone expected;
  } kCases[] = {
      {"advisory 50 %",
       {.advisory_percent = 50, .early_percent = 0},
       absl::Seconds(50) + kTick,
       Zone::kFresh},
      {"advisory 50 %",
       {.advisory_percent = 50, .early_percent = 0},
       absl::Seconds(50),
       Zone::kAdvisory},
      {"mandatory 20 %", {.mandatory_percent = 20}, absl::Seconds(20) + kTick, Zone::kAdvisory},
      {"mandatory 20 %", {.mandatory_percent = 20}, absl::Seconds(20), Zone::kMandatory},
      {"mandatory 5 s",
       {.mandatory_at_most = absl::Seconds(5)},
       absl::Seconds(5) + kTick,
       Zone::kAdvisory},
      {"mandatory 5 s",
       {.mandatory_at_most = absl::Seconds(5)},
       absl::Seconds(5),
       Zone::kMandatory},
      {"never mandatory", {.mandatory_percent = 0}, kTick, Zone::kAdvisory},
      {"never mandatory", {.mandatory_percent = 0}, absl::ZeroDuration(), Zone::kExpired},
  };
  for (const auto& c : kCases) {
    Session session = SessionWithLife(absl::Seconds(100));
    session.zones = c.zones;
    session.zones.margin_percent = 0;
    EXPECT_EQ(ZoneOf(session, session.expires_at - c.remaining), c.expected)
        << c.name << ", " << c.remaining;
  }
}

TEST(ZoneTest, ASessionWithoutEndStaysFresh) {
  const Session session = SessionWithLife(absl::InfiniteDuration());
  EXPECT_EQ(ZoneOf(session, kLoginTime), Zone::kFresh);
  EXPECT_EQ(ZoneOf(session, kLoginTime + absl::Hours(24 * 3650)), Zone::kFresh);
  EXPECT_EQ(RemainingLife(session, kLoginTime), absl::InfiniteDuration());
  EXPECT_TRUE(IsUsableFor(session, absl::Hours(24 * 3650), kLoginTime));
}

TEST(UsableForTest, MinValidityIsMetUpToExactlyTheRemainingLife) {
  const Session session = SessionWithLife(absl::Seconds(100));
  const base::BootTime now = kLoginTime + absl::Seconds(40);
  EXPECT_TRUE(IsUsableFor(session, absl::ZeroDuration(), now));
  EXPECT_TRUE(IsUsableFor(session, absl::Seconds(60), now));
  EXPECT_FALSE(IsUsableFor(session, absl::Seconds(60) + kTick, now));
}

TEST(UsableForTest, AnExpiredSessionIsNotUsableEvenForNoTime) {
  const Session session = SessionWithLife(absl::Seconds(100));
  EXPECT_TRUE(IsUsableFor(session, absl::ZeroDuration(), session.expires_at - kTick));
  EXPECT_FALSE(IsUsableFor(session, absl::ZeroDuration(), session.expires_at));
}

TEST(NextVersionTest, IsTheWallTimeInMicrosecondsUnlessThatWouldNotRise) {
  const int64_t now = 1795219200000000;
  const absl::Time wall = absl::FromUnixMicros(now);
  EXPECT_EQ(NextVersion(0, wall), now);
  EXPECT_EQ(NextVersion(now - 1, wall), now);
  EXPECT_EQ(NextVersion(now, wall), now + 1);
  EXPECT_EQ(NextVersion(now + 7, wall), now + 8);
  EXPECT_EQ(NextVersion(now, wall - absl::Hours(24)), now + 1);
}

login::Account TipMoto() {
  login::Account account;
  account.id = {.provider = "tipmoto", .account = "main"};
  account.base_url = "https://api.example";
  return account;
}

login::Grant GrantOf(absl::string_view id, std::optional<absl::Duration> idle) {
  login::Grant grant;
  grant.id = secrets::Secret(id);
  grant.idle = idle;
  return grant;
}

TEST(MakeSessionTest, TellsBothClocksWhenItEnds) {
  const Session session =
      MakeSession(TipMoto(), GrantOf("a", absl::Seconds(600)), nullptr, kLoginTime, kLoginWallTime);
  EXPECT_EQ(session.id, TipMoto().id);
  EXPECT_EQ(session.base_url, "https://api.example");
  EXPECT_EQ(session.version, absl::ToUnixMicros(kLoginWallTime));
  EXPECT_EQ(session.issue_time, kLoginWallTime);
  EXPECT_EQ(session.expire_time, kLoginWallTime + absl::Seconds(570));
  EXPECT_EQ(session.obtained_at, kLoginTime);
  EXPECT_EQ(session.expires_at, kLoginTime + absl::Seconds(570));
}

TEST(MakeSessionTest, KeepsThePolicyAndTakesItsMarginOff) {
  const Session session =
      MakeSession(TipMoto(), GrantOf("a", absl::Seconds(600)), nullptr, kLoginTime, kLoginWallTime,
                  {.advisory_percent = 50, .margin_percent = 1});
  EXPECT_EQ(session.expires_at, kLoginTime + absl::Seconds(594));
  EXPECT_EQ(session.zones.advisory_percent, 50);
}

TEST(MakeSessionTest, ALifeWithoutEndHasNoExpireTime) {
  const Session session =
      MakeSession(TipMoto(), GrantOf("a", std::nullopt), nullptr, kLoginTime, kLoginWallTime);
  EXPECT_EQ(session.expire_time, std::nullopt);
  EXPECT_EQ(session.expires_at, base::BootTime::InfiniteFuture());
}

TEST(MakeSessionTest, TheSameIdKeepsVersionAndIssueTimeAndLivesAnew) {
  const Session first =
      MakeSession(TipMoto(), GrantOf("a", absl::Seconds(600)), nullptr, kLoginTime, kLoginWallTime);
  const absl::Duration later = absl::Seconds(700);
  const Session again = MakeSession(TipMoto(), GrantOf("a", absl::Seconds(600)), &first,
                                    kLoginTime + later, kLoginWallTime + later);
  EXPECT_EQ(again.version, first.version);
  EXPECT_EQ(again.issue_time, first.issue_time);
  EXPECT_EQ(again.obtained_at, kLoginTime + later);
  EXPECT_EQ(again.expire_time, kLoginWallTime + later + absl::Seconds(570));
}

TEST(MakeSessionTest, AnotherIdGetsAHigherVersionThoughTheWallClockWentBack) {
  const Session first =
      MakeSession(TipMoto(), GrantOf("a", absl::Seconds(600)), nullptr, kLoginTime, kLoginWallTime);
  const absl::Time earlier = kLoginWallTime - absl::Hours(1);
  const Session next = MakeSession(TipMoto(), GrantOf("b", absl::Seconds(600)), &first,
                                   kLoginTime + absl::Seconds(10), earlier);
  EXPECT_EQ(next.version, first.version + 1);
  EXPECT_EQ(next.issue_time, earlier);
  EXPECT_EQ(next.expire_time, earlier + absl::Seconds(570));
  EXPECT_EQ(next.expires_at, kLoginTime + absl::Seconds(580));
}

TEST(EarlyShareTest, IsTheSameEverywhere) {
  const struct {
    base::AccountId account;
    int expected;
  } kCases[] = {
      {{.provider = "tipmoto", .account = "main"}, 13722},
      {{.provider = "tipmoto", .account = "main2"}, 9279},
      {{.provider = "vtiger", .account = "crm-main"}, 25733},
      {{.provider = "", .account = ""}, 47363},
      {{.provider = "a", .account = "bc"}, 57170},
      {{.provider = "ab", .account = "c"}, 51325},
  };
  for (const auto& c : kCases) EXPECT_EQ(EarlyShareOf(c.account), c.expected);
}

TEST(EarlyShareTest, AccountsThatAreNumberedAreSpreadEvenly) {
  std::array<int, 10> accounts_in_tenth = {};
  for (int i = 0; i < 1000; ++i) {
    const base::AccountId account{.provider = "vtiger", .account = absl::StrCat("crm-", i)};
    ++accounts_in_tenth.at(EarlyShareOf(account) * 10 / 65536);
  }
  for (const int accounts : accounts_in_tenth) {
    EXPECT_GE(accounts, 70);
    EXPECT_LE(accounts, 130);
  }
}

}  // namespace
}  // namespace sessionbroker::sessions
