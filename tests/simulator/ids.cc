#include "tests/simulator/ids.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/simulator/digest.h"

namespace sessionbroker::simulator {
namespace {

std::optional<std::string> Take(std::deque<std::string>& queue) {
  if (queue.empty()) return std::nullopt;
  std::string front = std::move(queue.front());
  queue.pop_front();
  return front;
}

// dechex(rand()): 7 or 8 digits, which is why the real ids vary in length.
std::string RandomWord() {
  return absl::StrFormat("%x", (std::stoul(RandomHex(4), nullptr, 16) & 0x7fffffff) | 0x01000000);
}

}  // namespace

std::string Ids::Uniqid(absl::Time now) {
  last_micros_ = std::max(last_micros_ + 1, absl::ToUnixMicros(now));
  return absl::StrFormat("%08x%05x", last_micros_ / 1'000'000, last_micros_ % 1'000'000);
}

std::string Ids::Token(absl::Time now) {
  if (std::optional<std::string> queued = Take(tokens_)) return *queued;
  return Uniqid(now);
}

std::string Ids::VtigerSession(absl::Time now) {
  if (std::optional<std::string> queued = Take(sessions_)) return *queued;
  return absl::StrCat(RandomWord(), Uniqid(now));
}

std::string Ids::HexToken(size_t bytes) {
  if (std::optional<std::string> queued = Take(tokens_)) return *queued;
  return RandomHex(bytes);
}

std::string Ids::HexSession(size_t bytes) {
  if (std::optional<std::string> queued = Take(sessions_)) return *queued;
  return RandomHex(bytes);
}

}  // namespace sessionbroker::simulator
