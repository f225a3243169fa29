#ifndef SESSIONBROKER_CLIENT_BROKERCTL_ACCOUNT_TEXT_H_
#define SESSIONBROKER_CLIENT_BROKERCTL_ACCOUNT_TEXT_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "sessionbroker/v1/session_broker.pb.h"

namespace sessionbroker::brokerctl {

// A table of accounts for people, or a line that says that there are none.
std::string DescribeAccounts(const std::vector<v1::Account>& accounts, absl::Time now);

}  // namespace sessionbroker::brokerctl

#endif  // SESSIONBROKER_CLIENT_BROKERCTL_ACCOUNT_TEXT_H_
