#ifndef SESSIONBROKER_TESTS_SESSIONS_MOMENTS_H_
#define SESSIONBROKER_TESTS_SESSIONS_MOMENTS_H_

#include "absl/time/time.h"
#include "service/base/clock.h"

namespace sessionbroker::sessions {

// When rules that take the time as an argument are asked.
inline const base::BootTime kNow(absl::Hours(5));
// The least step of time.
inline constexpr absl::Duration kTick = absl::Nanoseconds(1);

}  // namespace sessionbroker::sessions

#endif  // SESSIONBROKER_TESTS_SESSIONS_MOMENTS_H_
