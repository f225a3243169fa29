#ifndef SESSIONBROKER_SERVICE_RPC_TIME_ENCODING_H_
#define SESSIONBROKER_SERVICE_RPC_TIME_ENCODING_H_

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include "absl/time/time.h"

namespace sessionbroker::rpc {

// `duration` must be finite, as must `time`; both are cut to nanoseconds.
void EncodeDuration(absl::Duration duration, google::protobuf::Duration* out);
void EncodeTime(absl::Time time, google::protobuf::Timestamp* out);

}  // namespace sessionbroker::rpc

#endif  // SESSIONBROKER_SERVICE_RPC_TIME_ENCODING_H_
