#ifndef SESSIONBROKER_SERVICE_CALLS_REPLAY_H_
#define SESSIONBROKER_SERVICE_CALLS_REPLAY_H_

#include "service/calls/verdict.h"

namespace sessionbroker::calls {

// What has been tried for a call already. Each is tried once.
struct Tried {
  // A higher number, after one was refused.
  bool number = false;
  // Another session, after one was dead.
  bool session = false;
};

// What follows from an answer.
enum class Next {
  // The caller gets it.
  kDeliver,
  // The request was refused unexecuted: once more, with a higher number of each of its sequences.
  kRaiseNumbers,
  // The same, with another session.
  kRenewSession,
};

// What to do about an answer that means `verdict`. Only what the definition says was not executed
// is ever sent again; a refused number is tried before the session is doubted.
Next NextAfter(const Verdict& verdict, const Tried& tried);

}  // namespace sessionbroker::calls

#endif  // SESSIONBROKER_SERVICE_CALLS_REPLAY_H_
