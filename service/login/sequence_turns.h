#ifndef SESSIONBROKER_SERVICE_LOGIN_SEQUENCE_TURNS_H_
#define SESSIONBROKER_SERVICE_LOGIN_SEQUENCE_TURNS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"
#include "service/base/scheduler.h"
#include "service/login/sequence_source.h"

namespace sessionbroker::login {

// The one order in which sequences are used, by logins and by calls. Requests that leave in order
// may arrive in another, and a provider refuses the number that comes late: so whoever draws from a
// sequence has it alone, from before its first number until the answer to its last.
//
// Whoever needs several sequences gets them all at once and holds none before, so nobody waits in a
// circle. Those who want the same ones take turns by name: each that waits gets one before any gets
// a second. Sets of sequences that overlap take turns as wholes, the one that has waited longest
// first; the others do not wait for each other.
//
// Belongs to the scheduler's thread.
class SequenceTurns {
 public:
  using Sequences = std::set<SequenceId>;
  // Names a turn that is awaited or taken; never reused. 0 names none.
  using Ticket = uint64_t;

  // `scheduler` outlives this object; nothing that was posted runs after it has gone.
  explicit SequenceTurns(base::Scheduler* scheduler) : scheduler_(scheduler) {}
  SequenceTurns(const SequenceTurns&) = delete;
  SequenceTurns& operator=(const SequenceTurns&) = delete;

  // Queues up for `sequences`, at least one. `begin` is called once they are the ticket's own,
  // never inside a call to this object.
  Ticket Enter(Sequences sequences, absl::string_view who, absl::AnyInvocable<void()> begin);

  // Gives the turn, or the place in the queue, up. `begin` is not called any more.
  void Leave(Ticket ticket);

  // How many wait for just these sequences.
  std::size_t Waiting(const Sequences& sequences) const;

 private:
  // Those who want the same sequences. Exists while someone waits or has its turn.
  struct Lane {
    const Sequences* sequences = nullptr;
    // Who has its turn; 0: nobody.
    Ticket holder = 0;
    // Whom it is the turn of, and who waits under each name. No line is empty.
    std::deque<std::string> order;
    std::map<std::string, std::deque<Ticket>, std::less<>> lines;
    std::size_t waiting = 0;
    // Its place among the lanes that wait; lower has waited longer. Of meaning while someone waits.
    uint64_t since = 0;
  };
  struct Entry {
    Lane* lane = nullptr;
    std::string who;
    absl::AnyInvocable<void()> begin;
  };
  struct Use {
    bool taken = false;
    // The lanes in which someone waits for it, by Lane::since.
    std::map<uint64_t, Lane*> waiting;
  };

  // The lane waits from now on, behind all others; does not any more.
  void Queue(Lane& lane);
  void Unqueue(Lane& lane);
  // Its sequences are free, and nobody who has waited longer wants one of them.
  bool MayBegin(const Lane& lane) const;
  // The turn of whoever is next, where there is one and it may begin.
  void Pump(Lane& lane);
  // The same for those who wait for one of `sequences`.
  void PumpAll(const Sequences& sequences);
  void TakeOut(Lane& lane, const std::string& who, Ticket ticket);

  base::Scheduler* const scheduler_;
  Ticket last_ticket_ = 0;
  uint64_t last_since_ = 0;
  // They stay where they are.
  std::map<Sequences, Lane> lanes_;
  std::map<SequenceId, Use> uses_;
  std::map<Ticket, Entry> entries_;
};

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_SEQUENCE_TURNS_H_
