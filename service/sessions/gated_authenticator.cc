#include "service/sessions/gated_authenticator.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/login/account.h"
#include "service/login/reach.h"

namespace sessionbroker::sessions {
namespace {

absl::Status NoTurnError(const std::string& what) {
  return base::MakeError(base::Reason::kQueueFull,
                         absl::StrCat("logins that wait for the same provider: ", what));
}

}  // namespace

void GatedAuthenticator::Login(std::shared_ptr<const login::Account> account, Callback done) {
  const login::Account& to_enter = *account;
  auto shared = std::make_shared<Callback>(std::move(done));
  Enter(to_enter, {.begin =
                       [this, account = std::move(account),
                        shared](std::function<void(const absl::Status&)> ended) mutable {
                         inner_->Login(std::move(account), [shared, ended = std::move(ended)](
                                                               absl::StatusOr<login::Grant> grant) {
                           ended(grant.status());
                           (*shared)(std::move(grant));
                         });
                       },
                   .refuse = [shared](absl::Status status) { (*shared)(std::move(status)); },
                   .since = clock_->BootNow()});
}

void GatedAuthenticator::Probe(std::shared_ptr<const login::Account> account,
                               std::shared_ptr<const login::Grant> grant, ProbeCallback done) {
  const login::Account& to_enter = *account;
  auto shared = std::make_shared<ProbeCallback>(std::move(done));
  Enter(to_enter, {.begin =
                       [this, account = std::move(account), grant = std::move(grant),
                        shared](std::function<void(const absl::Status&)> ended) mutable {
                         inner_->Probe(std::move(account), std::move(grant),
                                       [shared, ended = std::move(ended)](
                                           absl::StatusOr<login::ProbeAnswer> result) {
                                         ended(result.status());
                                         (*shared)(std::move(result));
                                       });
                       },
                   .refuse = [shared](absl::Status status) { (*shared)(std::move(status)); },
                   .since = clock_->BootNow()});
}

void GatedAuthenticator::Logout(std::shared_ptr<const login::Account> account,
                                std::shared_ptr<const login::Grant> grant, LogoutCallback done) {
  inner_->Logout(std::move(account), std::move(grant), std::move(done));
}

void GatedAuthenticator::Enter(const login::Account& account, Call call) {
  Origin& origin = origins_.try_emplace(login::OriginOf(account), options_.origin).first->second;
  if (origin.waiting.size() >= options_.max_waiting) {
    Refuse(std::move(call),
           NoTurnError(absl::StrCat("limit ", options_.max_waiting, ", all taken")));
    return;
  }
  origin.waiting.push_back(std::move(call));
  Pump(origin);
}

void GatedAuthenticator::Pump(Origin& origin) {
  while (!origin.waiting.empty()) {
    OriginGate::Admission admission = origin.gate.Admit(clock_->BootNow());
    if (std::holds_alternative<OriginGate::Wait>(admission)) break;
    Call call = std::move(origin.waiting.front());
    origin.waiting.pop_front();
    if (auto* fail_fast = std::get_if<OriginGate::FailFast>(&admission)) {
      Refuse(std::move(call), std::move(fail_fast->error));
      continue;
    }
    call.begin([this, &origin, ticket = std::get<OriginGate::Ticket>(admission)](
                   const absl::Status& status) { End(origin, ticket, status); });
  }
  TurnAwayLateOnes(origin);
}

void GatedAuthenticator::End(Origin& origin, const OriginGate::Ticket& ticket,
                             const absl::Status& status) {
  switch (status.ok() ? login::Reach::kAnswered : login::ReachOf(status)) {
    case login::Reach::kAnswered:
      origin.gate.EndReached(ticket);
      break;
    case login::Reach::kNoAnswer:
      origin.gate.EndUnreached(ticket, status, clock_->BootNow());
      break;
    case login::Reach::kNothingSent:
      origin.gate.EndDropped(ticket);
      break;
  }
  Pump(origin);
}

void GatedAuthenticator::TurnAwayLateOnes(Origin& origin) {
  const base::BootTime now = clock_->BootNow();
  while (!origin.waiting.empty() && now - origin.waiting.front().since >= options_.longest_wait) {
    Call late = std::move(origin.waiting.front());
    origin.waiting.pop_front();
    Refuse(std::move(late), NoTurnError(absl::StrCat("no turn within ",
                                                     absl::FormatDuration(options_.longest_wait))));
  }
  scheduler_->Cancel(origin.timer);
  origin.timer = 0;
  if (origin.waiting.empty()) return;
  origin.timer = scheduler_->RunAfter(options_.longest_wait - (now - origin.waiting.front().since),
                                      [this, &origin] { TurnAwayLateOnes(origin); });
}

void GatedAuthenticator::Refuse(Call call, absl::Status status) {
  scheduler_->Post([refuse = std::move(call.refuse), status = std::move(status)]() mutable {
    refuse(std::move(status));
  });
}

}  // namespace sessionbroker::sessions
