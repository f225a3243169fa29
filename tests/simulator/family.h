#ifndef SESSIONBROKER_TESTS_SIMULATOR_FAMILY_H_
#define SESSIONBROKER_TESTS_SIMULATOR_FAMILY_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/simulator/message.h"
#include "tests/simulator/users.h"

namespace sessionbroker::simulator {

// How serverTime and expireTime are written.
enum class TimeStyle {
  kNumber,  // 1795290462
  kDigits,  // "1795290462"
  kText,    // "2026-11-21 19:47:42", which gives a client no lifetime
};

// The switches of a family. Each reads those that its provider has.
struct Settings {
  // coreBOS: answers everything with its "not active" page.
  bool maintenance = false;
  // coreBOS: binds a session to the User-Agent of its login.
  bool lock_user_agent = true;
  // ABMS: the client addresses it answers; empty for all.
  std::vector<std::string> allowed_clients;
  TimeStyle time_style = TimeStyle::kNumber;
  absl::Duration challenge_life;
  // After this long without a call a session is gone without a trace.
  absl::Duration session_idle;
  // TipMoto: what a request is answered that names a dead id or none; a login, too.
  int dead_session_status = 401;
  // iCash: what has been seen to be missing or wrong in its answers.
  bool omit_error_message = false;
  bool echo_wrong_nonce = false;
  // vtiger's own two limits, which say so once: SESSION_LEFT_IDLE and SESSION_EXPIRED. They show
  // only where session_idle is longer.
  absl::Duration session_left_idle = absl::InfiniteDuration();
  absl::Duration session_life = absl::InfiniteDuration();
};

// In what way KillSessions ends them; only vtiger and ABMS tell them apart.
enum class SessionEnd { kGone, kExpired, kLeftIdle };

// One provider as it behaves on the wire. Implementations are thread-safe.
class Family {
 public:
  virtual ~Family() = default;

  // Whether there is anything at this path, which is without the family's prefix:
  // "/webservice.php".
  virtual bool Serves(absl::string_view resource) const = 0;
  // The operation that a request asks for, for counters and faults; "unknown" where the provider
  // has none of that name.
  virtual std::string Operation(const Request& request) const = 0;
  // Takes note of a request the moment it is there, before any latency: Handle() gets what this
  // made of it.
  virtual void Arrive(Request& request) { static_cast<void>(request); }
  virtual Reply Handle(const Request& request) = 0;
  // The user whose session, dead or alive, the request names; empty: it names none that ever was.
  virtual std::string UserOf(const Request& request) const = 0;

  virtual void SetUser(User user) = 0;
  virtual Settings settings() const = 0;
  virtual void Configure(const Settings& settings) = 0;
  // Those of that user; an empty name: all.
  virtual void KillSessions(SessionEnd end, const std::string& user) = 0;
  virtual void ExpireChallenges() = 0;
  // The next challenge or session takes this value in place of a random one.
  virtual void QueueToken(std::string token) = 0;
  virtual void QueueSession(std::string session) = 0;
  // Forgets sessions, challenges and queued values, and goes back to the first settings. Keeps
  // the users.
  virtual void Reset() = 0;
};

}  // namespace sessionbroker::simulator

#endif  // SESSIONBROKER_TESTS_SIMULATOR_FAMILY_H_
