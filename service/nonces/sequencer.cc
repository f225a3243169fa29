#include "service/nonces/sequencer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace sessionbroker::nonces {
namespace {

// Each means that another process got a block in between.
constexpr int kMaxConflicts = 50;

absl::StatusOr<std::vector<Record>> DecodeAll(
    const absl::StatusOr<std::vector<storage::Entry>>& entries) {
  SB_RETURN_IF_ERROR(entries.status());
  std::vector<Record> records;
  for (const storage::Entry& entry : *entries) {
    SB_ASSIGN_OR_RETURN(Record record, Decode(entry.value));
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace

Sequencer::Sequencer(storage::Store* store, base::Scheduler* scheduler, const base::Clock* clock,
                     const Options& options)
    : store_(store), scheduler_(scheduler), clock_(clock), options_(options) {}

void Sequencer::Reserve(const SequenceId& id, const SequenceSpec& spec,
                        std::optional<int64_t> above, ValueCallback done) {
  scheduler_->Post([this, id, spec, above, done = std::move(done)]() mutable {
    if (const absl::Status status = CheckSpec(spec); !status.ok()) {
      done(status);
      return;
    }
    Enqueue(id, ReserveCall{spec, above, std::move(done)});
  });
}

void Sequencer::Raise(const SequenceId& id, std::vector<SequenceSpec> specs, int64_t value,
                      RaiseCallback done) {
  scheduler_->Post([this, id, specs = std::move(specs), value, done = std::move(done)]() mutable {
    Enqueue(id, RaiseCall{std::move(specs), value, std::move(done)});
  });
}

void Sequencer::List(ListCallback done) {
  store_->List(
      {.prefix = kStorePrefix},
      [done = std::move(done)](const absl::StatusOr<std::vector<storage::Entry>>& entries) mutable {
        done(DecodeAll(entries));
      });
}

void Sequencer::Enqueue(const SequenceId& id, Call call) {
  const absl::StatusOr<std::string> store_key = StoreKeyOf(id);
  if (!store_key.ok()) {
    std::visit([&](auto& any) { any.done(store_key.status()); }, call);
    return;
  }
  Sequence& sequence = sequences_[id];
  if (sequence.calls.size() >= options_.max_waiters) {
    const absl::Status full = base::MakeError(
        base::Reason::kQueueFull, absl::StrCat("callers that wait for a nonce of one key: limit ",
                                               options_.max_waiters, ", all taken"));
    std::visit([&](auto& any) { any.done(full); }, call);
    return;
  }
  sequence.id = id;
  sequence.store_key = *store_key;
  sequence.calls.push_back(std::move(call));
  Pump(sequence);
}

void Sequencer::Pump(Sequence& sequence) {
  while (!sequence.busy && !sequence.calls.empty()) {
    if (!sequence.loaded) {
      Load(sequence);
    } else if (std::holds_alternative<ReserveCall>(sequence.calls.front())) {
      ServeReserve(sequence);
    } else {
      ServeRaise(sequence);
    }
  }
}

void Sequencer::Load(Sequence& sequence) {
  sequence.busy = true;
  store_->Get(sequence.store_key,
              [this, &sequence](absl::StatusOr<std::optional<storage::Entry>> entry) {
                OnLoaded(sequence, std::move(entry));
              });
}

void Sequencer::OnLoaded(Sequence& sequence, absl::StatusOr<std::optional<storage::Entry>> entry) {
  sequence.busy = false;
  absl::StatusOr<Record> record = Record{};
  const bool found = entry.ok() && entry->has_value();
  if (!entry.ok()) {
    record = entry.status();
  } else if (found) {
    record = Decode((*entry)->value);
  }
  if (!record.ok()) {
    Fail(sequence, record.status());
    return;
  }
  // Never behind what this process has given out, whatever became of the store.
  const int64_t stored = found ? record->reserved : -1;
  sequence.state = Restored(std::max(stored, sequence.state.issued), record->floor);
  sequence.revision = found ? (*entry)->revision : 0;
  sequence.unit = record->unit;
  sequence.max = record->max;
  sequence.loaded = true;
  Pump(sequence);
}

void Sequencer::ServeReserve(Sequence& sequence) {
  auto& call = std::get<ReserveCall>(sequence.calls.front());
  const absl::Time now = guard_.Believe(clock_->WallNow(), clock_->BootNow());
  const Decision decision =
      Next(call.spec, sequence.state, call.above, static_cast<int64_t>(sequence.calls.size()), now);
  if (const auto* block = std::get_if<ReserveBlock>(&decision)) {
    sequence.unit = call.spec.unit;
    sequence.max = call.spec.max;
    Save(sequence,
         {.id = sequence.id,
          .reserved = block->reserved,
          .floor = sequence.state.floor,
          .unit = sequence.unit,
          .max = sequence.max,
          .update_time = clock_->WallNow()},
         [&sequence, block = *block] { sequence.state = Reserved(sequence.state, block); });
    return;
  }
  ReserveCall served = std::get<ReserveCall>(std::move(sequence.calls.front()));
  sequence.calls.pop_front();
  if (const auto* issue = std::get_if<Issue>(&decision)) {
    sequence.state = Issued(sequence.state, issue->value);
    served.done(issue->value);
  } else {
    served.done(std::get<absl::Status>(decision));
  }
}

void Sequencer::ServeRaise(Sequence& sequence) {
  const auto& call = std::get<RaiseCall>(sequence.calls.front());
  const int64_t value = call.value;
  const absl::Time now = guard_.Believe(clock_->WallNow(), clock_->BootNow());
  const absl::Status checked = CheckRaise(sequence.id, sequence.state, call.specs, value, now);
  if (!checked.ok()) {
    RaiseCall refused = std::get<RaiseCall>(std::move(sequence.calls.front()));
    sequence.calls.pop_front();
    refused.done(checked);
    return;
  }
  const Record record = {.id = sequence.id,
                         .reserved = value,
                         .floor = value,
                         .unit = sequence.unit,
                         .max = sequence.max,
                         .update_time = clock_->WallNow()};
  Save(sequence, record, [&sequence, record] {
    const int64_t previous = sequence.state.reserved;
    sequence.state = Restored(record.reserved, record.floor);
    RaiseCall raised = std::get<RaiseCall>(std::move(sequence.calls.front()));
    sequence.calls.pop_front();
    raised.done(Raised{.record = record, .previous = previous});
  });
}

void Sequencer::Save(Sequence& sequence, const Record& record, absl::AnyInvocable<void()> then) {
  sequence.busy = true;
  store_->Commit({.conditions = {{sequence.store_key, sequence.revision}},
                  .writes = {{sequence.store_key, Encode(record)}}},
                 [this, &sequence, then = std::move(then)](
                     const absl::StatusOr<storage::CommitResult>& result) mutable {
                   OnSaved(sequence, result, std::move(then));
                 });
}

void Sequencer::OnSaved(Sequence& sequence, const absl::StatusOr<storage::CommitResult>& result,
                        absl::AnyInvocable<void()> then) {
  sequence.busy = false;
  if (!result.ok()) {
    Fail(sequence, result.status());
    return;
  }
  if (result->committed) {
    sequence.revision = result->revision;
    sequence.conflicts = 0;
    then();
  } else {
    sequence.loaded = false;
    if (++sequence.conflicts > kMaxConflicts) {
      Fail(sequence, base::MakeError(base::Reason::kStoreUnavailable,
                                     "too many processes take nonces of one key at once"));
      return;
    }
  }
  Pump(sequence);
}

void Sequencer::Fail(Sequence& sequence, const absl::Status& status) {
  sequence.loaded = false;
  sequence.conflicts = 0;
  std::deque<Call> failed;
  failed.swap(sequence.calls);
  for (Call& call : failed) {
    std::visit([&status](auto& any) { any.done(status); }, call);
  }
}

}  // namespace sessionbroker::nonces
