#include "service/sessions/record_times.h"

#include <algorithm>

#include "sessionbroker/state/v1/account.pb.h"

namespace sessionbroker::sessions {

void SetMoment(const Present& now, state::v1::Moment* moment) {
  moment->set_wall_time(absl::ToUnixNanos(now.wall));
  moment->set_boot_time(NanosecondsOf(now.boot));
  moment->set_boot_id(now.boot_id);
}

RecordTimes::RecordTimes(const state::v1::Moment& saved, const Present& now) : now_(now.boot) {
  const absl::Duration saved_at = absl::Nanoseconds(saved.boot_time());
  absl::Duration passed =
      std::max(absl::ZeroDuration(), now.wall - absl::FromUnixNanos(saved.wall_time()));
  if (!now.boot_id.empty() && saved.boot_id() == now.boot_id) {
    passed = std::max(passed, now.boot.since_boot() - saved_at);
  }
  now_there_ = saved_at + passed;
}

base::BootTime RecordTimes::At(int64_t boot_nanoseconds) const {
  return now_ + (absl::Nanoseconds(boot_nanoseconds) - now_there_);
}

base::BootTime RecordTimes::Past(int64_t boot_nanoseconds) const {
  return std::min(At(boot_nanoseconds), now_);
}

int64_t NanosecondsOf(base::BootTime time) { return absl::ToInt64Nanoseconds(time.since_boot()); }

}  // namespace sessionbroker::sessions
