#ifndef SESSIONBROKER_SERVICE_APP_ACCOUNT_FINGERPRINT_H_
#define SESSIONBROKER_SERVICE_APP_ACCOUNT_FINGERPRINT_H_

#include <string>

#include "absl/status/statusor.h"
#include "service/login/account.h"
#include "service/login/grant.h"
#include "service/sessions/fingerprint.h"
#include "service/sessions/fingerprint_key.h"

namespace sessionbroker::app {

// Of all that goes into a login of the account: a latch holds until it is another one. Fails as
// FingerprintKey::Mac.
absl::StatusOr<sessions::Fingerprint> FingerprintOfLogin(const sessions::FingerprintKey& key,
                                                         const login::Account& account);

// Of all of it but the secrets, and of the account's own life of sessions, as bytes: a session
// belongs to what it was made with. Empty where
// that cannot be told, so that no session is taken up.
std::string FingerprintOfInputs(const sessions::FingerprintKey& key, const login::Account& account);

// How the audit log names a session: 32 hex digits of an HMAC under the same key, which tell
// nothing of its id. Empty where OpenSSL fails.
std::string HashOfSessionId(const sessions::FingerprintKey& key, const login::Grant& grant);

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_ACCOUNT_FINGERPRINT_H_
