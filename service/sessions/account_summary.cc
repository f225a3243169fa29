#include "service/sessions/account_summary.h"

namespace sessionbroker::sessions {

void StandingCounts::Count(Standing standing) {
  switch (standing) {
    case Standing::kAbsent:
      ++absent;
      break;
    case Standing::kLoggingIn:
      ++logging_in;
      break;
    case Standing::kLive:
      ++live;
      break;
    case Standing::kBackingOff:
      ++backing_off;
      break;
    case Standing::kLatched:
      ++latched;
      break;
  }
}

}  // namespace sessionbroker::sessions
