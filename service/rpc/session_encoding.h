#ifndef SESSIONBROKER_SERVICE_RPC_SESSION_ENCODING_H_
#define SESSIONBROKER_SERVICE_RPC_SESSION_ENCODING_H_

#include <string>

#include "service/login/grant.h"
#include "service/sessions/session.h"
#include "service/sessions/watch_view.h"
#include "sessionbroker/v1/session_broker.pb.h"

namespace sessionbroker::rpc {

// `session` as a serialized sessionbroker.v1.GetSessionResponse, for Session::encoded: made once
// for each version, sent with every hit. The same bytes are a WatchSessionResponse with that
// session. A bearer secret.
std::string EncodeSession(const sessions::Session& session);

v1::Attachment::Location ToWire(login::Location location);

// `outage` as a serialized sessionbroker.v1.WatchSessionResponse.
std::string EncodeOutage(const sessions::Outage& outage);

}  // namespace sessionbroker::rpc

#endif  // SESSIONBROKER_SERVICE_RPC_SESSION_ENCODING_H_
