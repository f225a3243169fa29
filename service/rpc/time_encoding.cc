#include "service/rpc/time_encoding.h"

#include <cstdint>

namespace sessionbroker::rpc {

void EncodeDuration(absl::Duration duration, google::protobuf::Duration* out) {
  // Both parts have the sign of the whole, as google.protobuf.Duration wants it.
  out->set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &duration));
  out->set_nanos(
      static_cast<int32_t>(absl::IDivDuration(duration, absl::Nanoseconds(1), &duration)));
}

void EncodeTime(absl::Time time, google::protobuf::Timestamp* out) {
  // The nanoseconds of a Timestamp count forwards, also before 1970.
  const int64_t seconds = absl::ToUnixSeconds(time);
  out->set_seconds(seconds);
  out->set_nanos(
      static_cast<int32_t>((time - absl::FromUnixSeconds(seconds)) / absl::Nanoseconds(1)));
}

}  // namespace sessionbroker::rpc
