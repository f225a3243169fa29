#ifndef SESSIONBROKER_SERVICE_NONCES_SEQUENCE_H_
#define SESSIONBROKER_SERVICE_NONCES_SEQUENCE_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

// The rules of one sequence of nonces, without I/O: pure functions of a state and a time.
namespace sessionbroker::nonces {

// Names a sequence: whoever uses the same key at the same origin shares it.
struct SequenceId {
  // "https://v5.icash.bg".
  std::string origin;
  // What the provider counts by, for example an api_key. Not a secret.
  std::string key;

  friend bool operator==(const SequenceId& a, const SequenceId& b) {
    return a.origin == b.origin && a.key == b.key;
  }
  friend bool operator<(const SequenceId& a, const SequenceId& b) {
    return std::tie(a.origin, a.key) < std::tie(b.origin, b.key);
  }
};

// How its values come about.
struct SequenceSpec {
  // kCount: one after the other. Else the Unix time in this unit, and one after the other where
  // more are asked for than time passes.
  enum class Unit { kCount, kSeconds, kMilliseconds };

  Unit unit = Unit::kSeconds;
  // No value is lower.
  int64_t start = 0;
  // No value is higher.
  int64_t max = std::numeric_limits<int64_t>::max();
  // Of one that follows the time: no value is further ahead of the clock.
  absl::Duration max_ahead = absl::Hours(1);

  friend bool operator==(const SequenceSpec& a, const SequenceSpec& b) {
    return a.unit == b.unit && a.start == b.start && a.max == b.max && a.max_ahead == b.max_ahead;
  }
};

// kInvalidArgument unless 0 <= start <= max and max_ahead is above 0.
absl::Status CheckSpec(const SequenceSpec& spec);

// No block is longer. What is left of one is lost when the process ends, and a sequence that
// follows the time must not run away from it by being restarted.
inline constexpr int64_t kMaxBlock = 64;

// Where a sequence stands. Values count from 0; -1: none.
struct SequenceState {
  // Every value up to here was given out, or must be taken for given out.
  int64_t issued = -1;
  // Every value up to here is reserved durably. At least `issued`.
  int64_t reserved = -1;
  // What an operator raised it to. Values may run ahead of this instead of the clock: an operator
  // who lets a key go on that is ahead knows more than the clock.
  int64_t floor = -1;
  // How long the last block of this process was; 0: there was none.
  int64_t last_block = 0;
};

// The state of one that was read from the store: whatever is left of the block is not used.
SequenceState Restored(int64_t reserved, int64_t floor);

// `value` may be given out: it is reserved.
struct Issue {
  int64_t value = 0;
};
// First reserve all up to `reserved` durably.
struct ReserveBlock {
  int64_t first = 0;
  int64_t reserved = 0;
};

using Decision = std::variant<Issue, ReserveBlock, absl::Status>;

// What to do for a caller who wants the next value, or, with `above`, one that is higher than that
// too: max(issued + 1, start, above + 1, and the time if the sequence follows it). A time beyond
// `max` is not followed: a clock that is wrong by decades, or right after 2038, leaves the values
// that are left. `wanted` is how many callers wait, this one included; blocks grow with that and
// with each block that was used up. Errors:
//   kSequenceAhead      the value would be too far ahead of the clock; tells when to try again
//   kSequenceExhausted  `max` is reached
Decision Next(const SequenceSpec& spec, const SequenceState& state, std::optional<int64_t> above,
              int64_t wanted, absl::Time now);

// After Issue: `value` is given out. After ReserveBlock was made durable: the block may be used.
SequenceState Issued(SequenceState state, int64_t value);
SequenceState Reserved(SequenceState state, const ReserveBlock& block);

// What an operator's raise to `value` leads to: every value up to it counts as used. It must suit
// each of `specs`, those of all who draw from the sequence. Errors:
//   kSequencePassed    it stands at `value` or higher already: metadata "current"
//   kInvalidArgument   below 0, no value would be left, or, by the time, more than `max_ahead`
//   ahead
//                      of the clock and of where the sequence stands: metadata "limit", "actual"
absl::Status CheckRaise(const SequenceId& id, const SequenceState& state,
                        const std::vector<SequenceSpec>& specs, int64_t value, absl::Time now);

}  // namespace sessionbroker::nonces

#endif  // SESSIONBROKER_SERVICE_NONCES_SEQUENCE_H_
