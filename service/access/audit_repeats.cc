#include "service/access/audit_repeats.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"

namespace sessionbroker::access {
namespace {

// Of a peer such as "ipv4:10.0.0.7:5123": what is before the port.
absl::string_view HostOf(absl::string_view peer) { return peer.substr(0, peer.rfind(':')); }

// What makes two events alike. Where the caller is known, it does not matter where it calls from.
auto KeyOf(const AuditEvent& event) {
  const int error = event.error.has_value() ? static_cast<int>(*event.error) : -1;
  return std::make_tuple(event.action, error, event.version, event.caller, event.certificate,
                         event.provider, event.account, event.detail,
                         event.caller.empty() ? HostOf(event.peer) : absl::string_view());
}

}  // namespace

std::size_t AuditRepeats::Hash::operator()(const AuditEvent& event) const {
  const auto key = KeyOf(event);
  return absl::Hash<decltype(key)>()(key);
}

std::size_t AuditRepeats::Hash::operator()(const std::unique_ptr<Entry>& entry) const {
  return (*this)(ViewOf(entry->first));
}

bool AuditRepeats::Alike::operator()(const std::unique_ptr<Entry>& a, const AuditEvent& b) const {
  return KeyOf(ViewOf(a->first)) == KeyOf(b);
}

bool AuditRepeats::Alike::operator()(const std::unique_ptr<Entry>& a,
                                     const std::unique_ptr<Entry>& b) const {
  return KeyOf(ViewOf(a->first)) == KeyOf(ViewOf(b->first));
}

bool AuditRepeats::Count(const AuditEvent& event) {
  Shard& shard = ShardOf(event);
  base::MutexLock lock(&shard.mutex);
  const auto it = shard.entries.find(event);
  if (it == shard.entries.end()) return false;
  ++(*it)->count;
  return true;
}

std::optional<AuditRecord> AuditRepeats::Remember(AuditRecord record) {
  Shard& shard = ShardOf(ViewOf(record));
  const absl::Time now = record.time;
  auto entry = std::make_unique<Entry>();
  entry->first = std::move(record);
  std::unique_ptr<Entry> evicted;
  {
    base::MutexLock lock(&shard.mutex);
    const bool is_full =
        shard.entries.size() >= std::max<std::size_t>(1, options_.max_entries / kShards);
    if (is_full && !shard.entries.contains(entry)) {
      evicted = std::move(shard.entries.extract(shard.entries.begin()).value());
    }
    shard.entries.insert(std::move(entry));
  }
  if (evicted == nullptr || evicted->count == 0) return std::nullopt;
  return RepeatsOf(*evicted, now);
}

std::vector<AuditRecord> AuditRepeats::Collect(std::size_t shard_number, absl::Time now) {
  Shard& shard = shards_.at(shard_number);
  std::vector<AuditRecord> collected;
  base::MutexLock lock(&shard.mutex);
  for (auto it = shard.entries.begin(); it != shard.entries.end();) {
    Entry& entry = **it;
    if (entry.count > 0) {
      collected.push_back(RepeatsOf(entry, now));
      entry.first.time = now;
      entry.count = 0;
      entry.idle_collections = 0;
    } else if (++entry.idle_collections >= options_.collections_to_forget) {
      shard.entries.erase(it++);
      continue;
    }
    ++it;
  }
  return collected;
}

AuditRecord AuditRepeats::RepeatsOf(const Entry& entry, absl::Time now) {
  AuditRecord repeats = entry.first;
  repeats.time = now;
  repeats.since = entry.first.time;
  repeats.repeats = entry.count;
  // These are the first one's own.
  repeats.trace_id.clear();
  if (!repeats.caller.empty()) repeats.peer.clear();
  return repeats;
}

AuditRepeats::Shard& AuditRepeats::ShardOf(const AuditEvent& event) {
  // The table takes the low bits of the same hash.
  return shards_[(Hash()(event) >> 32U) % kShards];
}

}  // namespace sessionbroker::access
