#ifndef SESSIONBROKER_SERVICE_ACCESS_GUARDED_STATUS_H_
#define SESSIONBROKER_SERVICE_ACCESS_GUARDED_STATUS_H_

#include <functional>
#include <utility>

#include "absl/status/statusor.h"
#include "service/access/broker_status.h"
#include "service/access/call.h"
#include "service/access/oversight.h"
#include "service/access/policy_holder.h"

namespace sessionbroker::access {

// How the broker stands, for those who may `operate` everywhere. Thread-safe.
class GuardedStatus {
 public:
  using Source = std::function<BrokerStatus()>;

  // `policy` outlives this object; `source` is thread-safe.
  GuardedStatus(const PolicyHolder* policy, Source source, const Oversight& oversight)
      : policy_(policy), source_(std::move(source)), oversight_(oversight) {}

  // Errors: kNotAllowed, kCallerQuota.
  absl::StatusOr<BrokerStatus> Get(const Call& call) const;

 private:
  const PolicyHolder* const policy_;
  const Source source_;
  const Oversight oversight_;
};

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_GUARDED_STATUS_H_
