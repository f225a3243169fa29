#ifndef SESSIONBROKER_SERVICE_SESSIONS_RECORD_TIMES_H_
#define SESSIONBROKER_SERVICE_SESSIONS_RECORD_TIMES_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/base/clock.h"

namespace sessionbroker::state::v1 {
class Moment;
}  // namespace sessionbroker::state::v1

// Times in records that outlast the process, and what they are after a restart.
namespace sessionbroker::sessions {

// One look at both clocks.
struct Present {
  absl::Time wall;
  base::BootTime boot;
  // Empty: not known, the same as no other.
  std::string boot_id;
};

void SetMoment(const Present& now, state::v1::Moment* moment);

// Places the times of a record, which was saved before `now`, on this boot's clock. As much time
// has passed as the clock says by which more has: the wall clock, or, within one boot, that of the
// boot. Never less than none.
class RecordTimes {
 public:
  RecordTimes(const state::v1::Moment& saved, const Present& now);

  // Of a time that the record has as nanoseconds since boot.
  base::BootTime At(int64_t boot_nanoseconds) const;
  // The same of one that has passed: not later than now.
  base::BootTime Past(int64_t boot_nanoseconds) const;

 private:
  const base::BootTime now_;
  // On the record's boot clock, what is now here.
  absl::Duration now_there_;
};

int64_t NanosecondsOf(base::BootTime time);

}  // namespace sessionbroker::sessions

#endif  // SESSIONBROKER_SERVICE_SESSIONS_RECORD_TIMES_H_
