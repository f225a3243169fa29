#ifndef SESSIONBROKER_SERVICE_SESSIONS_REMEMBERED_H_
#define SESSIONBROKER_SERVICE_SESSIONS_REMEMBERED_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/sessions/backoff.h"
#include "service/sessions/latch.h"
#include "service/sessions/login_budget.h"
#include "service/sessions/record_times.h"

namespace sessionbroker::sessions {

// What an account has to remember besides its session.
struct Remembered {
  LoginBudget budget;
  std::optional<BackingOff> backing_off;
  std::optional<Latch> latch;
};

// There is nothing to remember.
bool IsNothing(const Remembered& remembered);

// As it lies in a store; no secret in it.
std::string EncodeRemembered(const Remembered& remembered, const Present& now);

// The other way round, later. An error's text says what is wrong and what to do:
//   FAILED_PRECONDITION  a later version wrote it
//   DATA_LOSS            damaged
absl::StatusOr<Remembered> DecodeRemembered(absl::string_view record, const Present& now);

}  // namespace sessionbroker::sessions

#endif  // SESSIONBROKER_SERVICE_SESSIONS_REMEMBERED_H_
