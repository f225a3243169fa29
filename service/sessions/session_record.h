#ifndef SESSIONBROKER_SERVICE_SESSIONS_SESSION_RECORD_H_
#define SESSIONBROKER_SERVICE_SESSIONS_SESSION_RECORD_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/base/account_id.h"
#include "service/crypto/random.h"
#include "service/crypto/sealing.h"
#include "service/sessions/record_times.h"
#include "service/sessions/session.h"

// A session as it lies in a store: layout and version in the clear, the rest sealed for kind,
// provider, account and version.
namespace sessionbroker::sessions {

// INTERNAL where OpenSSL or `random` fails.
absl::StatusOr<std::string> SealSession(const Session& session, absl::string_view inputs,
                                        const Present& now, const crypto::SealingKeys& keys,
                                        crypto::RandomSource& random);

struct OpenedSession {
  // `encoded` is empty.
  Session session;
  std::string inputs;
};

// Without `keys` nothing is opened. An error's text says what is wrong and what to do:
//   FAILED_PRECONDITION  its key is not there, or a later version wrote it
//   DATA_LOSS            damaged, or another account's or version's
absl::StatusOr<OpenedSession> OpenSession(base::AccountIdView account, absl::string_view record,
                                          const Present& now, const crypto::SealingKeys* keys);

}  // namespace sessionbroker::sessions

#endif  // SESSIONBROKER_SERVICE_SESSIONS_SESSION_RECORD_H_
