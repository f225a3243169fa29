#ifndef SESSIONBROKER_SERVICE_LOGIN_ENDING_H_
#define SESSIONBROKER_SERVICE_LOGIN_ENDING_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/base/error.h"
#include "service/http/message.h"
#include "service/login/answer_rules.h"
#include "service/login/reach.h"

namespace sessionbroker::login {

// How a login ends without a session.
struct Ending {
  base::Reason reason;
  // Never a provider's text.
  const char* text;
};

// What a transport's error means to a login.
base::Reason ReasonOf(const absl::Status& transport_error);

// How far a request came that this came of.
Reach ReachOfRequest(const absl::StatusOr<http::Response>& answer);

// Of an answer that means `outcome`, one that neither goes on nor starts over.
Ending EndingOf(Outcome outcome);

// Why a login does not start over for `outcome` once more: what stands before the ending's text.
const char* AgainText(Outcome outcome);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_ENDING_H_
