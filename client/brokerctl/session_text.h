#ifndef SESSIONBROKER_CLIENT_BROKERCTL_SESSION_TEXT_H_
#define SESSIONBROKER_CLIENT_BROKERCTL_SESSION_TEXT_H_

#include <string>

#include "absl/time/time.h"
#include "sessionbroker/v1/session_broker.pb.h"

namespace sessionbroker::brokerctl {

// A session for people: what it is, when it ends as seen from `now`, and what to add to a request.
// Shows `session` as it is: see Redact.
std::string DescribeSession(const v1::Session& session, absl::Time now);

}  // namespace sessionbroker::brokerctl

#endif  // SESSIONBROKER_CLIENT_BROKERCTL_SESSION_TEXT_H_
