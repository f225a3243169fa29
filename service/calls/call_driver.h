#ifndef SESSIONBROKER_SERVICE_CALLS_CALL_DRIVER_H_
#define SESSIONBROKER_SERVICE_CALLS_CALL_DRIVER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/base/account_id.h"
#include "service/base/clock.h"
#include "service/base/scheduler.h"
#include "service/calls/completion.h"
#include "service/calls/replay.h"
#include "service/calls/request.h"
#include "service/calls/request_check.h"
#include "service/crypto/random.h"
#include "service/http/message.h"
#include "service/http/transport.h"
#include "service/login/account.h"
#include "service/login/sequence_source.h"
#include "service/login/sequence_turns.h"
#include "service/sessions/session.h"
#include "service/sessions/session_manager.h"

namespace sessionbroker::calls {

// What a call is about.
struct CallOrder {
  base::AccountId account;
  Request request;
  // Under which the call takes its turn where requests go one at a time. Not empty.
  std::string caller;
  // How long the caller waits; unset: as long as Options::timeout.
  std::optional<absl::Duration> patience;
  // Asked, where it is set, once a login would begin because of the call; its error ends the call.
  std::function<absl::Status()> admit_login;
};

// The provider's answer to it.
struct CallAnswer {
  int status = 0;
  // As HeadersForCaller leaves them.
  std::vector<http::Header> headers;
  std::string body;
  // Of the session that the request carried; 0: it carried none.
  int64_t session_version = 0;
};

// What became of one call, for logs and counters. Lives for the observer's call.
struct CallReport {
  const base::AccountId& account;
  const std::string& caller;
  const std::string& method;
  // Ok, or what the caller gets.
  const absl::Status& status;
  // Where the status is ok: of the answer, and what it means (Verdict).
  int http_status = 0;
  std::optional<login::Outcome> outcome;
  // How often the request was sent, and why more than once.
  int sends = 0;
  Tried tried;
  std::size_t answer_bytes = 0;
  // From the call to its end; how much of that before the request was first sent.
  absl::Duration duration;
  absl::Duration waited;
};

// Told of each call just before its callback, on the scheduler's thread. Must not block.
using CallObserver = std::function<void(const CallReport&)>;

// Sends callers' requests to providers: gets the account's session and numbers, makes the request
// complete, sends it and hands the answer back as it is. Where the definition sees in the answer
// that the request was refused unexecuted, for its session or its number, it is sent once more with
// another. What may have been executed is never sent again.
//
// Requests with numbers of a sequence that is `in_order` share login::SequenceTurns with logins:
// one at a time, callers in turns.
//
// Call, PendingCall and Shutdown are thread-safe; everything else happens on the scheduler's
// thread.
class CallDriver {
 public:
  struct Options {
    // The longest that a call takes, whatever its caller's patience.
    absl::Duration timeout = absl::Seconds(30);
    // Calls under way, those that wait included; more are turned away with kQueueFull.
    std::size_t max_calls = 10000;
    // Those of them that wait for the same sequences.
    std::size_t max_waiting = 1000;
    RequestLimits limits = {};
    // Head and body of an answer.
    std::size_t max_answer_bytes = std::size_t{3} << 20;
    std::string user_agent = "session-broker/1";
  };

  // All are required and outlive the driver.
  struct Dependencies {
    base::Scheduler* scheduler = nullptr;
    const base::Clock* clock = nullptr;
    crypto::RandomSource* random = nullptr;
    http::Transport* transport = nullptr;
    sessions::SessionManager* sessions = nullptr;
    login::SequenceSource* sequences = nullptr;
    login::SequenceTurns* turns = nullptr;
  };

  // Called exactly once unless the caller gives up, on the scheduler's thread, never inside Call.
  // Errors:
  //   kAccountUnknown
  //   kInvalidArgument        CheckRequest or Complete refuses the request
  //   kQueueFull              too many calls are under way, or no turn came in time
  //   kDraining
  //   as SessionManager::Get  there is no session
  //   as SequenceSource       there is no number
  //   kProviderUnreachable    nothing was sent; never for what may have been
  //   kCallUnanswered         the request was sent and no whole answer came: the provider may have
  //                           executed it
  //   kProviderProtocolError  the answer holds a secret that the request carried
  using Callback = absl::AnyInvocable<void(absl::StatusOr<CallAnswer>)>;

 private:
  // Where caller and driver agree that it is over.
  struct Slot {
    explicit Slot(Callback callback) : done(std::move(callback)) {}

    std::atomic<bool> over{false};
    Callback done;
  };
  using CallId = uint64_t;

 public:
  // A call that is under way, or over. Cheap to copy.
  class PendingCall {
   public:
    PendingCall() = default;

    // The caller does not wait any longer. True: its callback is destroyed uncalled, and nothing
    // is sent any more; what was sent may be executed. False: it was called or is being called.
    bool GiveUp();

   private:
    friend class CallDriver;
    PendingCall(CallDriver* driver, CallId id, std::weak_ptr<Slot> slot)
        : driver_(driver), id_(id), slot_(std::move(slot)) {}

    CallDriver* driver_ = nullptr;
    CallId id_ = 0;
    std::weak_ptr<Slot> slot_;
  };

  // `observer` may be empty. The driver is destroyed once the scheduler runs no more tasks and
  // nobody holds a PendingCall that may give up; a call that is not over by then never calls back.
  CallDriver(const Dependencies& dependencies, Options options, CallObserver observer);
  ~CallDriver();
  CallDriver(const CallDriver&) = delete;
  CallDriver& operator=(const CallDriver&) = delete;

  PendingCall Call(CallOrder order, Callback done);

  // Calls that come later get kDraining; those under way go on to their end.
  void Shutdown();
  // Calls `done` on the scheduler's thread once no call is under way.
  void WhenIdle(absl::AnyInvocable<void()> done);

 private:
  // The answer that another try is made after; the caller gets it if that leads to nothing else.
  struct Refusal {
    CallAnswer answer;
    std::optional<login::Outcome> outcome;
    // The session that was refused.
    sessions::SessionPtr session;
  };
  struct Flight {
    CallOrder order;
    std::shared_ptr<Slot> slot;
    base::BootTime since;
    base::BootTime deadline;
    base::Scheduler::TimerId timer = 0;

    // What the request was checked for.
    std::shared_ptr<const login::Account> account;
    std::vector<NumberNeed> needs;
    login::SequenceTurns::Sequences in_order;

    // For `in_order`, from before the first number until the answer; 0: not asked for.
    login::SequenceTurns::Ticket turn = 0;
    bool has_turn = false;
    sessions::SessionPtr session;
    // The one in hand is not known to be the current one.
    bool look_for_session = true;
    std::map<std::string, int64_t> numbers;
    // By sequence: the next number must be above it.
    std::map<std::string, int64_t> above;
    sessions::SessionManager::PendingGet pending_get;
    http::Transport::ExchangeId exchange = 0;
    // Of the request on the wire: what must not come back at all, and not in a header.
    std::shared_ptr<const login::SensitiveTexts> secrets;
    std::vector<login::Added> added;

    Tried tried;
    int sends = 0;
    base::BootTime first_sent;
    base::BootTime last_sent;
    std::optional<Refusal> refusal;
  };

  void Admit(CallId id, CallOrder order, std::shared_ptr<Slot> slot);
  // Gets what the request still lacks, then sends it.
  void Advance(CallId id);
  // Takes the account as it is now and checks the request for it. False: the call is over.
  bool TakeAccount(CallId id, Flight& flight);
  void AwaitTurn(CallId id, Flight& flight);
  void LeaveTurn(Flight& flight);
  void AwaitSession(CallId id, Flight& flight);
  void AwaitNumber(CallId id, Flight& flight, const NumberNeed& need);
  void Send(CallId id, Flight& flight);
  void OnAnswer(CallId id, absl::StatusOr<http::Response> response);
  void RaiseNumbers(CallId id, Flight& flight);
  // The session of the flight is dead: another, if there is one.
  void RenewSession(CallId id, Flight& flight, Refusal refusal);
  void TakeSession(CallId id, absl::StatusOr<sessions::SessionPtr> session);

  // Until the request is sent (again).
  void KeepTime(CallId id, Flight& flight);
  // The caller's patience, or the broker's, is at its end.
  void GiveUp(CallId id);
  // The caller has gone.
  void Abandon(CallId id);
  void Deliver(CallId id, CallAnswer answer, std::optional<login::Outcome> outcome);
  void Fail(CallId id, absl::Status status);
  void Finish(CallId id, absl::StatusOr<CallAnswer> result, std::optional<login::Outcome> outcome);
  // `answer`: nullptr where there is none.
  void Report(const Flight& flight, const absl::Status& status, const CallAnswer* answer,
              std::optional<login::Outcome> outcome) const;
  // Ends what the flight waits for, too.
  std::unique_ptr<Flight> Remove(CallId id);
  // nullptr: it is over.
  Flight* Find(CallId id) const;
  void TellIdle();

  const Dependencies with_;
  const Options options_;
  const CallObserver observer_;
  std::atomic<CallId> last_id_{0};

  // On the scheduler's thread alone.
  std::unordered_map<CallId, std::unique_ptr<Flight>> flights_;
  std::vector<absl::AnyInvocable<void()>> when_idle_;
  bool draining_ = false;
};

}  // namespace sessionbroker::calls

#endif  // SESSIONBROKER_SERVICE_CALLS_CALL_DRIVER_H_
