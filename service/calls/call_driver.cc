#include "service/calls/call_driver.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/calls/answer_headers.h"
#include "service/calls/verdict.h"
#include "service/http/unsent.h"
#include "service/login/ending.h"
#include "service/login/program.h"
#include "service/login/sensitive_texts.h"
#include "service/sessions/lifetime.h"

namespace sessionbroker::calls {

using base::MakeError;
using base::Reason;
using login::Outcome;
using sessions::SessionPtr;

namespace {

// `session` is another than the one that was refused, or the same one logged in anew.
bool IsNewer(const sessions::Session& session, const sessions::Session& refused) {
  return session.version != refused.version || session.obtained_at > refused.obtained_at;
}

// May be sent to the account: its own, and not at its end.
bool IsUsable(const sessions::Session& session, const login::Account& account, base::BootTime now) {
  return session.base_url == account.base_url &&
         sessions::IsUsableFor(session, absl::ZeroDuration(), now);
}

// What the transport's error means to a caller.
absl::Status UnansweredError(const absl::Status& error) {
  if (http::IsUnsent(error)) {
    return MakeError(login::ReasonOf(error), absl::StrCat("not sent: ", error.message()));
  }
  return MakeError(Reason::kCallUnanswered, absl::StrCat("no whole answer: ", error.message()));
}

bool HoldsSecret(const http::Response& response, const login::SensitiveTexts& secrets) {
  return secrets.AppearIn(response.body) ||
         std::any_of(response.headers.begin(), response.headers.end(),
                     [&](const http::Header& header) { return secrets.AppearIn(header.value); });
}

}  // namespace

bool CallDriver::PendingCall::GiveUp() {
  const std::shared_ptr<Slot> slot = slot_.lock();
  if (slot == nullptr || slot->over.exchange(true)) return false;
  driver_->with_.scheduler->Post([driver = driver_, id = id_] { driver->Abandon(id); });
  return true;
}

CallDriver::CallDriver(const Dependencies& dependencies, Options options, CallObserver observer)
    : with_(dependencies), options_(std::move(options)), observer_(std::move(observer)) {}

CallDriver::~CallDriver() {
  for (const auto& [id, flight] : flights_) {
    with_.scheduler->Cancel(flight->timer);
    if (flight->exchange != 0) with_.transport->Cancel(flight->exchange);
  }
}

CallDriver::PendingCall CallDriver::Call(CallOrder order, Callback done) {
  const CallId id = ++last_id_;
  auto slot = std::make_shared<Slot>(std::move(done));
  PendingCall pending(this, id, slot);
  with_.scheduler->Post([this, id, order = std::move(order), slot = std::move(slot)]() mutable {
    Admit(id, std::move(order), std::move(slot));
  });
  return pending;
}

void CallDriver::Shutdown() {
  with_.scheduler->Post([this] { draining_ = true; });
}

void CallDriver::WhenIdle(absl::AnyInvocable<void()> done) {
  with_.scheduler->Post([this, done = std::move(done)]() mutable {
    if (flights_.empty()) return done();
    when_idle_.push_back(std::move(done));
  });
}

void CallDriver::Admit(CallId id, CallOrder order, std::shared_ptr<Slot> slot) {
  auto flight = std::make_unique<Flight>();
  flight->order = std::move(order);
  flight->slot = std::move(slot);
  flight->since = with_.clock->BootNow();
  const absl::Duration bound =
      std::min(flight->order.patience.value_or(options_.timeout), options_.timeout);
  flight->deadline = flight->since + bound;
  flight->timer =
      with_.scheduler->RunAfter(std::max(bound, absl::ZeroDuration()), [this, id] { GiveUp(id); });
  flights_.emplace(id, std::move(flight));
  if (draining_) return Fail(id, MakeError(Reason::kDraining, "the broker is shutting down"));
  if (flights_.size() > options_.max_calls) {
    return Fail(id, MakeError(Reason::kQueueFull,
                              absl::StrCat(options_.max_calls, " calls are under way, the most")));
  }
  Advance(id);
}

void CallDriver::Advance(CallId id) {
  Flight& flight = *Find(id);
  if (!TakeAccount(id, flight)) return;
  if (!flight.in_order.empty() && !flight.has_turn) return AwaitTurn(id, flight);
  if (flight.account->program->has_sessions() && flight.look_for_session) {
    SessionPtr current = with_.sessions->TryGet(flight.order.account, absl::ZeroDuration());
    if (current != nullptr) flight.session = std::move(current);
    if (flight.session == nullptr ||
        !IsUsable(*flight.session, *flight.account, with_.clock->BootNow())) {
      return AwaitSession(id, flight);
    }
    flight.look_for_session = false;
  }
  for (const NumberNeed& need : flight.needs) {
    if (!flight.numbers.contains(need.sequence)) return AwaitNumber(id, flight, need);
  }
  Send(id, flight);
}

bool CallDriver::TakeAccount(CallId id, Flight& flight) {
  std::shared_ptr<const login::Account> account = with_.sessions->Configured(flight.order.account);
  if (account == nullptr) {
    Fail(id,
         MakeError(Reason::kAccountUnknown,
                   absl::StrCat("no account ", flight.order.account.ToString(), " is configured")));
    return false;
  }
  if (account == flight.account) return true;
  // What was had for the account as it was configured before is not used.
  LeaveTurn(flight);
  flight.session = nullptr;
  flight.look_for_session = true;
  flight.above.clear();
  flight.account = std::move(account);
  const absl::Status checked =
      CheckRequest(flight.order.request, ReservedBy(*flight.account->program), options_.limits);
  absl::StatusOr<std::vector<NumberNeed>> needs = NumbersFor(*flight.account);
  if (!checked.ok() || !needs.ok()) {
    Fail(id, checked.ok() ? needs.status() : checked);
    return false;
  }
  flight.needs = *std::move(needs);
  flight.in_order.clear();
  for (const NumberNeed& need : flight.needs) {
    if (need.in_order) flight.in_order.insert(need.number.id);
  }
  return true;
}

void CallDriver::AwaitTurn(CallId id, Flight& flight) {
  if (with_.turns->Waiting(flight.in_order) >= options_.max_waiting) {
    return Fail(id, MakeError(Reason::kQueueFull,
                              absl::StrCat(options_.max_waiting, " calls of ",
                                           flight.order.account.ToString(),
                                           " or others of its key wait already, the most")));
  }
  flight.turn = with_.turns->Enter(flight.in_order, flight.order.caller, [this, id] {
    Flight& now = *Find(id);
    now.has_turn = true;
    // The one that was had before the wait may not be the current one any more.
    now.look_for_session = true;
    Advance(id);
  });
}

void CallDriver::LeaveTurn(Flight& flight) {
  // Numbers that are not sent within the turn would come late in another.
  flight.numbers.clear();
  flight.has_turn = false;
  if (flight.turn != 0) with_.turns->Leave(std::exchange(flight.turn, 0));
}

void CallDriver::AwaitSession(CallId id, Flight& flight) {
  // A login needs its turn too.
  LeaveTurn(flight);
  flight.pending_get = with_.sessions->Get(
      flight.order.account, absl::ZeroDuration(),
      [this, id](absl::StatusOr<SessionPtr> session) {
        // Not inside Get.
        with_.scheduler->Post([this, id, session = std::move(session)]() mutable {
          TakeSession(id, std::move(session));
        });
      },
      flight.order.admit_login ? sessions::AdmitLogin(flight.order.admit_login) : nullptr);
}

void CallDriver::TakeSession(CallId id, absl::StatusOr<SessionPtr> session) {
  Flight* const flight = Find(id);
  if (flight == nullptr) return;
  if (!session.ok()) return Fail(id, session.status());
  if (flight->refusal.has_value()) {
    Refusal refusal = *std::exchange(flight->refusal, std::nullopt);
    // The session lives: the refusal was about something else.
    if (!IsNewer(**session, *refusal.session)) {
      return Deliver(id, std::move(refusal.answer), refusal.outcome);
    }
  }
  flight->session = *std::move(session);
  flight->look_for_session = false;
  Advance(id);
}

void CallDriver::AwaitNumber(CallId id, Flight& flight, const NumberNeed& need) {
  std::optional<int64_t> above = need.number.above;
  if (const auto raised = flight.above.find(need.sequence); raised != flight.above.end()) {
    above = raised->second;
  }
  with_.sequences->Reserve(need.number.id, need.number.spec, above,
                           [this, id, sequence = need.sequence](absl::StatusOr<int64_t> number) {
                             Flight* const waiting = Find(id);
                             if (waiting == nullptr) return;
                             if (!number.ok()) return Fail(id, number.status());
                             waiting->numbers[sequence] = *number;
                             waiting->above.erase(sequence);
                             Advance(id);
                           });
}

void CallDriver::Send(CallId id, Flight& flight) {
  const base::BootTime now = with_.clock->BootNow();
  absl::StatusOr<CompletedRequest> completed =
      Complete(*flight.account, flight.order.request,
               {.session = flight.session == nullptr ? nullptr : &flight.session->grant,
                .numbers = flight.numbers,
                .now = with_.clock->WallNow(),
                .random = with_.random,
                .sender = Sender::kBroker,
                .user_agent = options_.user_agent});
  if (!completed.ok()) return Fail(id, completed.status());
  flight.added = std::move(completed->added);
  flight.secrets = std::move(completed->secrets);
  // From here on the transport keeps the time.
  with_.scheduler->Cancel(std::exchange(flight.timer, 0));
  if (flight.sends++ == 0) flight.first_sent = now;
  flight.last_sent = now;
  flight.exchange = with_.transport->Send(
      std::move(completed->request),
      {.timeout = flight.deadline - now,
       .max_response_bytes = options_.max_answer_bytes,
       .allow_private_address = flight.account->allow_private_address},
      [this, id](absl::StatusOr<http::Response> response) { OnAnswer(id, std::move(response)); });
}

void CallDriver::OnAnswer(CallId id, absl::StatusOr<http::Response> response) {
  Flight& flight = *Find(id);
  flight.exchange = 0;
  if (!response.ok()) return Fail(id, UnansweredError(response.status()));
  if (flight.secrets != nullptr && HoldsSecret(*response, *flight.secrets)) {
    return Fail(id, MakeError(Reason::kProviderProtocolError,
                              absl::StrCat("HTTP ", response->status,
                                           ": the answer holds a secret that the request carried; "
                                           "the provider may have executed it")));
  }
  const Verdict verdict = Judge(*flight.account->program, *response);
  const Next next = NextAfter(verdict, flight.tried);
  if (next == Next::kRaiseNumbers) return RaiseNumbers(id, flight);
  CallAnswer answer{.status = response->status,
                    .headers = HeadersForCaller(std::move(response->headers), flight.added),
                    .body = std::move(response->body),
                    .session_version = flight.session == nullptr ? 0 : flight.session->version};
  if (next == Next::kRenewSession && flight.session != nullptr) {
    return RenewSession(
        id, flight,
        {.answer = std::move(answer), .outcome = verdict.outcome, .session = flight.session});
  }
  Deliver(id, std::move(answer), verdict.outcome);
}

void CallDriver::RaiseNumbers(CallId id, Flight& flight) {
  flight.tried.number = true;
  for (const NumberNeed& need : flight.needs) {
    const int64_t refused = flight.numbers.at(need.sequence);
    flight.above[need.sequence] =
        refused + std::min(need.raise_by, std::numeric_limits<int64_t>::max() - refused);
  }
  flight.numbers.clear();
  KeepTime(id, flight);
  Advance(id);
}

void CallDriver::RenewSession(CallId id, Flight& flight, Refusal refusal) {
  flight.tried.session = true;
  const int64_t version = refusal.session->version;
  flight.refusal = std::move(refusal);
  flight.session = nullptr;
  flight.look_for_session = true;
  LeaveTurn(flight);
  KeepTime(id, flight);
  with_.sessions->FoundDead(flight.order.account, version,
                            [this, id](const absl::StatusOr<sessions::SessionKeeper::Reported>&) {
                              Flight* const waiting = Find(id);
                              if (waiting != nullptr) AwaitSession(id, *waiting);
                            });
}

void CallDriver::KeepTime(CallId id, Flight& flight) {
  const absl::Duration left = flight.deadline - with_.clock->BootNow();
  flight.timer =
      with_.scheduler->RunAfter(std::max(left, absl::ZeroDuration()), [this, id] { GiveUp(id); });
}

void CallDriver::GiveUp(CallId id) {
  Flight& flight = *Find(id);
  flight.timer = 0;
  const std::string patience = absl::FormatDuration(flight.deadline - flight.since);
  if (flight.turn != 0 && !flight.has_turn) {
    return Fail(
        id, MakeError(Reason::kQueueFull, absl::StrCat("no turn within ", patience,
                                                       ": requests of this key go one at a time")));
  }
  Fail(id,
       MakeError(Reason::kProviderUnreachable,
                 absl::StrCat("not sent within ", patience, ": no ",
                              flight.session == nullptr ? "session" : "number", " in that time")));
}

void CallDriver::Abandon(CallId id) {
  if (Find(id) == nullptr) return;
  const std::unique_ptr<Flight> flight = Remove(id);
  Report(*flight, absl::CancelledError("the caller has gone"), nullptr, std::nullopt);
  TellIdle();
}

void CallDriver::Deliver(CallId id, CallAnswer answer, std::optional<Outcome> outcome) {
  const Flight& flight = *Find(id);
  if (outcome == Outcome::kOk && flight.session != nullptr &&
      sessions::IsWorthExtending(*flight.session, flight.last_sent)) {
    with_.sessions->Used(flight.order.account, flight.session->version, flight.last_sent);
  }
  Finish(id, std::move(answer), outcome);
}

void CallDriver::Fail(CallId id, absl::Status status) {
  Finish(id, std::move(status), std::nullopt);
}

void CallDriver::Finish(CallId id, absl::StatusOr<CallAnswer> result,
                        std::optional<Outcome> outcome) {
  const std::unique_ptr<Flight> flight = Remove(id);
  Report(*flight, result.status(), result.ok() ? &*result : nullptr, outcome);
  if (!flight->slot->over.exchange(true)) flight->slot->done(std::move(result));
  TellIdle();
}

void CallDriver::Report(const Flight& flight, const absl::Status& status, const CallAnswer* answer,
                        std::optional<Outcome> outcome) const {
  if (!observer_) return;
  const base::BootTime now = with_.clock->BootNow();
  observer_(CallReport{.account = flight.order.account,
                       .caller = flight.order.caller,
                       .method = flight.order.request.method,
                       .status = status,
                       .http_status = answer == nullptr ? 0 : answer->status,
                       .outcome = outcome,
                       .sends = flight.sends,
                       .tried = flight.tried,
                       .answer_bytes = answer == nullptr ? 0 : answer->body.size(),
                       .duration = now - flight.since,
                       .waited = (flight.sends == 0 ? now : flight.first_sent) - flight.since});
}

std::unique_ptr<CallDriver::Flight> CallDriver::Remove(CallId id) {
  const auto found = flights_.find(id);
  std::unique_ptr<Flight> flight = std::move(found->second);
  flights_.erase(found);
  if (flight->timer != 0) with_.scheduler->Cancel(flight->timer);
  if (flight->exchange != 0) with_.transport->Cancel(flight->exchange);
  flight->pending_get.GiveUp();
  LeaveTurn(*flight);
  return flight;
}

CallDriver::Flight* CallDriver::Find(CallId id) const {
  const auto found = flights_.find(id);
  return found == flights_.end() ? nullptr : found->second.get();
}

void CallDriver::TellIdle() {
  if (!flights_.empty()) return;
  std::vector<absl::AnyInvocable<void()>> waiting;
  waiting.swap(when_idle_);
  for (absl::AnyInvocable<void()>& one : waiting) one();
}

}  // namespace sessionbroker::calls
