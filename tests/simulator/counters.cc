#include "tests/simulator/counters.h"

#include <algorithm>
#include <utility>

namespace sessionbroker::simulator {
namespace {

constexpr size_t kRemembered = 256;

bool Matches(absl::string_view wanted, absl::string_view name) {
  return wanted.empty() || wanted == name;
}

}  // namespace

int64_t Counters::Count(absl::string_view family, absl::string_view operation,
                        absl::string_view outcome) const {
  int64_t sum = 0;
  for (const auto& [key, count] : answers) {
    if (Matches(family, std::get<0>(key)) && Matches(operation, std::get<1>(key)) &&
        Matches(outcome, std::get<2>(key))) {
      sum += count;
    }
  }
  return sum;
}

int64_t Counters::CountOfUser(absl::string_view family, absl::string_view user,
                              absl::string_view operation) const {
  int64_t sum = 0;
  for (const auto& [key, count] : by_user) {
    if (Matches(family, std::get<0>(key)) && Matches(operation, std::get<1>(key)) &&
        Matches(user, std::get<2>(key))) {
      sum += count;
    }
  }
  return sum;
}

void CounterBook::BeginRequest(const std::string& family, const Request& request,
                               bool first_on_connection) {
  MutexLock lock(mutex_);
  ++counters_.requests;
  if (first_on_connection) ++counters_.connections;
  counters_.last_request[family] = request;
  recent_.emplace_back(family, request);
  if (recent_.size() > kRemembered) recent_.pop_front();
  ++in_flight_;
  counters_.max_concurrent_requests = std::max(counters_.max_concurrent_requests, in_flight_);
}

void CounterBook::EndRequest(const std::string& family, const std::string& operation,
                             const std::string& outcome, const std::string& user) {
  MutexLock lock(mutex_);
  if (!user.empty()) ++counters_.by_user[{family, operation, user}];
  ++counters_.answers[{family, operation, outcome}];
  --in_flight_;
}

Counters CounterBook::Read() const {
  MutexLock lock(mutex_);
  return counters_;
}

std::deque<std::pair<std::string, Request>> CounterBook::Recent() const {
  MutexLock lock(mutex_);
  return recent_;
}

void CounterBook::Reset() {
  MutexLock lock(mutex_);
  counters_ = Counters();
  recent_.clear();
}

}  // namespace sessionbroker::simulator
