#ifndef SESSIONBROKER_SERVICE_APP_GRPC_LOG_H_
#define SESSIONBROKER_SERVICE_APP_GRPC_LOG_H_

#include "service/telemetry/log.h"

namespace sessionbroker::app {

// For as long as this object lives, what gRPC reports as errors goes into `log` as a warning
// instead of onto stderr in a format of its own. One in a process, made before gRPC is used; `log`
// must outlive it.
class GrpcLog {
 public:
  explicit GrpcLog(telemetry::Logger* log);
  ~GrpcLog();
  GrpcLog(const GrpcLog&) = delete;
  GrpcLog& operator=(const GrpcLog&) = delete;
};

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_GRPC_LOG_H_
