#ifndef SESSIONBROKER_TESTS_SIMULATOR_IDS_H_
#define SESSIONBROKER_TESTS_SIMULATOR_IDS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "absl/time/time.h"

namespace sessionbroker::simulator {

// Makes challenge tokens and session ids in the shapes of the real servers. Values that were
// queued come first, so that a recorded exchange can be replayed to the letter.
// Not thread-safe: a family guards its own.
class Ids {
 public:
  // PHP's uniqid(): 8 hex digits of seconds and 5 of microseconds; never the same twice.
  std::string Token(absl::Time now);
  // 7 or 8 random hex digits before a uniqid(): vtiger's 20 to 21 characters.
  std::string VtigerSession(absl::Time now);
  // Two random hex digits for each byte.
  std::string HexToken(size_t bytes);
  std::string HexSession(size_t bytes);

  void QueueToken(std::string token) { tokens_.push_back(std::move(token)); }
  void QueueSession(std::string session) { sessions_.push_back(std::move(session)); }

 private:
  std::string Uniqid(absl::Time now);

  int64_t last_micros_ = 0;
  std::deque<std::string> tokens_;
  std::deque<std::string> sessions_;
};

}  // namespace sessionbroker::simulator

#endif  // SESSIONBROKER_TESTS_SIMULATOR_IDS_H_
