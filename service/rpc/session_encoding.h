#ifndef SESSIONBROKER_SERVICE_RPC_SESSION_ENCODING_H_
#define SESSIONBROKER_SERVICE_RPC_SESSION_ENCODING_H_

#include <string>

#include "service/sessions/session.h"
#include "service/sessions/watch_view.h"

namespace sessionbroker::rpc {

// `session` as a serialized sessionbroker.v1.GetSessionResponse, for Session::encoded: made once
// for each version, sent with every hit. The same bytes are a WatchSessionResponse with that
// session. A bearer secret.
std::string EncodeSession(const sessions::Session& session);

// `outage` as a serialized sessionbroker.v1.WatchSessionResponse.
std::string EncodeOutage(const sessions::Outage& outage);

}  // namespace sessionbroker::rpc

#endif  // SESSIONBROKER_SERVICE_RPC_SESSION_ENCODING_H_
