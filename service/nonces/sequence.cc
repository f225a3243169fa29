#include "service/nonces/sequence.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"

namespace sessionbroker::nonces {
namespace {

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
// Told to callers at most: by then someone has looked at the clock.
constexpr absl::Duration kMaxRetryAfter = absl::Hours(24);

bool FollowsTime(SequenceSpec::Unit unit) { return unit != SequenceSpec::Unit::kCount; }

// Requires FollowsTime(unit).
absl::Duration OneOf(SequenceSpec::Unit unit) {
  return unit == SequenceSpec::Unit::kSeconds ? absl::Seconds(1) : absl::Milliseconds(1);
}
int64_t TimeIn(SequenceSpec::Unit unit, absl::Time now) {
  return unit == SequenceSpec::Unit::kSeconds ? absl::ToUnixSeconds(now) : absl::ToUnixMillis(now);
}

const char* InWords(SequenceSpec::Unit unit) {
  switch (unit) {
    case SequenceSpec::Unit::kCount:
      return "ones";
    case SequenceSpec::Unit::kSeconds:
      return "seconds";
    case SequenceSpec::Unit::kMilliseconds:
      return "milliseconds";
  }
  return "";
}

// Neither is negative.
int64_t SumOrMost(int64_t a, int64_t b) { return a > kMost - b ? kMost : a + b; }

// The highest value that may be given out now.
int64_t LimitOf(const SequenceSpec& spec, const SequenceState& state, absl::Time now) {
  if (!FollowsTime(spec.unit)) return spec.max;
  const int64_t base = std::max({int64_t{0}, TimeIn(spec.unit, now), state.floor, spec.start});
  return std::min(spec.max, SumOrMost(base, spec.max_ahead / OneOf(spec.unit)));
}

absl::Status Exhausted(const SequenceSpec& spec) {
  return base::MakeError(
      {.reason = base::Reason::kSequenceExhausted,
       .retry_after = std::nullopt,
       .metadata = {{"limit", absl::StrCat(spec.max)}}},
      absl::StrCat("the nonces of this key are used up: their maximum of ", spec.max,
                   " is reached, so the provider has to issue a new key"));
}

absl::Status Ahead(const SequenceSpec& spec, int64_t value, int64_t limit) {
  const int64_t excess = value - limit;
  const int64_t most = kMaxRetryAfter / OneOf(spec.unit);
  return base::MakeError(
      {.reason = base::Reason::kSequenceAhead,
       .retry_after = OneOf(spec.unit) * std::min(excess, most),
       .metadata = {{"limit", absl::StrCat(limit)}, {"actual", absl::StrCat(value)}}},
      absl::StrCat("the next nonce of this key would be ", value, ", more than ",
                   absl::FormatDuration(spec.max_ahead), " ahead of the broker's clock: limit ",
                   limit));
}

// A block that was used up doubles the next one; one that time has run past does not.
int64_t BlockFor(const SequenceState& state, int64_t first, int64_t wanted) {
  const bool used_up = state.last_block > 0 && first == state.reserved + 1;
  const int64_t grown = used_up ? 2 * state.last_block : 1;
  return std::clamp(std::max(grown, wanted), int64_t{1}, kMaxBlock);
}

}  // namespace

absl::Status CheckSpec(const SequenceSpec& spec) {
  if (spec.start >= 0 && spec.start <= spec.max && spec.max_ahead > absl::ZeroDuration()) {
    return absl::OkStatus();
  }
  return base::MakeError(
      base::Reason::kInvalidArgument,
      absl::StrCat("a sequence has 0 <= start <= max and max_ahead above 0, got ", spec.start, ", ",
                   spec.max, " and ", absl::FormatDuration(spec.max_ahead)));
}

SequenceState Restored(int64_t reserved, int64_t floor) {
  return {.issued = reserved, .reserved = reserved, .floor = floor, .last_block = 0};
}

Decision Next(const SequenceSpec& spec, const SequenceState& state, std::optional<int64_t> above,
              int64_t wanted, absl::Time now) {
  const int64_t used = std::max(state.issued, above.value_or(-1));
  if (used >= spec.max) return Exhausted(spec);
  int64_t value = std::max(used + 1, spec.start);
  if (FollowsTime(spec.unit)) {
    const int64_t time = TimeIn(spec.unit, now);
    if (time <= spec.max) value = std::max(value, time);
  }
  const int64_t limit = LimitOf(spec, state, now);
  if (value > limit) return Ahead(spec, value, limit);
  if (value <= state.reserved) return Issue{value};
  const int64_t more = std::min(BlockFor(state, value, wanted) - 1, limit - value);
  return ReserveBlock{.first = value, .reserved = value + more};
}

SequenceState Issued(SequenceState state, int64_t value) {
  state.issued = std::max(state.issued, value);
  return state;
}

SequenceState Reserved(SequenceState state, const ReserveBlock& block) {
  state.issued = std::max(state.issued, block.first - 1);
  state.reserved = std::max(state.reserved, block.reserved);
  state.last_block = block.reserved - block.first + 1;
  return state;
}

absl::Status CheckRaise(const SequenceId& id, const SequenceState& state,
                        const std::vector<SequenceSpec>& specs, int64_t value, absl::Time now) {
  const auto refuse = [&](base::Reason reason, absl::string_view name, int64_t bound,
                          const std::string& text) {
    return base::MakeError(
        {.reason = reason,
         .retry_after = std::nullopt,
         .metadata = {{std::string(name), absl::StrCat(bound)}, {"actual", absl::StrCat(value)}}},
        absl::StrCat("the nonces of ", id.key, " at ", id.origin, ": ", text, ", got ", value));
  };
  if (value < 0) {
    return refuse(base::Reason::kInvalidArgument, "limit", 0, "can be raised to 0 or more");
  }
  if (value <= state.reserved) {
    return refuse(base::Reason::kSequencePassed, "current", state.reserved,
                  absl::StrCat("stand at ", state.reserved, " and are only ever raised"));
  }
  // One that stands ahead of the clock already may go on from there.
  SequenceState standing = state;
  standing.floor = state.reserved;
  for (const SequenceSpec& spec : specs) {
    if (value >= spec.max) {
      return refuse(
          base::Reason::kInvalidArgument, "limit", spec.max - 1,
          absl::StrCat("can be raised to ", spec.max - 1, " at most, or none would be left"));
    }
    const int64_t limit = LimitOf(spec, standing, now);
    if (value > limit) {
      return refuse(
          base::Reason::kInvalidArgument, "limit", limit,
          absl::StrCat("follow the time in ", InWords(spec.unit), " and can be raised to ", limit,
                       " at most, ", absl::FormatDuration(spec.max_ahead),
                       " ahead of the broker's clock or of where they stand"));
    }
  }
  return absl::OkStatus();
}

}  // namespace sessionbroker::nonces
