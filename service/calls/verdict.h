#ifndef SESSIONBROKER_SERVICE_CALLS_VERDICT_H_
#define SESSIONBROKER_SERVICE_CALLS_VERDICT_H_

#include <cstddef>
#include <optional>

#include "service/http/message.h"
#include "service/login/answer_rules.h"
#include "service/login/program.h"

namespace sessionbroker::calls {

// What an answer to a caller's request means to the broker; the caller gets it as it is.
struct Verdict {
  // kOk              the session was used, which extends a sliding one
  // kSessionExpired  it is dead, and the request was not executed
  // kNonceRejected   nor was it: a number of a sequence was not high enough
  // kTransient, kPermanent, or nothing: it says nothing of the session
  std::optional<login::Outcome> outcome;
  // With kNonceRejected: what it means when it comes again with a higher number; kSessionExpired,
  // kTransient or kPermanent.
  login::Outcome after_retry = login::Outcome::kTransient;
  // The rule that says so, by index; unset: none does.
  std::optional<std::size_t> rule;
};

// Judges by the definition's `call` rules. Pure.
Verdict Judge(const login::Program& program, const http::Response& response);

}  // namespace sessionbroker::calls

#endif  // SESSIONBROKER_SERVICE_CALLS_VERDICT_H_
