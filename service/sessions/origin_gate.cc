#include "service/sessions/origin_gate.h"

#include <utility>

#include "service/sessions/backoff.h"

namespace sessionbroker::sessions {
namespace {

constexpr int kFirstLimit = 2;

}  // namespace

OriginGate::Admission OriginGate::Admit(base::BootTime now) {
  if (auto* open = std::get_if<Open>(&state_)) {
    if (now < open->next_trial) {
      return FailFast{FailFastError(open->cause, open->next_trial, now)};
    }
    if (open->trial.has_value()) {
      return FailFast{FailFastError(open->cause, now + policy_.trial_pause, now)};
    }
    const Ticket ticket = Begin();
    open->trial = ticket.id;
    return ticket;
  }
  if (in_flight_ >= policy_.max_in_flight) return Wait{};
  const auto* recovering = std::get_if<Recovering>(&state_);
  if (recovering != nullptr && in_flight_of_epoch_ >= recovering->limit) return Wait{};
  return Begin();
}

void OriginGate::EndReached(const Ticket& ticket) {
  Release(ticket);
  failures_in_a_row_ = 0;
  if (std::holds_alternative<Open>(state_)) {
    BeginEpoch();
    Recover(kFirstLimit);
  } else if (auto* recovering = std::get_if<Recovering>(&state_);
             recovering != nullptr && ticket.epoch == epoch_) {
    Recover(recovering->limit + 1);
  }
}

void OriginGate::EndUnreached(const Ticket& ticket, absl::Status cause, base::BootTime now) {
  Release(ticket);
  if (auto* open = std::get_if<Open>(&state_)) {
    if (open->trial == ticket.id) {
      *open = {.next_trial = now + policy_.trial_pause,
               .cause = std::move(cause),
               .trial = std::nullopt};
    }
    return;
  }
  if (ticket.epoch != epoch_) return;
  if (++failures_in_a_row_ >= policy_.failures_to_open) {
    BeginEpoch();
    state_ = Open{.next_trial = now, .cause = std::move(cause), .trial = std::nullopt};
  } else if (std::holds_alternative<Recovering>(state_)) {
    Recover(kFirstLimit);
  }
}

void OriginGate::EndDropped(const Ticket& ticket) {
  Release(ticket);
  if (auto* open = std::get_if<Open>(&state_); open != nullptr && open->trial == ticket.id) {
    open->trial.reset();
  }
}

OriginGate::Ticket OriginGate::Begin() {
  ++in_flight_;
  ++in_flight_of_epoch_;
  return {.id = ++last_ticket_, .epoch = epoch_};
}

void OriginGate::Release(const Ticket& ticket) {
  --in_flight_;
  if (ticket.epoch == epoch_) --in_flight_of_epoch_;
}

void OriginGate::BeginEpoch() {
  ++epoch_;
  in_flight_of_epoch_ = 0;
  failures_in_a_row_ = 0;
}

void OriginGate::Recover(int limit) {
  if (limit >= policy_.max_in_flight) {
    state_ = Closed{};
  } else {
    state_ = Recovering{limit};
  }
}

}  // namespace sessionbroker::sessions
