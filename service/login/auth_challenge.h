#ifndef SESSIONBROKER_SERVICE_LOGIN_AUTH_CHALLENGE_H_
#define SESSIONBROKER_SERVICE_LOGIN_AUTH_CHALLENGE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace sessionbroker::login {

// One challenge of a WWW-Authenticate header (RFC 9110 section 11.6.1).
struct AuthChallenge {
  std::string scheme;
  // Names as they are written, values without quotes and escapes.
  std::vector<std::pair<std::string, std::string>> parameters;
};

// The challenges of a header, in their order. A comma within quotes ends nothing. What fits no
// grammar is passed over.
std::vector<AuthChallenge> ParseAuthChallenges(absl::string_view header);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_AUTH_CHALLENGE_H_
