#include "client/brokerctl/provider/clock_numbers.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"

namespace sessionbroker::brokerctl {

absl::StatusOr<int64_t> ClockNumbers::Next(const login::SequenceId& id,
                                           const login::SequenceSpec& spec,
                                           std::optional<int64_t> above, absl::Time now) {
  int64_t highest_used = spec.start - 1;
  if (const auto last = last_.find(id); last != last_.end()) {
    highest_used = std::max(highest_used, last->second);
  }
  highest_used = std::max(highest_used, above.value_or(highest_used));
  if (highest_used >= spec.max) {
    return base::MakeError(base::Reason::kSequenceExhausted,
                           absl::StrCat("the last number is ", spec.max));
  }
  int64_t next = highest_used + 1;
  switch (spec.unit) {
    case login::SequenceSpec::Unit::kCount:
      break;
    case login::SequenceSpec::Unit::kSeconds:
      next = std::max(next, absl::ToUnixSeconds(now));
      break;
    case login::SequenceSpec::Unit::kMilliseconds:
      next = std::max(next, absl::ToUnixMillis(now));
      break;
  }
  if (next > spec.max) {
    return base::MakeError(
        base::Reason::kSequenceExhausted,
        absl::StrCat("the clock gives ", next, ", the last number is ", spec.max));
  }
  last_[id] = next;
  return next;
}

}  // namespace sessionbroker::brokerctl
