#ifndef SESSIONBROKER_SERVICE_LOGIN_SEQUENCE_SOURCE_H_
#define SESSIONBROKER_SERVICE_LOGIN_SEQUENCE_SOURCE_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace sessionbroker::login {

// One sequence of numbers that a provider wants to see rise, whoever uses it: every account,
// definition and replica that names the same one draws from it.
struct SequenceId {
  // "https://v5.icash.bg": http::Origin::ToString of the account's base URL.
  std::string origin;
  // What the provider counts by, for example an API key. Not a secret.
  std::string key;

  friend bool operator==(const SequenceId& a, const SequenceId& b) {
    return a.origin == b.origin && a.key == b.key;
  }
  friend bool operator<(const SequenceId& a, const SequenceId& b) {
    return a.origin != b.origin ? a.origin < b.origin : a.key < b.key;
  }
};

// How a sequence's numbers come about.
struct SequenceSpec {
  // kCount: one after the other. Else the Unix time in this unit, and one after the other where
  // more are asked for than time has passed.
  enum class Unit { kCount, kSeconds, kMilliseconds };

  Unit unit = Unit::kSeconds;
  // No number is lower.
  int64_t start = 0;
  // No number is higher.
  int64_t max = std::numeric_limits<int64_t>::max();
  // Of a sequence that follows the time: no number is further ahead of the clock, so that one wrong
  // clock cannot spoil a key for good.
  absl::Duration max_ahead = absl::Hours(1);
};

// A number that is needed before a request can be made.
struct NumberRequest {
  SequenceId id;
  SequenceSpec spec;
  // See SequenceSource::Reserve.
  std::optional<int64_t> above;
};

// Where the numbers of sequences come from. Each is given once, in the order of the calls for one
// sequence, higher than all before, across crashes, clock steps and replicas; there may be gaps.
// Thread-safe; never blocks.
class SequenceSource {
 public:
  // Called exactly once, on the scheduler's thread, never inside Reserve. An error carries a
  // base::Reason and, where waiting helps, the time to wait.
  using Callback = absl::AnyInvocable<void(absl::StatusOr<int64_t>)>;

  virtual ~SequenceSource() = default;

  // The next number. With `above`, one that is higher than that too: how a caller moves on after
  // the provider has refused a number. Whoever repeats a call with the same `above` raises nothing
  // twice.
  virtual void Reserve(const SequenceId& id, const SequenceSpec& spec, std::optional<int64_t> above,
                       Callback done) = 0;
};

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_SEQUENCE_SOURCE_H_
