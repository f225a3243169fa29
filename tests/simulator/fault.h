#ifndef SESSIONBROKER_TESTS_SIMULATOR_FAULT_H_
#define SESSIONBROKER_TESTS_SIMULATOR_FAULT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/simulator/mutex.h"

namespace sessionbroker::simulator {

// What goes wrong. "Lost" kinds never reach the provider unless Fault::handle_first is set; the
// others damage the answer that it gave, or change its mind beforehand.
enum class FaultKind {
  kDelay,         // Nothing but the latency. Adds up with other faults.
  kClose,         // Lost: the connection ends (FIN) without a byte.
  kReset,         // Lost: the connection is reset (RST) without a byte.
  kStall,         // Lost: no byte ever, until the client goes away.
  kStatus,        // Lost: `status` with `body`; by default a 500 with an empty one.
  kText,          // Lost: 200, text/html, `body`.
  kRedirect,      // Lost: 302 to `location`.
  kGarbage,       // Lost: bytes that are not HTTP, then FIN.
  kEndless,       // Lost: 200 and a body of `bytes`; 0 = until the client goes away.
  kTruncated,     // Half of the body that Content-Length promises, then FIN.
  kResetMidBody,  // Half of the body, then RST.
  kStallMidBody,  // Half of the body, then nothing until the client goes away.
  kHugeHeaders,   // `bytes` (1 MiB) of headers before the real answer.
  // The provider forgets the user's challenge before it looks at a login. iCash: another client of
  // the key has used a nonce 30 above this one.
  kExpiredChallenge,
  kWrongCredentials,  // The provider refuses a good key.
  kDeadSession,       // The provider forgets the session that the request names.
};

// One fault, for the requests it matches.
struct Fault {
  FaultKind kind = FaultKind::kDelay;
  std::string family = {};     // Empty: every family.
  std::string operation = {};  // Empty: every operation.
  int skip = 0;                // Matching requests that pass before the first hit.
  int count = 1;               // Requests hit; 0 = all until the faults are cleared.
  absl::Duration latency = absl::ZeroDuration();
  // The provider does its work first and only the answer is lost.
  bool handle_first = false;
  int status = 500;
  std::string content_type = "text/html; charset=UTF-8";
  std::string body = {};
  std::string location = "http://redirected.invalid/webservice.php";
  int64_t bytes = 0;
};

// The name used by the control API and in counters, e.g. "reset_mid_body".
std::string FaultName(FaultKind kind);
std::optional<FaultKind> FaultNamed(absl::string_view name);
std::vector<std::string> FaultNames();

// What one request meets: the delays of all matching faults together, and the first other one.
struct Trouble {
  absl::Duration latency;
  std::optional<Fault> fault;
};

// The faults in force. Thread-safe.
class Faults {
 public:
  void Add(Fault fault) ABSL_LOCKS_EXCLUDED(mutex_);
  void Clear() ABSL_LOCKS_EXCLUDED(mutex_);
  // Counts as a match of every fault that applies.
  Trouble Take(const std::string& family, const std::string& operation) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  Mutex mutex_;
  std::vector<Fault> faults_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sessionbroker::simulator

#endif  // SESSIONBROKER_TESTS_SIMULATOR_FAULT_H_
