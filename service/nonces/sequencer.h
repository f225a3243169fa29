#ifndef SESSIONBROKER_SERVICE_NONCES_SEQUENCER_H_
#define SESSIONBROKER_SERVICE_NONCES_SEQUENCER_H_

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/base/clock.h"
#include "service/base/scheduler.h"
#include "service/nonces/record.h"
#include "service/nonces/sequence.h"
#include "service/nonces/step_guard.h"
#include "service/storage/store.h"

namespace sessionbroker::nonces {

// What Raise came to.
struct Raised {
  Record record;
  // Where the sequence stood before; -1: it was not there.
  int64_t previous = -1;
};

// Gives out the values of all sequences. A value is reserved durably before it is given out, in
// blocks; what is left of a block when the process ends is skipped by the next one. Several
// processes may share a store: each block belongs to the one that has written it.
//
// Thread-safe: calls are posted to the scheduler, on which everything else happens, the store's
// callbacks included. Callbacks run there, each exactly once, never inside the call that was given
// it; those of one sequence in the order of the calls.
class Sequencer {
 public:
  using ValueCallback = absl::AnyInvocable<void(absl::StatusOr<int64_t>)>;
  using RaiseCallback = absl::AnyInvocable<void(absl::StatusOr<Raised>)>;
  using ListCallback = absl::AnyInvocable<void(absl::StatusOr<std::vector<Record>>)>;

  struct Options {
    // At most so many callers wait for one sequence; more get kQueueFull.
    std::size_t max_waiters = 10000;
  };

  // All outlive this object; nothing that was posted runs after it has gone.
  Sequencer(storage::Store* store, base::Scheduler* scheduler, const base::Clock* clock)
      : Sequencer(store, scheduler, clock, Options()) {}
  Sequencer(storage::Store* store, base::Scheduler* scheduler, const base::Clock* clock,
            const Options& options);

  Sequencer(const Sequencer&) = delete;
  Sequencer& operator=(const Sequencer&) = delete;

  // The next value, and with `above` one that is higher than that too. Errors: as CheckSpec,
  // StoreKeyOf and Next; kQueueFull; kStoreUnavailable.
  void Reserve(const SequenceId& id, const SequenceSpec& spec, std::optional<int64_t> above,
               ValueCallback done);

  // For an operator: every value up to `value` counts as used from now on, and the sequence may run
  // ahead of it instead of the clock. `specs` are those of all who draw from it. Errors: as
  // CheckRaise and StoreKeyOf; kQueueFull; kStoreUnavailable.
  void Raise(const SequenceId& id, std::vector<SequenceSpec> specs, int64_t value,
             RaiseCallback done);

  // All sequences, in the order of origin and key. kStoreUnavailable.
  void List(ListCallback done);

 private:
  struct ReserveCall {
    SequenceSpec spec;
    std::optional<int64_t> above;
    ValueCallback done;
  };
  struct RaiseCall {
    std::vector<SequenceSpec> specs;
    int64_t value = 0;
    RaiseCallback done;
  };
  using Call = std::variant<ReserveCall, RaiseCall>;

  struct Sequence {
    SequenceId id;
    std::string store_key;
    // In the order in which they came.
    std::deque<Call> calls;
    // A call to the store is under way.
    bool busy = false;
    // What follows was read from the store, and is what stands there as far as is known.
    bool loaded = false;
    int64_t revision = 0;
    SequenceState state;
    std::optional<SequenceSpec::Unit> unit;
    std::optional<int64_t> max;
    // Commits in a row that another process was ahead of.
    int conflicts = 0;
  };

  void Enqueue(const SequenceId& id, Call call);
  // Works off the calls until none is left or the store is needed.
  void Pump(Sequence& sequence);
  void Load(Sequence& sequence);
  void OnLoaded(Sequence& sequence, absl::StatusOr<std::optional<storage::Entry>> entry);
  // Each is given the first call and takes it off once it has its answer.
  void ServeReserve(Sequence& sequence);
  void ServeRaise(Sequence& sequence);
  // Writes `record`; `then` runs if it was written, before the calls go on.
  void Save(Sequence& sequence, const Record& record, absl::AnyInvocable<void()> then);
  void OnSaved(Sequence& sequence, const absl::StatusOr<storage::CommitResult>& result,
               absl::AnyInvocable<void()> then);
  // Every call that waits ends with `status`; what is known is read anew before the next.
  static void Fail(Sequence& sequence, const absl::Status& status);

  storage::Store* const store_;
  base::Scheduler* const scheduler_;
  const base::Clock* const clock_;
  const Options options_;

  // These belong to the scheduler's thread. Sequences stay where they are.
  StepGuard guard_;
  std::map<SequenceId, Sequence> sequences_;
};

}  // namespace sessionbroker::nonces

#endif  // SESSIONBROKER_SERVICE_NONCES_SEQUENCER_H_
