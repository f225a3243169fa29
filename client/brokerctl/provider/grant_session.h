#ifndef SESSIONBROKER_CLIENT_BROKERCTL_PROVIDER_GRANT_SESSION_H_
#define SESSIONBROKER_CLIENT_BROKERCTL_PROVIDER_GRANT_SESSION_H_

#include "absl/time/time.h"
#include "service/login/account.h"
#include "service/login/grant.h"
#include "sessionbroker/v1/session_broker.pb.h"

namespace sessionbroker::brokerctl {

// What a login gave as the session that the broker would hand out, its whole id included.
v1::Session SessionOf(const login::Account& account, const login::Grant& grant, absl::Time issued);

}  // namespace sessionbroker::brokerctl

#endif  // SESSIONBROKER_CLIENT_BROKERCTL_PROVIDER_GRANT_SESSION_H_
