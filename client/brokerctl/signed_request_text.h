#ifndef SESSIONBROKER_CLIENT_BROKERCTL_SIGNED_REQUEST_TEXT_H_
#define SESSIONBROKER_CLIENT_BROKERCTL_SIGNED_REQUEST_TEXT_H_

#include <string>

#include "absl/time/time.h"
#include "sessionbroker/v1/session_broker.pb.h"

namespace sessionbroker::brokerctl {

// "<redacted>" in place of each value that the broker added, wherever it stands in the request; not
// of numbers, which are no secrets. What a value of the broker's is computed from stays in it, as
// the caller's own.
void Redact(v1::SignRequestResponse* response);

// The request line by line, its body behind an empty line, and what was added.
std::string DescribeSigned(const v1::SignRequestResponse& response, absl::Time now);

}  // namespace sessionbroker::brokerctl

#endif  // SESSIONBROKER_CLIENT_BROKERCTL_SIGNED_REQUEST_TEXT_H_
