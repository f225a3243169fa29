#include "service/calls/replay.h"

namespace sessionbroker::calls {

using login::Outcome;

Next NextAfter(const Verdict& verdict, const Tried& tried) {
  if (!verdict.outcome.has_value()) return Next::kDeliver;
  Outcome outcome = *verdict.outcome;
  if (outcome == Outcome::kNonceRejected) {
    if (!tried.number) return Next::kRaiseNumbers;
    outcome = verdict.after_retry;
  }
  return outcome == Outcome::kSessionExpired && !tried.session ? Next::kRenewSession
                                                               : Next::kDeliver;
}

}  // namespace sessionbroker::calls
