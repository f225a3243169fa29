#include "service/http/fresh_origins.h"

namespace sessionbroker::http {
namespace {

constexpr absl::Duration kMemory = absl::Minutes(10);

}  // namespace

void FreshOrigins::Add(const Origin& origin, base::BootTime now) {
  // Losses are rare: each may pay for a look at all that is remembered.
  absl::erase_if(until_, [now](const auto& entry) { return entry.second <= now; });
  until_[origin.ToString()] = now + kMemory;
}

bool FreshOrigins::Contains(const Origin& origin, base::BootTime now) const {
  if (until_.empty()) return false;
  const auto it = until_.find(origin.ToString());
  return it != until_.end() && now < it->second;
}

}  // namespace sessionbroker::http
