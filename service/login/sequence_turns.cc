#include "service/login/sequence_turns.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace sessionbroker::login {

SequenceTurns::Ticket SequenceTurns::Enter(Sequences sequences, absl::string_view who,
                                           absl::AnyInvocable<void()> begin) {
  const Ticket ticket = ++last_ticket_;
  const auto [place, added] = lanes_.try_emplace(std::move(sequences));
  Lane& lane = place->second;
  lane.sequences = &place->first;
  entries_.emplace(ticket, Entry{&lane, std::string(who), std::move(begin)});
  const auto [line, first] = lane.lines.try_emplace(std::string(who));
  if (first) lane.order.emplace_back(who);
  line->second.push_back(ticket);
  if (++lane.waiting == 1) Queue(lane);
  Pump(lane);
  return ticket;
}

void SequenceTurns::Leave(Ticket ticket) {
  const auto found = entries_.find(ticket);
  if (found == entries_.end()) return;
  // Destroyed last: `begin` may own things that call back.
  const Entry entry = std::move(found->second);
  entries_.erase(found);
  Lane& lane = *entry.lane;
  if (lane.holder == ticket) {
    lane.holder = 0;
    for (const SequenceId& sequence : *lane.sequences) uses_.at(sequence).taken = false;
  } else {
    TakeOut(lane, entry.who, ticket);
  }
  const Sequences sequences = *lane.sequences;
  if (lane.holder == 0 && lane.waiting == 0) lanes_.erase(sequences);
  PumpAll(sequences);
  for (const SequenceId& sequence : sequences) {
    const auto use = uses_.find(sequence);
    if (!use->second.taken && use->second.waiting.empty()) uses_.erase(use);
  }
}

std::size_t SequenceTurns::Waiting(const Sequences& sequences) const {
  const auto lane = lanes_.find(sequences);
  return lane == lanes_.end() ? 0 : lane->second.waiting;
}

void SequenceTurns::Queue(Lane& lane) {
  lane.since = ++last_since_;
  for (const SequenceId& sequence : *lane.sequences) {
    uses_[sequence].waiting.emplace(lane.since, &lane);
  }
}

void SequenceTurns::Unqueue(Lane& lane) {
  for (const SequenceId& sequence : *lane.sequences) {
    uses_.at(sequence).waiting.erase(lane.since);
  }
}

bool SequenceTurns::MayBegin(const Lane& lane) const {
  return std::all_of(lane.sequences->begin(), lane.sequences->end(),
                     [&](const SequenceId& sequence) {
                       const Use& use = uses_.at(sequence);
                       return !use.taken && use.waiting.begin()->second == &lane;
                     });
}

void SequenceTurns::Pump(Lane& lane) {
  if (lane.waiting == 0 || !MayBegin(lane)) return;
  const std::string who = std::move(lane.order.front());
  lane.order.pop_front();
  const auto line = lane.lines.find(who);
  const Ticket ticket = line->second.front();
  line->second.pop_front();
  if (line->second.empty()) {
    lane.lines.erase(line);
  } else {
    lane.order.push_back(who);
  }
  Unqueue(lane);
  if (--lane.waiting > 0) Queue(lane);
  lane.holder = ticket;
  for (const SequenceId& sequence : *lane.sequences) uses_.at(sequence).taken = true;
  scheduler_->Post([this, ticket] {
    const auto entry = entries_.find(ticket);
    if (entry == entries_.end()) return;
    // Moved: the call may leave, which destroys the entry.
    absl::AnyInvocable<void()> begin = std::move(entry->second.begin);
    begin();
  });
}

void SequenceTurns::PumpAll(const Sequences& sequences) {
  std::map<uint64_t, Lane*> next;
  for (const SequenceId& sequence : sequences) {
    const Use& use = uses_.at(sequence);
    if (!use.waiting.empty()) next.insert(*use.waiting.begin());
  }
  for (const auto& [since, lane] : next) Pump(*lane);
}

void SequenceTurns::TakeOut(Lane& lane, const std::string& who, Ticket ticket) {
  const auto line = lane.lines.find(who);
  line->second.erase(std::find(line->second.begin(), line->second.end(), ticket));
  if (line->second.empty()) {
    lane.lines.erase(line);
    lane.order.erase(std::find(lane.order.begin(), lane.order.end(), who));
  }
  if (--lane.waiting == 0) Unqueue(lane);
}

}  // namespace sessionbroker::login
