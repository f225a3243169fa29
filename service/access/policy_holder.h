#ifndef SESSIONBROKER_SERVICE_ACCESS_POLICY_HOLDER_H_
#define SESSIONBROKER_SERVICE_ACCESS_POLICY_HOLDER_H_

#include "service/access/policy.h"
#include "service/base/snapshot.h"

namespace sessionbroker::access {

// The rules of the moment: one in a process, which a reload sets. A call looks once and goes by
// what it saw.
using PolicyHolder = base::Snapshot<Policy>;

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_POLICY_HOLDER_H_
