// Sessions under whatever may happen to them, in whatever order: what must always hold.
//
// SB_SEED is the seed of the first run and SB_RUNS how many there are; a run that fails names its
// seed and is repeated with a trace.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "service/base/error.h"
#include "service/crypto/random.h"
#include "service/crypto/sealing.h"
#include "service/login/authenticator.h"
#include "service/login/reach.h"
#include "service/secrets/secret.h"
#include "service/sessions/account_records.h"
#include "service/sessions/gated_authenticator.h"
#include "service/sessions/session_manager.h"
#include "tests/sessions/manager_harness.h"
#include "tests/sessions/unreliable_store.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/fake_scheduler.h"

namespace sessionbroker::sessions {
namespace {

using login::ProbeResult;

constexpr int kStepsARun = 120;
constexpr absl::Duration kLongestDelay = absl::Seconds(20);
constexpr LoginBudgetPolicy kSmallBudget = {
    .limit = 6, .for_renewals = 2, .window = absl::Hours(1)};
constexpr char kIdAttribute[] = "id";

class Dice {
 public:
  explicit Dice(uint64_t seed) : source_(seed) {}

  // From [0, end).
  int Below(int end) { return static_cast<int>(source_() % static_cast<uint64_t>(end)); }
  bool Percent(int chance) { return Below(100) < chance; }
  double Share() { return static_cast<double>(source_() >> 11) / 9007199254740992.0; }
  // Whole nanoseconds, as clocks tell them.
  absl::Duration UpTo(absl::Duration longest) {
    return absl::Nanoseconds(absl::ToInt64Nanoseconds(longest * Share()));
  }
  // Mostly short, sometimes hours.
  absl::Duration Span() {
    const absl::Duration longest[] = {absl::Milliseconds(20), absl::Seconds(3),  absl::Seconds(40),
                                      absl::Seconds(400),     absl::Minutes(40), absl::Hours(3)};
    return UpTo(longest[Below(6)]);
  }

 private:
  std::mt19937_64 source_;
};

std::string IdOf(const login::Grant& grant) { return grant.attributes.front().second; }

std::string FingerprintText(const login::Account& account) {
  return std::string(PlainFingerprintOf(account)->bytes());
}

// What is known of an account from outside.
struct Watched {
  base::AccountId id;
  bool has_probe = false;
  bool has_logout = false;

  // As the manager was told last, and as it has taken up; nullptr: removed.
  std::shared_ptr<const login::Account> configured;
  std::shared_ptr<const login::Account> effective;

  // Probes and logins at the provider.
  int under_way = 0;
  // Logins that count, by when they began.
  std::vector<base::BootTime> begun;
  // The inputs that the provider refused, and whether that outlasts the process.
  std::optional<std::string> latched_on;
  bool latch_is_durable = false;

  // Of the last session handed out.
  int64_t version = 0;
  std::string session;
  // By session: the last end that was handed out; which of them a probe found dead.
  std::map<std::string, base::BootTime> promised;
  std::set<std::string> dead;
  std::set<std::string> dead_durably;
  int hand_outs = 0;
  // Removals that the manager has not taken up yet.
  int leaving = 0;
  // What the provider gave last.
  std::optional<login::Grant> given;
};

class World;

// Does what the dice say, a while later.
class DicedProvider final : public login::Authenticator {
 public:
  explicit DicedProvider(World* world) : world_(world) {}

  void Login(std::shared_ptr<const login::Account> account, Callback done) override;
  void Probe(std::shared_ptr<const login::Account> account,
             std::shared_ptr<const login::Grant> grant, ProbeCallback done) override;
  void Logout(std::shared_ptr<const login::Account> account,
              std::shared_ptr<const login::Grant> grant, LogoutCallback done) override;

 private:
  absl::Duration Delay() const;
  absl::StatusOr<login::Grant> AnswerLogin(Watched& watched, absl::Duration arrived);
  login::Grant Give(Watched& watched, absl::Duration arrived);

  World* const world_;
  int last_id_ = 0;
  // When a session was given last.
  std::map<std::string, absl::Duration> born_;
};

// A login that waits for its turn begins so much later than it counts.
constexpr absl::Duration kLongestTurn = absl::Seconds(31);

class World {
 public:
  World(uint64_t seed, bool tracing) : dice(seed), tracing_(tracing), provider_(this) {
    for (const char* name : {"both", "logout", "neither"}) {
      Watched& watched = accounts_.emplace_back();
      watched.id = {.provider = "demo", .account = name};
      watched.has_probe = std::string(name) == "both";
      watched.has_logout = std::string(name) != "neither";
      watched.configured = SomeConfiguration(watched);
    }
    keys_ = KeysForWorld();
    Start();
  }
  ~World() {
    durable_.Crash(0);
    sessions_.Crash(0);
    End();
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // Empty: all that must hold did.
  const std::string& fault() const { return fault_; }
  const std::vector<std::string>& trace() const { return trace_; }

  void Run() {
    for (int i = 0; i < kStepsARun && fault_.empty(); ++i) Step();
    if (fault_.empty()) Settle();
  }

  // --- For the provider ---

  Dice dice;
  testing::FakeClock clock;
  bool healthy = false;

  base::Scheduler& scheduler() { return *scheduler_; }
  // Not nullptr: only what is configured is called for.
  Watched& Of(const login::Account& account) {
    return *std::find_if(accounts_.begin(), accounts_.end(),
                         [&](const Watched& watched) { return watched.id == account.id; });
  }
  void Fault(const std::string& text) {
    Note("FAULT: " + text);
    if (fault_.empty()) fault_ = text;
  }
  template <typename... Parts>
  void Note(const Parts&... parts) {
    if (tracing_) {
      trace_.push_back(
          absl::StrCat(absl::FormatDuration(clock.BootNow().since_boot()), " ", parts...));
    }
  }

  // By the provider's own clock, which nobody sets.
  absl::Duration TrueNow() const { return clock.BootNow().since_boot() + in_earlier_boots_; }
  // When the provider forgets a session.
  std::map<std::string, absl::Duration> ends;

  bool IsCurrent(const login::Account& account) {
    const Watched& watched = Of(account);
    return watched.effective != nullptr &&
           generation_.at(&account) == generation_.at(watched.effective.get());
  }

 private:
  struct Asked {
    bool answered = false;
    bool given_up = false;
    SessionManager::PendingGet pending;
  };

  static crypto::SealingKeys KeysForWorld() {
    std::vector<crypto::SealingKey> keys;
    keys.push_back(*crypto::SealingKey::FromText(secrets::Secret(std::string(64, '1'))));
    return *crypto::SealingKeys::Create(std::move(keys));
  }

  std::shared_ptr<const login::Account> SomeConfiguration(const Watched& watched) {
    auto account = std::make_shared<login::Account>();
    account->id = watched.id;
    const char* const urls[] = {"https://shared.example/a", "https://shared.example/b",
                                "https://other.example"};
    account->base_url = urls[dice.Percent(70) ? 0 : dice.Below(3)];
    account->parameters["login"] = absl::StrCat(dice.Below(3));
    account->idle = absl::Seconds(1000);
    const bool same = watched.configured != nullptr &&
                      FingerprintText(*watched.configured) == FingerprintText(*account);
    generation_[account.get()] = same ? generation_.at(watched.configured.get()) : ++generations_;
    kept_alive_.push_back(account);
    return account;
  }

  // --- Processes ---

  void Start() {
    Note("starts");
    scheduler_ = std::make_unique<testing::FakeScheduler>(&clock);
    current_.Set(scheduler_.get());
    durable_.Fail(false);
    sessions_.Fail(false);
    durable_failed_ = sessions_failed_ = false;
    least_offset_ = Offset();
    records_ = std::make_unique<AccountRecords>(
        AccountRecords::Options{.durable = &durable_,
                                .sessions = &sessions_,
                                .scheduler = scheduler_.get(),
                                .clock = &clock,
                                .keys = keys_,
                                .boot_id = absl::StrCat("boot-", boots_),
                                .random = &crypto::SystemRandom()});
    gated_ = std::make_unique<GatedAuthenticator>(
        &provider_, scheduler_.get(), &clock,
        GatedAuthenticator::Options{.origin = {.max_in_flight = 2}});
    SessionManager::Dependencies all = PlainDependencies([this](const login::Account& account) {
      AccountPolicy policy;
      policy.life.idle = account.idle;
      policy.has_probe = Of(account).has_probe;
      policy.has_logout = Of(account).has_logout;
      policy.budget = kSmallBudget;
      return policy;
    });
    all.clock = &clock;
    all.scheduler = scheduler_.get();
    all.authenticator = gated_.get();
    all.metrics = &metrics_;
    all.records = records_.get();
    all.random = [this] { return dice.Share(); };
    std::vector<std::shared_ptr<const login::Account>> configured;
    for (Watched& watched : accounts_) {
      watched.effective = watched.configured;
      if (watched.configured != nullptr) configured.push_back(watched.configured);
      if (watched.configured == nullptr) Forget(watched);
      CloseLatch(watched);
    }
    manager_ = *SessionManager::Create(std::move(all), {}, std::move(configured));
    manager_->Restore([&](const absl::StatusOr<SessionManager::RestoreReport>& report) {
      if (!report->example.ok()) Fault(absl::StrCat("unreadable: ", report->example.ToString()));
    });
    scheduler_->RunReady();
  }

  void End() {
    scheduler_.reset();
    manager_.reset();
    gated_.reset();
    records_.reset();
  }

  void Crash(bool reboot) {
    Note(reboot ? "crashes with the machine" : "crashes");
    durable_.Crash(static_cast<std::size_t>(dice.Below(3)));
    sessions_.Crash(static_cast<std::size_t>(dice.Below(3)));
    End();
    asked_.clear();
    // As much time counts as passed as either clock says.
    const absl::Duration jump = std::max(absl::ZeroDuration(), Offset() - least_offset_);
    const base::BootTime before = clock.BootNow();
    // Nobody can know any more how much time has passed since what an earlier boot has left.
    if (set_back_ && (reboot || boots_ > 0)) ends.clear();
    if (reboot) {
      set_back_ = false;
      clock.Reboot(absl::Minutes(1));
      in_earlier_boots_ += before - clock.BootNow();
      ++boots_;
    }
    const absl::Duration shift = (clock.BootNow() - before) - jump;
    for (Watched& watched : accounts_) {
      watched.under_way = 0;
      for (base::BootTime& at : watched.begun) at = at + shift;
      for (auto& [id, end] : watched.promised) end = end + shift;
      if (!watched.latch_is_durable) watched.latched_on = std::nullopt;
      watched.dead = watched.dead_durably;
      if (sessions_failed_) {
        watched.version = 0;
        watched.dead.clear();
        watched.promised.clear();
      }
      watched.dead_durably.clear();
      watched.leaving = 0;
    }
    Start();
  }

  // How far the wall clock is ahead of the boot's.
  absl::Duration Offset() const {
    return (clock.WallNow() - absl::UnixEpoch()) - clock.BootNow().since_boot();
  }

  // --- Steps ---

  Watched& Any() { return accounts_[static_cast<std::size_t>(dice.Below(3))]; }

  void Step() {
    const int kind = dice.Below(100);
    if (kind < 34) {
      Watched& watched = Any();
      Ask(watched, dice.Percent(70) ? absl::ZeroDuration() : dice.UpTo(absl::Seconds(1000)));
    } else if (kind < 37) {
      GiveUp();
    } else if (kind < 44) {
      Report(Any());
    } else if (kind < 46) {
      Unlatch(Any());
    } else if (kind < 50) {
      Configure(Any());
    } else if (kind < 52) {
      Remove(Any());
    } else if (kind < 54) {
      const absl::Duration by = dice.Span() * (dice.Percent(50) ? 1 : -1);
      Note("the wall clock steps by ", absl::FormatDuration(by));
      clock.StepWall(by);
      least_offset_ = std::min(least_offset_, Offset());
      set_back_ = set_back_ || by < absl::ZeroDuration();
    } else if (kind < 56) {
      const bool fails = dice.Percent(40);
      Note("stores ", fails ? "fail" : "work");
      durable_.Fail(fails && dice.Percent(70));
      sessions_.Fail(fails && dice.Percent(70));
      durable_failed_ = durable_failed_ || durable_.failing();
      sessions_failed_ = sessions_failed_ || sessions_.failing();
    } else if (kind < 59) {
      Crash(dice.Percent(20));
    } else if (kind < 70) {
      for (int i = dice.Below(6); i > 0; --i) scheduler_->RunOne();
    } else if (kind < 85) {
      RunReady();
    } else {
      Advance(dice.Span());
    }
  }

  void RunReady() {
    scheduler_->RunReady();
    NoteDurable();
  }
  void Advance(absl::Duration by) {
    Note("time passes: ", absl::FormatDuration(by));
    scheduler_->Advance(by);
    NoteDurable();
  }
  // Nothing is left to be written.
  void NoteDurable() {
    for (Watched& watched : accounts_) {
      if (!durable_failed_) watched.latch_is_durable = watched.latched_on.has_value();
      if (!sessions_failed_) watched.dead_durably = watched.dead;
    }
  }

  void Ask(Watched& watched, absl::Duration min_validity) {
    Note("asks for ", watched.id.account, " ", absl::FormatDuration(min_validity));
    auto asked = std::make_shared<Asked>();
    asked_.push_back(asked);
    asked->pending =
        manager_->Get(watched.id, min_validity,
                      [this, &watched, asked, min_validity](absl::StatusOr<SessionPtr> answer) {
                        if (asked->answered) Fault("a Get is answered twice");
                        if (asked->given_up) Fault("a Get that was given up is answered");
                        asked->answered = true;
                        if (answer.ok()) {
                          CheckHandOut(watched, **answer, min_validity);
                        } else {
                          CheckRefusal(watched, answer.status());
                        }
                      });
  }

  void CheckHandOut(Watched& watched, const Session& session, absl::Duration min_validity) {
    const std::string id = IdOf(session.grant);
    Note("gets ", watched.id.account, " ", id, " version ", session.version, " for ",
         absl::FormatDuration(session.expires_at - clock.BootNow()));
    const absl::Duration left = session.expires_at - clock.BootNow();
    if (left <= absl::ZeroDuration()) Fault(id + " has expired");
    // It counts from when the provider was asked.
    if (left + kLongestDelay < min_validity) Fault(id + " ends before its min_validity");
    const auto end = ends.find(id);
    if (end != ends.end() && TrueNow() >= end->second) Fault(id + " is dead of age");
    if (watched.effective == nullptr) {
      Fault(id + " belongs to an account that was removed");
    } else if (session.base_url != watched.effective->base_url) {
      Fault(id + " is of another base URL");
    }
    if (watched.dead.contains(id)) Fault(id + " was found dead");
    if (session.version < watched.version) Fault(id + " has a lower version than the last");
    if (session.version == watched.version && id != watched.session) {
      Fault(id + " has the version of another");
    }
    ++watched.hand_outs;
    watched.version = session.version;
    watched.session = id;
    base::BootTime& promised = watched.promised[id];
    promised = std::max(promised, session.expires_at);
  }

  void CheckRefusal(Watched& watched, const absl::Status& error) {
    const base::Reason reason = base::DetailsOf(error).reason;
    Note(watched.id.account, " is refused: ", base::NameOf(reason));
    if (reason == base::Reason::kCredentialsRejected && !durable_failed_) {
      watched.latch_is_durable = watched.latched_on.has_value();
    }
    if (reason == base::Reason::kInternal) Fault("an internal error: " + error.ToString());
  }

  void GiveUp() {
    if (asked_.empty()) return;
    const auto& asked =
        asked_[static_cast<std::size_t>(dice.Below(static_cast<int>(asked_.size())))];
    if (asked->given_up) return;
    const bool in_time = asked->pending.GiveUp();
    if (in_time == asked->answered) Fault("GiveUp tells the contrary");
    asked->given_up = in_time;
  }

  void Report(Watched& watched) {
    const int64_t version = watched.version - (dice.Percent(20) ? 1 : 0);
    Note("reports ", watched.id.account, " ", version);
    manager_->Report(absl::StrCat("caller-", dice.Below(3)), watched.id, version,
                     [](const absl::StatusOr<SessionKeeper::Reported>&) {});
  }

  void Unlatch(Watched& watched) {
    Note("unlatches ", watched.id.account);
    manager_->Unlatch(watched.id, [&watched](absl::StatusOr<Unlatched> was) {
      if (!was.ok() || *was == Unlatched::kWasNeither) return;
      if (*was == Unlatched::kWasLatched) watched.latched_on = std::nullopt;
      // Whoever was out of logins begins anew.
      watched.begun.clear();
    });
  }

  void Configure(Watched& watched) {
    watched.configured = SomeConfiguration(watched);
    Note("configures ", watched.id.account, " login ", watched.configured->parameters.at("login"),
         " at ", watched.configured->base_url);
    manager_->Configure(watched.configured);
    scheduler_->Post([this, &watched, configured = watched.configured] {
      watched.effective = configured;
      CloseLatch(watched);
    });
  }
  void Remove(Watched& watched) {
    if (watched.configured == nullptr) return;
    Note("removes ", watched.id.account);
    manager_->Remove(watched.id);
    watched.configured = nullptr;
    ++watched.leaving;
    scheduler_->Post([&watched] {
      --watched.leaving;
      watched.effective = nullptr;
      Forget(watched);
    });
  }
  // What is known of an account goes with it.
  static void Forget(Watched& watched) {
    watched.promised.clear();
    watched.begun.clear();
    watched.version = 0;
    watched.latched_on = std::nullopt;
  }
  // What holds only for other inputs is open.
  void CloseLatch(Watched& watched) {
    if (watched.latched_on.has_value() && watched.effective != nullptr &&
        *watched.latched_on != FingerprintText(*watched.effective)) {
      watched.latched_on = std::nullopt;
    }
  }

  // With everything in order again everyone gets a session.
  void Settle() {
    Note("settles");
    healthy = true;
    durable_.Fail(false);
    sessions_.Fail(false);
    for (Watched& watched : accounts_) {
      if (watched.configured == nullptr) Configure(watched);
    }
    Advance(absl::Hours(2));
    for (const auto& asked : asked_) {
      if (asked->answered == asked->given_up) Fault("a Get is not answered");
    }
    for (Watched& watched : accounts_) Unlatch(watched);
    Advance(absl::Hours(2));
    for (Watched& watched : accounts_) {
      const int before = watched.hand_outs;
      Ask(watched, absl::ZeroDuration());
      Advance(absl::Minutes(1));
      if (watched.hand_outs == before) Fault(watched.id.account + " gets no session any more");
    }
    bool idle = false;
    manager_->Drain();
    manager_->WhenIdle([&idle] { idle = true; });
    Advance(absl::Minutes(1));
    if (!idle) Fault("never idle");
  }

  const bool tracing_;
  std::string fault_;
  std::vector<std::string> trace_;

  std::vector<Watched> accounts_;
  std::vector<std::shared_ptr<Asked>> asked_;
  // The same for configurations between which no login changed.
  std::map<const login::Account*, int> generation_;
  std::vector<std::shared_ptr<const login::Account>> kept_alive_;
  int generations_ = 0;

  absl::Duration in_earlier_boots_;
  int boots_ = 0;
  // The least since the process began.
  absl::Duration least_offset_;
  // The wall clock was, in this boot.
  bool set_back_ = false;

  CurrentScheduler current_;
  UnreliableStore durable_{&current_};
  UnreliableStore sessions_{&current_};
  bool durable_failed_ = false;
  bool sessions_failed_ = false;
  std::optional<crypto::SealingKeys> keys_;
  telemetry::Metrics metrics_;
  DicedProvider provider_;

  std::unique_ptr<testing::FakeScheduler> scheduler_;
  std::unique_ptr<AccountRecords> records_;
  std::unique_ptr<GatedAuthenticator> gated_;
  std::unique_ptr<SessionManager> manager_;
};

absl::Duration DicedProvider::Delay() const {
  if (world_->healthy) return absl::Milliseconds(100);
  return world_->dice.Percent(50) ? absl::ZeroDuration() : world_->dice.UpTo(kLongestDelay);
}

void DicedProvider::Login(std::shared_ptr<const login::Account> account, Callback done) {
  Watched& watched = world_->Of(*account);
  world_->Note("login of ", watched.id.account, " begins");
  if (++watched.under_way > 1) world_->Fault("two are under way for " + watched.id.account);
  if (watched.latched_on == FingerprintText(*account)) {
    world_->Fault(watched.id.account + " logs in though it is latched");
  }
  const base::BootTime now = world_->clock.BootNow();
  const auto counts = std::count_if(
      watched.begun.begin(), watched.begun.end(),
      [&](base::BootTime at) { return at + kSmallBudget.window - kLongestTurn > now; });
  if (counts >= kSmallBudget.limit) world_->Fault(watched.id.account + " exceeds its budget");
  watched.begun.push_back(now);
  // The provider's clock starts when the request arrives, however late the answer comes.
  const absl::Duration arrived = world_->TrueNow();
  world_->scheduler().RunAfter(Delay(), [this, now, arrived, account = std::move(account),
                                         done = std::move(done)]() mutable {
    Watched& ended = world_->Of(*account);
    --ended.under_way;
    absl::StatusOr<login::Grant> answer = AnswerLogin(ended, arrived);
    if (answer.ok()) answer->sent_at = now;
    world_->Note("login of ", ended.id.account, " ends: ",
                 answer.ok() ? IdOf(*answer)
                             : std::string(base::NameOf(base::DetailsOf(answer.status()).reason)));
    if (!answer.ok()) {
      if (!login::ReachedProvider(answer.status()) && !ended.begun.empty()) {
        ended.begun.pop_back();
      }
      if (base::DetailsOf(answer.status()).reason == base::Reason::kCredentialsRejected &&
          world_->IsCurrent(*account)) {
        ended.latched_on = FingerprintText(*account);
        ended.latch_is_durable = false;
      }
    }
    done(std::move(answer));
  });
}

login::Grant DicedProvider::Give(Watched& watched, absl::Duration arrived) {
  if (!watched.given.has_value() || world_->healthy || world_->dice.Percent(90)) {
    const std::string id = absl::StrCat("s", ++last_id_);
    login::Grant grant = testing::GrantWithId(id);
    grant.attributes = {{kIdAttribute, id}};
    if (world_->dice.Percent(20)) grant.idle = absl::Seconds(100);
    if (world_->dice.Percent(20)) grant.absolute = absl::Seconds(1500);
    if (world_->dice.Percent(5)) grant.idle = grant.absolute = std::nullopt;
    grant.bound_to_address = world_->dice.Percent(30);
    watched.given = std::move(grant);
  }
  const login::Grant& grant = *watched.given;
  const std::string id = IdOf(grant);
  watched.dead.erase(id);
  watched.dead_durably.erase(id);
  born_[id] = arrived;
  world_->ends[id] = born_[id] + std::min(grant.idle.value_or(absl::InfiniteDuration()),
                                          grant.absolute.value_or(absl::InfiniteDuration()));
  return grant;
}

absl::StatusOr<login::Grant> DicedProvider::AnswerLogin(Watched& watched, absl::Duration arrived) {
  using base::Reason;
  using login::Reach;
  const auto error = [](Reason reason, Reach reach,
                        std::optional<absl::Duration> told_to_wait = std::nullopt) {
    base::ErrorDetails details;
    details.reason = reason;
    details.retry_after = told_to_wait;
    details.told_to_wait = told_to_wait.has_value();
    return login::WithReach(base::MakeError(details, "by dice"), reach);
  };
  const int kind = world_->healthy ? 0 : world_->dice.Below(100);
  const absl::Duration wait = world_->dice.UpTo(absl::Seconds(600));
  if (kind < 60) return Give(watched, arrived);
  if (kind < 70) return error(Reason::kCredentialsRejected, Reach::kAnswered);
  if (kind < 80) return error(Reason::kProviderUnreachable, Reach::kNoAnswer);
  if (kind < 84) return error(Reason::kProviderProtocolError, Reach::kAnswered);
  if (kind < 88) return error(Reason::kProviderLockedOut, Reach::kAnswered, wait);
  if (kind < 92) return error(Reason::kProviderUnreachable, Reach::kAnswered, wait);
  if (kind < 95) return error(Reason::kQueueFull, Reach::kNothingSent);
  return error(Reason::kProviderUnreachable, Reach::kAnswered);
}

void DicedProvider::Probe(std::shared_ptr<const login::Account> account,
                          std::shared_ptr<const login::Grant> grant, ProbeCallback done) {
  Watched& watched = world_->Of(*account);
  world_->Note("probe of ", watched.id.account, " ", IdOf(*grant), " begins");
  if (!watched.has_probe) world_->Fault(watched.id.account + " is probed");
  if (++watched.under_way > 1) world_->Fault("two are under way for " + watched.id.account);
  const base::BootTime now = world_->clock.BootNow();
  const absl::Duration arrived = world_->TrueNow();
  world_->scheduler().RunAfter(
      Delay(), [this, now, arrived, account = std::move(account), grant = std::move(grant),
                done = std::move(done)]() mutable {
        Watched& ended = world_->Of(*account);
        --ended.under_way;
        const std::string id = IdOf(*grant);
        const auto end = world_->ends.find(id);
        const bool gone = end != world_->ends.end() && arrived >= end->second;
        const int kind = world_->healthy ? 0 : world_->dice.Below(100);
        if (kind >= 85) {
          world_->Note("probe of ", id, " finds out nothing");
          return done(
              login::WithReach(base::MakeError(kind >= 95 ? base::Reason::kQueueFull
                                                          : base::Reason::kProviderUnreachable,
                                               "by dice"),
                               kind >= 95 ? login::Reach::kNothingSent : login::Reach::kNoAnswer));
        }
        const bool alive = kind < 65 && !gone && !ended.dead.contains(id);
        world_->Note("probe of ", id, alive ? ": alive" : ": dead");
        if (alive && end != world_->ends.end()) {
          end->second = std::min(arrived + grant->idle.value_or(absl::InfiniteDuration()),
                                 born_.at(id) + grant->absolute.value_or(absl::InfiniteDuration()));
        }
        if (!alive && world_->IsCurrent(*account)) ended.dead.insert(id);
        done(login::ProbeAnswer{alive ? ProbeResult::kAlive : ProbeResult::kDead, now});
      });
}

void DicedProvider::Logout(std::shared_ptr<const login::Account> account,
                           std::shared_ptr<const login::Grant> grant, LogoutCallback done) {
  Watched& watched = world_->Of(*account);
  const std::string id = IdOf(*grant);
  world_->Note("logout of ", id);
  if (!watched.has_logout) world_->Fault(watched.id.account + " cannot log out");
  const auto promised = watched.promised.find(id);
  if (watched.leaving == 0 && promised != watched.promised.end() &&
      // Records have whole nanoseconds.
      world_->clock.BootNow() + absl::Nanoseconds(1) < promised->second) {
    world_->Fault(id + " is logged out before the end that was promised");
  }
  world_->scheduler().RunAfter(Delay(),
                               [done = std::move(done)]() mutable { done(absl::OkStatus()); });
}

uint64_t NumberFromEnvironment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  uint64_t value = 0;
  return text != nullptr && absl::SimpleAtoi(text, &value) ? value : otherwise;
}

TEST(LifePropertyTest, WhateverHappensSessionsAreWhatTheyPromise) {
  constexpr std::size_t kShown = 60;
  const uint64_t first = NumberFromEnvironment("SB_SEED", 20261122);
  const uint64_t runs = NumberFromEnvironment("SB_RUNS", 300);
  for (uint64_t seed = first; seed < first + runs; ++seed) {
    World world(seed, /*tracing=*/false);
    world.Run();
    if (world.fault().empty()) continue;
    World again(seed, /*tracing=*/true);
    again.Run();
    const std::size_t from = again.trace().size() - std::min(kShown, again.trace().size());
    FAIL() << world.fault() << "; repeat with SB_SEED=" << seed << " SB_RUNS=1\n"
           << absl::StrJoin(again.trace().begin() + static_cast<std::ptrdiff_t>(from),
                            again.trace().end(), "\n");
  }
}

}  // namespace
}  // namespace sessionbroker::sessions
