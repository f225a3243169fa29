#ifndef SESSIONBROKER_SERVICE_SESSIONS_ACCOUNT_EVENT_H_
#define SESSIONBROKER_SERVICE_SESSIONS_ACCOUNT_EVENT_H_

#include "absl/status/status.h"
#include "service/base/account_id.h"
#include "service/sessions/session.h"

namespace sessionbroker::sessions {

// What the broker did by itself with an account. Lives for the call.
struct AccountEvent {
  enum class Kind {
    // A login ended.
    kLogin,
    // There will be no other with the same credentials.
    kLatch,
  };

  Kind kind;
  base::AccountIdView id;
  // Ok, or what those get who waited for it.
  const absl::Status& status;
  // Of a login that succeeded, else nullptr.
  SessionPtr session;
};

}  // namespace sessionbroker::sessions

#endif  // SESSIONBROKER_SERVICE_SESSIONS_ACCOUNT_EVENT_H_
