#ifndef SESSIONBROKER_SERVICE_ACCESS_AUDIT_REPEATS_H_
#define SESSIONBROKER_SERVICE_ACCESS_AUDIT_REPEATS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"
#include "service/access/audit_record.h"
#include "service/base/mutex.h"

namespace sessionbroker::access {

// Which events have a line of their own, and how often each has come again since. Two events are
// alike where caller, certificate, action, account, version, error and detail are the same, and, of
// a caller nobody knows, the host. Thread-safe, many small locks: every hit counts here.
class AuditRepeats {
 public:
  static constexpr std::size_t kShards = 64;

  struct Options {
    // In all. Beyond it each new one takes the place of another, which gets its line then.
    std::size_t max_entries = 65536;
    // One that did not come again for so many collections is forgotten: the next has a line again.
    int collections_to_forget = 60;
  };

  explicit AuditRepeats(const Options& options) : options_(options) {}

  // True: one like it has a line, and this one is counted. Allocates nothing.
  bool Count(const AuditEvent& event);

  // `record` has a line now. What it returns lost its place and stands for repeats that have none.
  std::optional<AuditRecord> Remember(AuditRecord record);

  // What came again since the last time, one record for each, `now` being its time. `shard` is
  // below kShards: some at a time, as hits wait meanwhile.
  std::vector<AuditRecord> Collect(std::size_t shard, absl::Time now);

 private:
  struct Entry {
    // The one that has a line; `time` is when the last line about it was written.
    AuditRecord first;
    int64_t count = 0;
    int idle_collections = 0;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(const AuditEvent& event) const;
    std::size_t operator()(const std::unique_ptr<Entry>& entry) const;
  };
  struct Alike {
    using is_transparent = void;
    bool operator()(const std::unique_ptr<Entry>& a, const AuditEvent& b) const;
    bool operator()(const std::unique_ptr<Entry>& a, const std::unique_ptr<Entry>& b) const;
  };
  // On a cache line of its own.
  struct alignas(64) Shard {
    base::Mutex mutex;
    absl::flat_hash_set<std::unique_ptr<Entry>, Hash, Alike> entries ABSL_GUARDED_BY(mutex);
  };

  static AuditRecord RepeatsOf(const Entry& entry, absl::Time now);
  Shard& ShardOf(const AuditEvent& event);

  const Options options_;
  std::array<Shard, kShards> shards_;
};

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_AUDIT_REPEATS_H_
