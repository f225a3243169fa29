#include "service/login/driver.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/crypto/digest.h"
#include "service/crypto/hex.h"
#include "service/http/url.h"
#include "service/login/account_values.h"
#include "service/login/program.h"
#include "service/login/reach.h"

namespace sessionbroker::login {

using base::MakeError;
using base::Reason;

namespace {

// For the operator: the next login may have to do without.
constexpr char kNotKept[] = "what this login leaves for the next one could not be stored";

// Under which all logins take their turns with sequences, beside callers.
constexpr char kTheBroker[] = "";

// Of everything that tells one user of a provider from another, secrets aside: a changed password
// does not change whose values they are.
KeptKey KeyOfKept(const Account& account) {
  std::string identity;
  const auto add = [&identity](absl::string_view text) {
    absl::StrAppend(&identity, text.size(), ":", text);
  };
  add(account.base_url);
  for (const auto& [name, value] : account.parameters) {
    add(name);
    add(value);
  }
  const auto digest = crypto::Digest(crypto::DigestAlgorithm::kSha256, identity);
  // OpenSSL without SHA-256 is no case: every login would fail first.
  const secrets::WipedBytes hex =
      digest.ok() ? crypto::HexEncode(absl::string_view(digest->data(), digest->size()))
                  : secrets::WipedBytes();
  return KeptKey{account.id, std::string(hex.data(), hex.size())};
}

// The request may go to a loopback or private address: the account names it itself.
bool MayBePrivate(const Account& account, absl::string_view url) {
  if (account.origins.empty()) return account.allow_private_address;
  const absl::StatusOr<http::Origin> origin = http::OriginOf(url);
  const absl::StatusOr<http::Origin> own = http::OriginOf(account.base_url);
  if (!origin.ok() || !own.ok()) return false;
  if (*origin == *own) return account.allow_private_address;
  return std::any_of(account.origins.begin(), account.origins.end(),
                     [&origin](const http::BaseUrl& allowed) {
                       return allowed.origin() == *origin && allowed.NamesPrivateHost();
                     });
}

}  // namespace

LoginDriver::Flight::Flight(Waiting begun, base::BootTime now, crypto::RandomSource* random,
                            const Options& options)
    : conversation(begun.conversation),
      account(begun.account),
      done(std::move(begun.done)),
      since(begun.since),
      waited(now - begun.since),
      run(begun.conversation == Conversation::kLogin
              ? Run(std::move(begun.account), options.user_agent, random, options.trace)
              : Run(std::move(begun.account), begun.conversation, std::move(begun.session),
                    options.user_agent, random, options.trace)) {}

LoginDriver::LoginDriver(base::Scheduler* scheduler, http::Transport* transport,
                         const base::Clock* clock, crypto::RandomSource* random, Options options,
                         LoginObserver observer, Sources sources)
    : scheduler_(scheduler),
      transport_(transport),
      clock_(clock),
      random_(random),
      options_(std::move(options)),
      observer_(std::move(observer)),
      sources_(sources) {}

LoginDriver::~LoginDriver() {
  if (queue_timer_ != 0) scheduler_->Cancel(queue_timer_);
  for (const auto& [id, flight] : flights_) {
    scheduler_->Cancel(flight->timer);
    if (flight->exchange != 0) transport_->Cancel(flight->exchange);
  }
}

void LoginDriver::Login(std::shared_ptr<const Account> account, Callback done) {
  Begin(Conversation::kLogin, std::move(account), nullptr,
        [done = std::move(done)](absl::StatusOr<Ending> ending) mutable {
          if (!ending.ok()) {
            std::move(done)(std::move(ending).status());
          } else {
            std::move(done)(std::get<Grant>(*std::move(ending)));
          }
        });
}

void LoginDriver::Probe(std::shared_ptr<const Account> account, std::shared_ptr<const Grant> grant,
                        ProbeCallback done) {
  Begin(Conversation::kProbe, std::move(account), std::move(grant),
        [done = std::move(done)](absl::StatusOr<Ending> ending) mutable {
          if (!ending.ok()) {
            std::move(done)(std::move(ending).status());
          } else {
            const auto& answered = std::get<Answered>(*ending);
            const bool alive = answered.outcome == Outcome::kOk;
            std::move(done)(
                ProbeAnswer{alive ? ProbeResult::kAlive : ProbeResult::kDead, answered.sent_at});
          }
        });
}

void LoginDriver::Logout(std::shared_ptr<const Account> account, std::shared_ptr<const Grant> grant,
                         LogoutCallback done) {
  Begin(Conversation::kLogout, std::move(account), std::move(grant),
        [done = std::move(done)](absl::StatusOr<Ending> ending) mutable {
          std::move(done)(std::move(ending).status());
        });
}

void LoginDriver::Begin(Conversation conversation, std::shared_ptr<const Account> account,
                        std::shared_ptr<const Grant> session, Done done) {
  scheduler_->Post([this, waiting = Waiting{conversation, std::move(account), std::move(session),
                                            std::move(done), clock_->BootNow()}]() mutable {
    Admit(std::move(waiting));
  });
}

void LoginDriver::Shutdown() {
  scheduler_->Post([this] {
    draining_ = true;
    std::deque<Waiting> turned_away;
    turned_away.swap(waiting_);
    for (Waiting& waiting : turned_away) {
      Refuse(std::move(waiting), MakeError(Reason::kDraining, "the broker is shutting down"));
    }
  });
}

void LoginDriver::Admit(Waiting waiting) {
  if (draining_) {
    Refuse(std::move(waiting), MakeError(Reason::kDraining, "the broker is shutting down"));
    return;
  }
  // While logins wait there is no room, so nobody overtakes them.
  if (flights_.size() < options_.max_in_flight) {
    Start(std::move(waiting));
    return;
  }
  if (waiting_.size() >= options_.max_waiting) {
    Refuse(std::move(waiting),
           MakeError(Reason::kQueueFull, absl::StrCat(waiting_.size(), " logins wait already, ",
                                                      options_.max_waiting, " are the most")));
    return;
  }
  waiting_.push_back(std::move(waiting));
  if (queue_timer_ == 0) WatchQueue();
}

void LoginDriver::StartNext() {
  // A login that ends as soon as it begins comes back here: the loop goes on, not deeper.
  if (starting_) return;
  starting_ = true;
  TurnAwayLateOnes();
  while (!waiting_.empty() && flights_.size() < options_.max_in_flight) {
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    Start(std::move(next));
  }
  starting_ = false;
}

void LoginDriver::Start(Waiting waiting) {
  const base::BootTime now = clock_->BootNow();
  const FlightId id = ++last_flight_;
  const absl::Duration left = waiting.since + options_.login_timeout - now;
  auto flight = std::make_unique<Flight>(std::move(waiting), now, random_, options_);
  flight->timer =
      scheduler_->RunAfter(std::max(left, absl::ZeroDuration()), [this, id] { GiveUp(id); });
  const bool keeps =
      flight->conversation == Conversation::kLogin && !flight->account->program->keep().empty();
  flights_.emplace(id, std::move(flight));
  keeps ? Recall(id) : Step(id);
}

void LoginDriver::GiveUp(FlightId id) {
  Flight& flight = *flights_.at(id);
  if (flight.grant.has_value()) {
    Finish(id, *std::exchange(flight.grant, std::nullopt), kNotKept);
    return;
  }
  Finish(id,
         WithReach(MakeError(Reason::kProviderUnreachable,
                             absl::StrCat("no end of the ", NameOf(flight.conversation), " within ",
                                          absl::FormatDuration(options_.login_timeout),
                                          ", the login timeout; requests sent: ",
                                          flight.run.exchanges().size())),
                   flight.run.reach()),
         "");
}

void LoginDriver::Recall(FlightId id) {
  if (sources_.kept == nullptr) {
    Finish(id, MakeError(Reason::kInternal, "there is nothing to keep an account's values in"), "");
    return;
  }
  sources_.kept->Load(KeyOfKept(*flights_.at(id)->account),
                      [this, id](absl::StatusOr<KeptValues::Values> kept) {
                        const auto flight = flights_.find(id);
                        if (flight == flights_.end()) return;
                        if (!kept.ok()) {
                          Finish(id, kept.status(), "");
                          return;
                        }
                        flight->second->run.Recall(*std::move(kept));
                        Step(id);
                      });
}

void LoginDriver::Step(FlightId id) {
  Flight& flight = *flights_.at(id);
  Run::Action action = flight.run.Next(clock_->BootNow(), clock_->WallNow());
  if (auto* grant = std::get_if<Grant>(&action)) {
    flight.account->program->keep().empty() ? Finish(id, std::move(*grant), "")
                                            : Keep(id, std::move(*grant));
  } else if (const auto* outcome = std::get_if<Outcome>(&action)) {
    Finish(id, Answered{*outcome, flight.run.sent_at()}, "");
  } else if (auto* failure = std::get_if<Failure>(&action)) {
    Finish(id, std::move(failure->status), failure->operator_detail);
  } else if (const auto* number = std::get_if<NumberRequest>(&action)) {
    AwaitNumber(id, *number);
  } else {
    Send(id, std::get<http::Request>(std::move(action)));
  }
}

void LoginDriver::Send(FlightId id, http::Request request) {
  Flight& flight = *flights_.at(id);
  const http::SendOptions send = {options_.request_timeout, options_.max_response_bytes,
                                  MayBePrivate(*flight.account, request.url)};
  flight.exchange =
      transport_->Send(std::move(request), send, [this, id](absl::StatusOr<http::Response> answer) {
        Flight& current = *flights_.at(id);
        current.exchange = 0;
        current.run.Feed(std::move(answer));
        Step(id);
      });
}

void LoginDriver::AwaitNumber(FlightId id, NumberRequest number) {
  Flight& flight = *flights_.at(id);
  if (sources_.sequences == nullptr || sources_.turns == nullptr) {
    flight.run.FeedNumber(MakeError(Reason::kInternal, "there is nothing that gives numbers"));
    Step(id);
    return;
  }
  flight.number = std::move(number);
  if (flight.turn != 0) {
    GetNumber(id);
    return;
  }
  SequenceTurns::Sequences sequences;
  for (AccountSequence& sequence : SequencesOf(*flight.account)) {
    sequences.insert(std::move(sequence.id));
  }
  flight.turn =
      sources_.turns->Enter(std::move(sequences), kTheBroker, [this, id] { GetNumber(id); });
}

void LoginDriver::GetNumber(FlightId id) {
  const NumberRequest number = *std::exchange(flights_.at(id)->number, std::nullopt);
  sources_.sequences->Reserve(number.id, number.spec, number.above,
                              [this, id](absl::StatusOr<int64_t> given) {
                                const auto flight = flights_.find(id);
                                if (flight == flights_.end()) return;
                                flight->second->run.FeedNumber(std::move(given));
                                Step(id);
                              });
}

void LoginDriver::LeaveTurn(Flight& flight) {
  if (flight.turn != 0) sources_.turns->Leave(std::exchange(flight.turn, 0));
}

void LoginDriver::Keep(FlightId id, Grant grant) {
  Flight& flight = *flights_.at(id);
  LeaveTurn(flight);
  flight.grant = std::move(grant);
  sources_.kept->Store(
      KeyOfKept(*flight.account), flight.run.kept(), [this, id](const absl::Status& stored) {
        const auto found = flights_.find(id);
        if (found == flights_.end()) return;
        // The session is good all the same.
        Finish(id, *std::exchange(found->second->grant, std::nullopt), stored.ok() ? "" : kNotKept);
      });
}

void LoginDriver::Finish(FlightId id, absl::StatusOr<Ending> result,
                         const std::string& operator_detail) {
  const auto found = flights_.find(id);
  const std::unique_ptr<Flight> flight = std::move(found->second);
  flights_.erase(found);
  scheduler_->Cancel(flight->timer);
  if (flight->exchange != 0) transport_->Cancel(flight->exchange);
  LeaveTurn(*flight);
  if (observer_) {
    const absl::Status& status = result.status();
    const auto* answered = status.ok() ? std::get_if<Answered>(&*result) : nullptr;
    observer_(LoginReport{flight->conversation, *flight->account, status,
                          answered == nullptr ? Outcome::kOk : answered->outcome, operator_detail,
                          clock_->BootNow() - flight->since, flight->waited,
                          flight->run.exchanges().size()});
  }
  std::move(flight->done)(std::move(result));
  StartNext();
}

void LoginDriver::TurnAwayLateOnes() {
  const base::BootTime now = clock_->BootNow();
  while (!waiting_.empty() && waiting_.front().since + options_.login_timeout <= now) {
    Waiting late = std::move(waiting_.front());
    waiting_.pop_front();
    Refuse(std::move(late),
           MakeError(Reason::kQueueFull,
                     absl::StrCat("no turn within ", absl::FormatDuration(options_.login_timeout),
                                  ", the login timeout; logins under way: ", flights_.size(),
                                  ", the most at once: ", options_.max_in_flight)));
  }
}

void LoginDriver::WatchQueue() {
  TurnAwayLateOnes();
  if (waiting_.empty()) return;
  // They came in this order and may wait equally long, so the first is the next to be late. If it
  // gets its turn before, the timer finds nobody late and is set again.
  queue_timer_ = scheduler_->RunAfter(
      waiting_.front().since + options_.login_timeout - clock_->BootNow(), [this] {
        queue_timer_ = 0;
        WatchQueue();
      });
}

void LoginDriver::Refuse(Waiting waiting, absl::Status status) {
  if (observer_) {
    const absl::Duration waited = clock_->BootNow() - waiting.since;
    observer_(LoginReport{waiting.conversation, *waiting.account, status, Outcome::kOk, "", waited,
                          waited, 0});
  }
  std::move(waiting.done)(std::move(status));
}

}  // namespace sessionbroker::login
