#ifndef SESSIONBROKER_TESTS_SIMULATOR_COUNTERS_H_
#define SESSIONBROKER_TESTS_SIMULATOR_COUNTERS_H_

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <tuple>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "tests/simulator/message.h"
#include "tests/simulator/mutex.h"

namespace sessionbroker::simulator {

// What the simulator got, without the control API's own traffic.
struct Counters {
  // (family, operation, outcome) → answers. An outcome is "ok", the provider's error code, or
  // "fault:" and the name of the fault.
  std::map<std::tuple<std::string, std::string, std::string>, int64_t> answers;
  // (family, operation, user) → answers to requests that name a session of that user.
  std::map<std::tuple<std::string, std::string, std::string>, int64_t> by_user;
  int64_t connections = 0;  // That brought at least one request.
  int64_t requests = 0;
  // From the request's last byte to the answer's first, latency included.
  int64_t max_concurrent_requests = 0;
  std::map<std::string, Request> last_request;  // By family.

  // The sum over what matches; an empty name matches all.
  int64_t Count(absl::string_view family, absl::string_view operation = "",
                absl::string_view outcome = "") const;
  // The same of what names a session of that user: probes, logouts and other calls.
  int64_t CountOfUser(absl::string_view family, absl::string_view user,
                      absl::string_view operation = "") const;
};

// Thread-safe.
class CounterBook {
 public:
  void BeginRequest(const std::string& family, const Request& request, bool first_on_connection)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Called before the answer's first byte, so that whoever has an answer finds it counted.
  // `user` may be empty.
  void EndRequest(const std::string& family, const std::string& operation,
                  const std::string& outcome, const std::string& user) ABSL_LOCKS_EXCLUDED(mutex_);

  Counters Read() const ABSL_LOCKS_EXCLUDED(mutex_);
  // The last 256 requests, oldest first, each with its family.
  std::deque<std::pair<std::string, Request>> Recent() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Requests in flight stay counted as such.
  void Reset() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  mutable Mutex mutex_;
  Counters counters_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::pair<std::string, Request>> recent_ ABSL_GUARDED_BY(mutex_);
  int64_t in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace sessionbroker::simulator

#endif  // SESSIONBROKER_TESTS_SIMULATOR_COUNTERS_H_
