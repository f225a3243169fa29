#ifndef SESSIONBROKER_SERVICE_LOGIN_DRIVER_H_
#define SESSIONBROKER_SERVICE_LOGIN_DRIVER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "service/base/clock.h"
#include "service/base/scheduler.h"
#include "service/crypto/random.h"
#include "service/http/transport.h"
#include "service/login/account.h"
#include "service/login/authenticator.h"
#include "service/login/conversation.h"
#include "service/login/grant.h"
#include "service/login/kept_values.h"
#include "service/login/run.h"
#include "service/login/sequence_source.h"
#include "service/login/sequence_turns.h"
#include "service/login/trace.h"

namespace sessionbroker::login {

// What became of one login, probe or logout, for logs and counters. Lives for the call.
struct LoginReport {
  Conversation conversation;
  const Account& account;
  // Ok, or what the caller gets.
  const absl::Status& status;
  // Where the status is ok: kOk, or kSessionExpired where a probe or logout found the session dead.
  Outcome outcome;
  // For the operator's log alone, see Failure.
  const std::string& operator_detail;
  // From the call to the end, waiting for its turn included.
  absl::Duration duration;
  // How much of it was waiting for its turn.
  absl::Duration waited;
  // How many requests were sent.
  std::size_t requests = 0;
};

// Told of each of them just before its callback, on the scheduler's thread. Must not block.
using LoginObserver = std::function<void(const LoginReport&)>;

// Runs logins, probes and logouts over a transport: so many at once, the rest wait in order, all of
// them alike. What is said of logins holds for the others too. Login, Probe, Logout and Shutdown
// are thread-safe; everything else happens on the scheduler's thread.
class LoginDriver final : public Authenticator {
 public:
  struct Options {
    // Logins under way at once.
    std::size_t max_in_flight = 512;
    // More than so many waiting ones are turned away with kQueueFull.
    std::size_t max_waiting = 100000;
    // One login, waiting included. Whoever has had no turn by then gets kQueueFull, whoever has got
    // one kProviderUnreachable.
    absl::Duration login_timeout = absl::Seconds(30);
    // One request.
    absl::Duration request_timeout = absl::Seconds(10);
    std::size_t max_response_bytes = std::size_t{1} << 20;
    std::string user_agent = "session-broker/1";
    // Sees every exchange of every login; outlives the driver. Unset: nobody looks on.
    Trace* trace = nullptr;
  };

  // What logins need from elsewhere. A login that needs what is not there fails with kInternal.
  struct Sources {
    SequenceSource* sequences = nullptr;
    KeptValues* kept = nullptr;
    // The order in which sequences are used, shared with whoever else uses them.
    SequenceTurns* turns = nullptr;
  };

  // Everything must outlive the driver. `observer` may be empty. The driver is destroyed once the
  // scheduler runs no more tasks; a login that is not over by then never calls back.
  LoginDriver(base::Scheduler* scheduler, http::Transport* transport, const base::Clock* clock,
              crypto::RandomSource* random, Options options, LoginObserver observer,
              Sources sources);
  LoginDriver(base::Scheduler* scheduler, http::Transport* transport, const base::Clock* clock,
              crypto::RandomSource* random, Options options, LoginObserver observer)
      : LoginDriver(scheduler, transport, clock, random, std::move(options), std::move(observer),
                    Sources()) {}
  ~LoginDriver() override;
  LoginDriver(const LoginDriver&) = delete;
  LoginDriver& operator=(const LoginDriver&) = delete;

  void Login(std::shared_ptr<const Account> account, Callback done) override;
  void Probe(std::shared_ptr<const Account> account, std::shared_ptr<const Grant> grant,
             ProbeCallback done) override;
  void Logout(std::shared_ptr<const Account> account, std::shared_ptr<const Grant> grant,
              LogoutCallback done) override;

  // What waits, and what comes later, gets kDraining; logins under way go on to their end.
  void Shutdown();

 private:
  struct Answered {
    Outcome outcome;
    base::BootTime sent_at;
  };
  // How a conversation ended well: a login with a Grant, the others as Run says.
  using Ending = std::variant<Grant, Answered>;
  using Done = absl::AnyInvocable<void(absl::StatusOr<Ending>)>;
  struct Waiting {
    Conversation conversation;
    std::shared_ptr<const Account> account;
    // Of a probe or logout.
    std::shared_ptr<const Grant> session;
    Done done;
    base::BootTime since;
  };
  struct Flight {
    Flight(Waiting begun, base::BootTime now, crypto::RandomSource* random, const Options& options);

    const Conversation conversation;
    const std::shared_ptr<const Account> account;
    Done done;
    const base::BootTime since;
    const absl::Duration waited;
    Run run;
    http::Transport::ExchangeId exchange = 0;
    base::Scheduler::TimerId timer = 0;
    // In hand while what is kept is being stored.
    std::optional<Grant> grant;
    // For all of its account's sequences, from its first number to its end; 0: it needed none yet.
    SequenceTurns::Ticket turn = 0;
    // Asked for once the turn has come.
    std::optional<NumberRequest> number;
  };
  using FlightId = uint64_t;

  void Begin(Conversation conversation, std::shared_ptr<const Account> account,
             std::shared_ptr<const Grant> session, Done done);
  void Admit(Waiting waiting);
  void StartNext();
  void Start(Waiting waiting);
  // Gets what earlier logins of the account left, then begins.
  void Recall(FlightId id);
  void Step(FlightId id);
  void Send(FlightId id, http::Request request);
  // Waits for its turn with the account's sequences, if this is its first number.
  void AwaitNumber(FlightId id, NumberRequest number);
  void GetNumber(FlightId id);
  void LeaveTurn(Flight& flight);
  // Stores what the next login needs, then ends this one.
  void Keep(FlightId id, Grant grant);
  // The login took too long.
  void GiveUp(FlightId id);
  void Finish(FlightId id, absl::StatusOr<Ending> result, const std::string& operator_detail);
  // Those that have waited as long as a login may take.
  void TurnAwayLateOnes();
  // Does it now, and sees to it that it is done again when the next one is late.
  void WatchQueue();
  void Refuse(Waiting waiting, absl::Status status);

  base::Scheduler* const scheduler_;
  http::Transport* const transport_;
  const base::Clock* const clock_;
  crypto::RandomSource* const random_;
  const Options options_;
  const LoginObserver observer_;
  const Sources sources_;

  // On the scheduler's thread alone.
  std::deque<Waiting> waiting_;
  base::Scheduler::TimerId queue_timer_ = 0;
  std::unordered_map<FlightId, std::unique_ptr<Flight>> flights_;
  FlightId last_flight_ = 0;
  bool starting_ = false;
  bool draining_ = false;
};

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_DRIVER_H_
